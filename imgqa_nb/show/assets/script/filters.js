// ---- what is shown, and in which order
const NO_TAG = '\u0000none'
const inputs = ['search', 'tag', 'status', 'column', 'value', 'low', 'high']
const state = {
  filters: {verdict: '', search: '', tag: '', status: '', column: '', value: '', low: '', high: ''},
  sort: null, up: true, page: 0, rows: [], view: D.images.view,
  layers: innerWidth > 700 ? 'both' : 'map',
}
const isNumber = c => c.kind === 'num'

function passes(i) {
  const f = state.filters
  if (f.search && !path(i).toLowerCase().includes(f.search.toLowerCase())) return false
  if (f.verdict && shown(verdictOf(i)) !== f.verdict) return false
  if (f.status && (f.status === 'bad' ? !isBad(i) : get('status', i) !== f.status)) return false
  if (f.tag === NO_TAG && (isBad(i) || D.rowTags[i].length)) return false
  if (f.tag && f.tag !== NO_TAG && !tagsOf(i).some(t => shown(t) === f.tag)) return false
  return inColumn(f, i)
}
function inColumn(f, i) {
  if (!f.column) return true
  const v = get(f.column, i)
  if (f.value !== '' && number(v) !== f.value) return false
  if (f.low === '' && f.high === '') return true
  return !missing(v) && (f.low === '' || v >= +f.low) && (f.high === '' || v <= +f.high)
}

// Verdicts are ordered from bad to good, not by the alphabet; what has no value comes last, both ways.
const place = (name, v) => name === D.verdict.column && v in D.verdict.tones ? D.verdict.words.indexOf(v) : v
function compare(name, up) {
  return (a, b) => {
    const x = place(name, get(name, a)), y = place(name, get(name, b))
    if (missing(x) || missing(y)) return missing(x) - missing(y) || a - b
    const text = typeof x === 'string' || typeof y === 'string'
    const d = text ? String(x).localeCompare(String(y), 'en', {numeric: true}) : x - y
    return (up ? d : -d) || a - b
  }
}

function update(keepPage) {
  state.rows = [...Array(D.n).keys()].filter(passes)
  if (state.sort) state.rows.sort(compare(state.sort, state.up))
  if (!keepPage) state.page = 0
  for (const b of document.querySelectorAll('[data-filter]')) b.setAttribute('aria-pressed', isOn(b))
  press('view')
  press('layers')
  $('order').value = orderValue()
  draw()
}
// The buttons that choose between views, or between photo and overlay.
function press(name) {
  for (const b of document.querySelectorAll(`[data-${name}]`)) {
    b.setAttribute('aria-pressed', b.dataset[name] === state[name])
  }
}
const orderValue = () => state.sort ? state.sort + (state.up ? ' ▲' : ' ▼') : ''
function isOn(b) {
  const {filter, value} = b.dataset
  if (!filter) return b.dataset.all !== undefined && !state.filters.verdict
  if (filter in state.filters) return state.filters[filter] === value
  return state.filters.column === filter && state.filters.value === value
}
function setFilters(changes) {
  Object.assign(state.filters, changes)
  for (const k of inputs) $(k).value = state.filters[k]
  columnChosen()
  update()
}
const cleared = () => Object.fromEntries(Object.keys(state.filters).map(k => [k, '']))

// A click on a card, a bar or a verdict: a second click takes the filter away.
function toggle(b) {
  const {filter, value} = b.dataset, on = b.getAttribute('aria-pressed') === 'true'
  const inBar = b.closest('#filters')
  const others = inBar ? {} : cleared()
  if (!filter) setFilters(inBar ? {verdict: ''} : others)
  else if (filter in state.filters) setFilters({...others, [filter]: on ? '' : value})
  else setFilters({...others, column: on ? '' : filter, value: on ? '' : value})
  if (!on && !inBar) toImages()
}

// Which fields there are for the chosen column: from and to for numbers, a list of values for the rest.
function columnChosen() {
  const c = col[state.filters.column]
  $('range').hidden = !c || !isNumber(c)
  $('value').hidden = !c || isNumber(c)
  if (!c || isNumber(c) || $('value').dataset.of === c.name) return
  $('value').dataset.of = c.name
  $('value').replaceChildren(make('option', {value: '', textContent: 'any'}))
  for (const v of valuesOf(c)) $('value').append(make('option', {value: v, textContent: v}))
  $('value').value = state.filters.value
}
function valuesOf(c) {
  const all = new Set(Array.isArray(c.values) ? c.values : [c.values])
  const texts = [...all].filter(v => !missing(v)).map(number)
  return texts.sort((a, b) => a.localeCompare(b, 'en', {numeric: true}))
}
const MOST_VALUES = 40   // a column with more different texts is searched, not chosen from
const canFilter = c => c.name !== 'path' && c.name !== D.verdict.column &&
  (isNumber(c) || c.kind === 'bool' || valuesOf(c).length <= MOST_VALUES)
