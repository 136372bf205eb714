'use strict'
// Nothing here builds HTML from text: what comes from file names and error messages is only ever a text node.
const D = JSON.parse(document.getElementById('data').textContent)
const $ = id => document.getElementById(id)
const make = (name, props = {}, ...children) => {
  const e = Object.assign(document.createElement(name), props)
  e.append(...children)
  return e
}
const col = Object.fromEntries(D.columns.map(c => [c.name, c]))
const at = (c, i) => Array.isArray(c.values) ? c.values[i] : c.values   // a column that never changes is one value
const get = (name, i) => name in col ? at(col[name], i) : null
const PAGE = 100

// control characters and those that turn the direction of text are written out, so that a name cannot pose as another
const shown = s => String(s ?? '').replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))
const number = v => {
  if (v === null || v === undefined) return '–'
  if (typeof v === 'boolean') return v ? 'yes' : 'no'
  if (typeof v !== 'number') return shown(v)
  if (Number.isInteger(v)) return Math.abs(v) < 1e15 ? v.toLocaleString('en') : String(v)
  const a = Math.abs(v)
  return a >= 1e6 || a < 1e-4 ? v.toExponential(2) : a >= 1000 ? Math.round(v).toLocaleString('en') : String(+v.toPrecision(3))
}
const withUnit = (v, unit) => number(v) + (v !== null && unit ? ' ' + unit : '')
const path = i => String(get('path', i) ?? '')
const short = i => path(i).startsWith(D.root) ? path(i).slice(D.root.length) : path(i)
const cut = i => Math.max(short(i).lastIndexOf('/'), short(i).lastIndexOf('\\'), short(i).lastIndexOf('!')) + 1
const file = i => shown(short(i).slice(cut(i)) || short(i))
const folder = i => shown(short(i).slice(0, cut(i)))
const tagsOf = i => D.rowTags[i].map(t => D.tags[t].name)
const isBad = i => 'status' in col && get('status', i) !== 'ok'

function picture(i, side) {
  const p = make(D.thumbs[i] ? 'img' : 'span', {className: D.thumbs[i] ? 'pic' : 'pic empty'})
  if (D.thumbs[i]) { p.loading = 'lazy'; p.decoding = 'async'; p.alt = ''; p.src = 'data:image/jpeg;base64,' + D.thumbs[i] }
  else p.title = 'no picture'
  return p
}
const chip = (text, kind = '') => make('span', {className: ('chip ' + kind).trim(), textContent: shown(text)})

// ---- what is shown, and in which order
const state = {filters: {search: '', quality: '', tag: '', status: '', measure: '', low: '', high: ''}, sort: null, up: true, page: 0, rows: []}
const inputs = Object.keys(state.filters)
const NO_TAG = '\u0000none'

function passes(i) {
  const f = state.filters
  if (f.search && !path(i).toLowerCase().includes(f.search.toLowerCase())) return false
  if (f.quality && get('quality', i) !== f.quality) return false
  if (f.tag && (f.tag === NO_TAG ? isBad(i) || D.rowTags[i].length : !tagsOf(i).includes(f.tag))) return false
  if (f.status && (f.status === 'bad' ? !isBad(i) : get('status', i) !== f.status)) return false
  if (f.measure && (f.low !== '' || f.high !== '')) {
    const v = get(f.measure, i)
    if (v === null || v === undefined || f.low !== '' && v < +f.low || f.high !== '' && v > +f.high) return false
  }
  return true
}
const rank = (name, v) => name === 'quality' && D.qualities.includes(v) ? D.qualities.indexOf(v) : v
function compare(name, up) {
  return (a, b) => {
    const x = rank(name, get(name, a)), y = rank(name, get(name, b))
    const nx = x === null || x === undefined, ny = y === null || y === undefined
    if (nx || ny) return nx - ny || a - b                     // what has no value comes last, both ways
    const d = typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y), 'en', {numeric: true}) : x - y
    return (up ? d : -d) || a - b
  }
}
function update(keepPage) {
  state.rows = [...Array(D.n).keys()].filter(passes)
  if (state.sort) state.rows.sort(compare(state.sort, state.up))
  if (!keepPage) state.page = 0
  for (const b of document.querySelectorAll('[data-filter]')) {
    const name = b.dataset.filter
    b.setAttribute('aria-pressed', name ? state.filters[name] === b.dataset.value && b.dataset.value !== '' : false)
  }
  drawHead(); drawRows()
}
function setFilters(changes) {
  Object.assign(state.filters, changes)
  for (const k of inputs) $(k).value = state.filters[k]
  update()
}

// ---- the table
const isNumber = c => c.kind === 'num'
const columnsShown = () => D.columns.filter(c => c.shown && c.name !== 'path')

function drawHead() {
  const th = (name, label, unit, num) => {
    const on = state.sort === name
    const b = make('button', {type: 'button', textContent: label + (on ? state.up ? ' ▲' : ' ▼' : '')})
    b.dataset.sort = name
    const h = make('th', {scope: 'col', className: num ? 'num' : ''}, b)
    if (unit) h.append(' ', make('small', {textContent: unit}))
    if (name in col && col[name].doc) h.title = col[name].doc + (col[name].better ? ' (' + col[name].better + ')' : '')
    h.setAttribute('aria-sort', on ? state.up ? 'ascending' : 'descending' : 'none')
    return h
  }
  const focused = document.activeElement?.dataset?.sort
  $('table').tHead.replaceChildren(make('tr', {}, make('th', {scope: 'col'}, make('span', {textContent: ''})), th('path', 'file'), ...columnsShown().map(c => th(c.name, c.name, c.unit, isNumber(c)))))
  if (focused) [...$('table').tHead.querySelectorAll('button')].find(b => b.dataset.sort === focused)?.focus()
}
function drawRows() {
  const rows = state.rows, pages = Math.max(1, Math.ceil(rows.length / PAGE))
  state.page = Math.min(state.page, pages - 1)
  const columns = columnsShown()
  $('table').tBodies[0].replaceChildren(...rows.slice(state.page * PAGE, (state.page + 1) * PAGE).map(i => {
    const open = make('button', {type: 'button', className: 'file', textContent: file(i)})
    open.setAttribute('aria-haspopup', 'dialog')
    const name = make('td', {}, open)
    if (folder(i)) name.append(make('span', {className: 'folder', textContent: folder(i)}))
    const tr = make('tr', {}, make('td', {}, picture(i)), name, ...columns.map(c => cell(c, i)))
    tr.dataset.row = i
    return tr
  }))
  const of = D.n < D.n_all ? D.n.toLocaleString('en') + ' listed here (' + D.n_all.toLocaleString('en') + ' in all)' : D.n.toLocaleString('en')
  const only = Object.entries(state.filters).filter(([, v]) => v !== '').map(([k]) => k).join()
  const tag = only === 'tag' && D.n < D.n_all && D.tags.find(t => t.name === state.filters.tag)
  $('shown').textContent = tag ? rows.length.toLocaleString('en') + ' listed here of ' + tag.n.toLocaleString('en') + ' with ' + shown(tag.name) : rows.length.toLocaleString('en') + ' of ' + of + (state.sort ? '' : D.order)
  $('page').textContent = 'Page ' + (state.page + 1) + ' of ' + pages
  $('previous').disabled = state.page === 0
  $('next').disabled = state.page >= pages - 1
  $('csv').disabled = rows.length === 0
}
function cell(c, i) {
  const v = at(c, i)
  if (c.name === 'quality') return v === null ? make('td', {textContent: '–'}) : make('td', {}, chip(v, D.kinds[v] ?? ''))
  if (c.name === 'tags') return make('td', {className: 'tags'}, ...tagsOf(i).map(t => chip(t)))
  return make('td', {className: isNumber(c) ? 'num' : '', textContent: c.kind === 'str' ? shown(v) : number(v)})
}

// ---- one image
let current = -1
function details(i) {
  current = i
  $('details-h').textContent = file(i)
  const img = $('large'), note = $('large-note')
  const thumb = D.thumbs[i] ? 'data:image/jpeg;base64,' + D.thumbs[i] : ''
  img.onload = img.onerror = null
  img.alt = file(i)
  img.hidden = false
  const small = why => { if (thumb) img.src = thumb; else img.hidden = true; note.textContent = why }
  note.textContent = ''
  if (D.hrefs[i]) {
    const probe = new Image()
    probe.onload = () => { if (current === i) { img.src = probe.src; note.textContent = shown(path(i)) } }
    probe.onerror = () => { if (current === i) small(thumb ? 'The thumbnail: this browser cannot show the file itself from here. ' + shown(path(i)) : 'This browser cannot show the file from here. ' + shown(path(i))) }
    small(shown(path(i)))
    probe.src = D.hrefs[i]
  } else small(shown(path(i)))
  $('facts').replaceChildren(...facts(i))
  const k = state.rows.indexOf(i)
  $('before').disabled = k <= 0
  $('after').disabled = k < 0 || k >= state.rows.length - 1
  if (!$('details').open) $('details').showModal()
  $('details').scrollTop = 0
}
function facts(i) {
  const out = [], part = (title, ...e) => out.push(make('h3', {textContent: title}), ...e)
  if (isBad(i)) part('Could not be judged: ' + shown(get('status', i)), make('p', {className: 'error', textContent: shown(get('error', i))}))
  if (get('quality', i) !== null && 'quality' in col) part('Quality', make('p', {}, chip(get('quality', i), D.kinds[get('quality', i)] ?? '')))
  if (D.tags.length && !isBad(i)) {
    const on = tagsOf(i)
    part(on.length ? 'Why these tags' : 'No tags', make('ul', {}, ...on.map(t => make('li', {textContent: why(D.tags.find(x => x.name === t), i, true)}))))
    const off = D.tags.filter(t => !on.includes(t.name) && (t.value && get(t.value, i) !== null || t.margin && get(t.margin, i) !== null))
    if (off.length) out.push(make('details', {}, make('summary', {textContent: 'Why not the others'}), make('ul', {}, ...off.map(t => make('li', {textContent: why(t, i, false)})))))
  }
  const row = (name, value, title) => make('tr', {title: title || ''}, make('th', {scope: 'row', textContent: name}), make('td', {textContent: value}))
  const rows = (...groups) => make('table', {}, make('tbody', {}, ...D.columns.filter(c => groups.includes(c.group) && at(c, i) !== null && at(c, i) !== '').map(c => row(c.name, withUnit(at(c, i), c.unit), c.doc + (c.better ? ' (' + c.better + ')' : '')))))
  if (!isBad(i)) part('Measures', rows('measure'))
  part('File', rows('file'))
  return out
}
function why(t, i, on) {
  const v = t.value ? get(t.value, i) : null, limit = t.threshold ? get(t.threshold, i) : null, margin = t.margin ? get(t.margin, i) : null
  if (v === null || limit === null) return t.name + (margin !== null ? ': margin ' + number(margin) : t.doc ? ': ' + t.doc : '')
  const side = v === limit ? 'equals' : v > limit ? 'is above' : 'is below'
  return t.name + ': ' + (t.measure || 'value') + ' ' + withUnit(v, t.unit) + ' ' + side + ' the threshold ' + withUnit(limit, t.unit) + (margin === null ? '' : ' (margin ' + number(margin) + ')')
}
function step(by) {
  const k = state.rows.indexOf(current) + by
  if (state.rows.includes(current) && k >= 0 && k < state.rows.length) details(state.rows[k])
}

// ---- the list as CSV: RFC 4180, and no cell that a spreadsheet would run as a formula
function csv(rows) {
  const field = v => {
    if (v === null || v === undefined) return ''
    if (typeof v !== 'string') return v === true ? 'True' : v === false ? 'False' : String(v)
    const s = /^[=+\-@\t\r]/.test(v) ? "'" + v : v
    return /[",\r\n]/.test(s) || s !== s.trim() ? '"' + s.replaceAll('"', '""') + '"' : s
  }
  const columns = D.names.map(n => col[n])   // in the order of the table
  return [D.names.map(field), ...rows.map(i => columns.map(c => field(at(c, i))))].map(r => r.join(',')).join('\r\n') + '\r\n'
}
function download() {
  const url = URL.createObjectURL(new Blob(['\ufeff' + csv(state.rows)], {type: 'text/csv'}))
  make('a', {href: url, download: D.csv}).click()
  setTimeout(() => URL.revokeObjectURL(url), 10000)
}

// ---- wiring
function option(id, values) {
  for (const [value, label] of values) $(id).append(make('option', {value, textContent: label}))
  const holder = $(id).closest('fieldset') ?? $(id).closest('label')
  if (!values.length) holder.hidden = true, holder.style.display = 'none'
}
option('quality', D.qualities.map(q => [q, shown(q)]))
option('tag', D.tags.length ? [...D.tags.map(t => [t.name, shown(t.name)]), [NO_TAG, 'no tag']] : [])
option('status', D.statuses.length > 1 ? [...D.statuses.map(s => [s, shown(s)]), ['bad', 'any but ok']] : [])
option('measure', D.columns.filter(isNumber).map(c => [c.name, c.name + (c.unit ? ' (' + c.unit + ')' : '')]))
for (const c of D.columns.filter(c => c.name !== 'path')) {
  const box = make('input', {type: 'checkbox', checked: c.shown})
  box.addEventListener('change', () => { c.shown = box.checked; update(true) })
  $('chooser').querySelector('div').append(make('label', {title: c.doc}, box, ' ' + c.name))
}
for (const k of inputs) $(k).addEventListener('input', () => { state.filters[k] = $(k).value; update() })
$('filters').addEventListener('submit', e => e.preventDefault())
$('filters').addEventListener('reset', e => { e.preventDefault(); setFilters(Object.fromEntries(inputs.map(k => [k, '']))) })
const toTable = () => $('images').scrollIntoView({behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'})
document.addEventListener('click', e => {
  const hit = s => e.target.closest?.(s)
  let b
  if (b = hit('[data-filter]')) {
    const none = Object.fromEntries(inputs.map(k => [k, '']))
    const on = b.getAttribute('aria-pressed') === 'true'
    setFilters(b.dataset.filter && !on ? {...none, [b.dataset.filter]: b.dataset.value} : none)
    if (!on) toTable()
  } else if (b = hit('.col')) {
    setFilters({measure: b.dataset.column, low: b.dataset.low, high: b.dataset.high}); toTable()
  } else if (b = hit('[data-sort]')) {
    const name = b.dataset.sort
    if (state.sort === name && !state.up) { state.sort = null; state.up = true }
    else { state.up = state.sort !== name; state.sort = name }
    update()
  } else if (b = hit('[data-open]')) details(+b.dataset.open)
  else if ((b = hit('#table tbody tr')) && (hit('.file') || getSelection().isCollapsed)) details(+b.dataset.row)
  if ($('chooser').open && !hit('#chooser')) $('chooser').open = false
})
$('previous').addEventListener('click', () => { state.page--; drawRows(); toTable() })
$('next').addEventListener('click', () => { state.page++; drawRows(); toTable() })
$('csv').addEventListener('click', download)
$('before').addEventListener('click', () => step(-1))
$('after').addEventListener('click', () => step(1))
$('close').addEventListener('click', () => $('details').close())
$('details').addEventListener('click', e => { if (e.target === $('details')) $('details').close() })
$('details').addEventListener('keydown', e => { if (e.key === 'ArrowLeft') step(-1); if (e.key === 'ArrowRight') step(1) })
document.addEventListener('keydown', e => { if (e.key === 'Escape' && $('chooser').open) { $('chooser').open = false; $('chooser').querySelector('summary').focus() } })

for (const ul of document.querySelectorAll('[data-strip]')) ul.append(...D.strips[ul.dataset.strip].map(([i, text]) => {
  const b = make('button', {type: 'button'}, picture(i), make('span', {textContent: file(i)}), make('span', {className: 'why', textContent: shown(text)}))
  b.dataset.open = i
  b.title = shown(short(i))
  return make('li', {}, b)
}))
update()
