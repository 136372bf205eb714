// ---- the list as CSV: RFC 4180, and no cell that a spreadsheet would run as a formula
function csv(rows) {
  const field = v => {
    if (missing(v)) return ''
    if (typeof v === 'boolean') return v ? 'True' : 'False'
    if (typeof v !== 'string') return String(v)
    const s = /^[=+\-@\t\r]/.test(v) ? "'" + v : v
    return /[",\r\n]/.test(s) || s !== s.trim() ? '"' + s.replaceAll('"', '""') + '"' : s
  }
  const columns = D.names.map(n => col[n])   // in the order of the table
  const lines = [D.names.map(field), ...rows.map(i => columns.map(c => field(at(c, i))))]
  return lines.map(r => r.join(',')).join('\r\n') + '\r\n'
}
function download() {
  const url = URL.createObjectURL(new Blob(['\ufeff' + csv(state.rows)], {type: 'text/csv'}))
  make('a', {href: url, download: D.csv}).click()
  setTimeout(() => URL.revokeObjectURL(url), 10000)
}

// ---- the fields of the filter bar
function option(id, values) {
  for (const [value, label] of values) $(id).append(make('option', {value, textContent: label}))
  const holder = $(id).closest('fieldset') ?? $(id).closest('label')
  holder.hidden = !values.length
}
option('tag', D.tags.length ? [...D.tags.map(t => [shown(t.name), shown(t.name)]), [NO_TAG, 'no tag']] : [])
option('status', D.statuses.length > 1 ? [...D.statuses.map(s => [s, shown(s)]), ['bad', 'any but ok']] : [])
option('column', D.columns.filter(canFilter).map(c => [c.name, c.name + (c.unit ? ' (' + c.unit + ')' : '')]))
const sortable = D.columns.filter(c => isNumber(c) || c.name === 'path')
const orders = ['▲', '▼'].flatMap(arrow => sortable.map(c => c.name + ' ' + arrow))
option('order', [['', D.order || 'as listed'], ...orders.map(o => [o, o])])

function segments() {
  if (!D.verdict.words.length) return
  const button = (label, value, n, tone) => {
    const b = make('button', {type: 'button', className: tone}, label + ' ', say('small', '', count(n)))
    b.dataset.filter = value ? 'verdict' : ''
    b.dataset.value = value
    if (!value) b.dataset.all = ''
    return b
  }
  $('verdicts').append(button('all', '', D.n_all, ''))
  for (const v of D.verdict.words) {
    $('verdicts').append(button(shown(v), shown(v), D.verdict.counts[v], 'dot ' + toneOf(v)))
  }
}
segments()
$('verdicts').hidden = !D.verdict.words.length
$('layers').hidden = !D.overlays.some(Boolean)
$('more-filters').open = innerWidth > 700
for (const c of D.columns.filter(c => c.name !== 'path')) {
  const box = make('input', {type: 'checkbox', checked: c.shown})
  box.addEventListener('change', () => { c.shown = box.checked; update(true) })
  $('chooser').querySelector('div').append(make('label', {title: c.doc}, box, ' ' + c.name))
}

// ---- what clicks and keys do
const smooth = () => matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'
const toImages = () => $('images').scrollIntoView({behavior: smooth()})
function sortBy(name) {
  if (state.sort === name && !state.up) Object.assign(state, {sort: null, up: true})
  else Object.assign(state, {up: state.sort !== name, sort: name})
  update()
}
function orderBy(text) {
  const cut = text.lastIndexOf(' ')
  Object.assign(state, text ? {sort: text.slice(0, cut), up: text.endsWith('▲')} : {sort: null, up: true})
  update()
}
function rowsAround(b) {
  const ul = b.closest('[data-list]')
  return ul ? D.lists[ul.dataset.list].map(([i]) => i) : state.rows
}
const clicks = [
  ['[data-filter]', b => toggle(b)],
  ['[data-view]', b => { state.view = b.dataset.view; update() }],
  ['[data-layers]', b => { state.layers = b.dataset.layers; update(true) }],
  ['.col', b => {
    setFilters({...cleared(), column: b.dataset.column, low: b.dataset.low, high: b.dataset.high})
    toImages()
  }],
  ['[data-sort]', b => sortBy(b.dataset.sort)],
  ['[data-open]', b => details(+b.dataset.open, rowsAround(b))],
  ['#table tbody tr', (b, e) => {
    if (e.target.closest('.file') || getSelection().isCollapsed) details(+b.dataset.row, state.rows)
  }],
]
document.addEventListener('click', e => {
  for (const [selector, act] of clicks) {
    const b = e.target.closest?.(selector)
    if (b) { act(b, e); break }
  }
  if ($('chooser').open && !e.target.closest?.('#chooser')) $('chooser').open = false
})
for (const k of inputs) $(k).addEventListener('input', () => {
  state.filters[k] = $(k).value
  if (k === 'column') Object.assign(state.filters, {value: '', low: '', high: ''})
  setFilters({})
})
$('filters').addEventListener('submit', e => e.preventDefault())
$('filters').addEventListener('reset', e => { e.preventDefault(); setFilters(cleared()) })
$('order').addEventListener('input', () => orderBy($('order').value))
$('previous').addEventListener('click', () => { state.page--; draw(); toImages() })
$('next').addEventListener('click', () => { state.page++; draw(); toImages() })
$('csv').addEventListener('click', download)
$('before').addEventListener('click', () => step(-1))
$('after').addEventListener('click', () => step(1))
$('close').addEventListener('click', () => $('details').close())
$('stage').addEventListener('click', () => zoom(!$('stage').classList.contains('zoom')))
$('layer-on').addEventListener('input', () => showOverlay(current))
$('opacity').addEventListener('input', () => showOverlay(current))
$('details').addEventListener('click', e => { if (e.target === $('details')) $('details').close() })
$('details').addEventListener('keydown', e => {
  const sliding = e.target === $('opacity')   // there the arrows move the slider
  if (e.key === 'ArrowLeft' && !sliding) step(-1)
  if (e.key === 'ArrowRight' && !sliding) step(1)
  if (e.key === 'z') zoom(!$('stage').classList.contains('zoom'))
  if (e.key === 'o' && !$('mixer').hidden) $('layer-on').click()
})
document.addEventListener('keydown', e => {
  if (e.key !== 'Escape' || !$('chooser').open) return
  $('chooser').open = false
  $('chooser').querySelector('summary').focus()
})

for (const ul of document.querySelectorAll('[data-list]')) drawList(ul)
update()
