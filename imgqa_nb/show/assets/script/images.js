// ---- the images: a wall of pictures, or a table
const PAGE = {gallery: 48, table: 100}

function draw() {
  const rows = state.rows, size = PAGE[state.view]
  const pages = Math.max(1, Math.ceil(rows.length / size))
  state.page = Math.min(state.page, pages - 1)
  const part = rows.slice(state.page * size, (state.page + 1) * size)
  $('wall').hidden = state.view !== 'gallery'
  $('sheet').hidden = $('chooser').hidden = state.view !== 'table'
  if (state.view === 'gallery') drawWall(part)
  else { drawHead(); drawRows(part) }
  $('shown').textContent = said()
  $('page').textContent = 'Page ' + (state.page + 1) + ' of ' + pages
  $('previous').disabled = state.page === 0
  $('next').disabled = state.page >= pages - 1
  $('previous').parentElement.hidden = pages === 1
  $('csv').disabled = rows.length === 0
}
function said() {
  const n = state.rows.length, f = state.filters
  const only = Object.entries(f).filter(([, v]) => v !== '').map(([k]) => k).join()
  if (D.n < D.n_all) {
    const all = only === 'tag' ? D.tags.find(t => shown(t.name) === f.tag)?.n : D.verdict.counts[f.verdict]
    if ((only === 'tag' || only === 'verdict') && all !== undefined) {
      return count(n) + ' listed here of ' + count(all) + ' that are ' + (f.tag || f.verdict)
    }
    return count(n) + ' of ' + count(D.n) + ' listed here (' + count(D.n_all) + ' in all)'
  }
  return count(n) + ' of ' + count(D.n) + (state.sort || !D.order ? '' : ', ' + D.order)
}

// ---- the wall
function drawWall(rows) {
  const headed = D.verdict.column && !state.sort && !state.filters.verdict
  const out = []
  let last
  for (const i of rows) {
    const v = isBad(i) ? '\u0000bad' : verdictOf(i)
    if (headed && v !== last) out.push(heading(v))
    last = v
    out.push(card(i, headed))
  }
  if (!rows.length) out.push(say('li', 'none-left', 'No image passes these filters.'))
  $('wall').replaceChildren(...out)
  $('wall').dataset.show = state.layers
}
function heading(v) {
  if (v === '\u0000bad') return make('li', {className: 'heading'}, make('h3', {}, 'Bad files'))
  const h = make('h3', {}, missing(v) ? 'No verdict' : chip(v, toneOf(v)))
  if (!missing(v)) h.append(' ' + count(D.verdict.counts[v] ?? 0))
  if (D.verdict.about[v]) h.append(' ', make('small', {textContent: shown(D.verdict.about[v])}))
  return make('li', {className: 'heading'}, h)
}
function card(i, headed) {
  const open = make('button', {type: 'button', className: 'shots'})
  open.dataset.open = i
  open.setAttribute('aria-haspopup', 'dialog')
  open.setAttribute('aria-label', 'Show ' + file(i))
  open.append(picture(thumb(i), 'shot photo'))
  if (overlay(i)) open.append(picture(overlay(i), 'shot map'))
  const tone = missing(verdictOf(i)) ? '' : toneOf(verdictOf(i))
  const li = make('li', {className: 'tile ' + (isAside(i) ? 'aside' : tone)}, open)
  li.append(say('p', 'name', file(i), {title: shown(path(i))}))
  if (folder(i)) li.append(say('p', 'folder', folder(i), {title: folder(i)}))
  if (isBad(i)) li.append(say('p', 'error', get('error', i) ?? get('status', i)))
  else li.append(...underPicture(i, headed))
  return li
}
const isAside = i => D.images.keep && get(D.images.keep, i) === false
function underPicture(i, headed) {
  const out = [], values = make('p', {className: 'values'})
  if (!headed && !missing(verdictOf(i))) values.append(chip(verdictOf(i), toneOf(verdictOf(i))))
  if (isAside(i)) values.append(chip('set aside', 'none'))
  for (const name of D.images.caption.filter(name => !missing(get(name, i)))) {
    const value = say('b', '', number(get(name, i)))
    values.append(make('span', {title: col[name].doc}, name + ' ', value))
  }
  if (values.childNodes.length) out.push(values)
  const tags = D.rowTags[i].map(t => D.tags[t]).filter(t => t.kind !== 'good').map(t => t.name)
  if (tags.length) out.push(make('p', {className: 'tags'}, ...tags.map(t => chip(t))))
  const reason = D.images.reason && get(D.images.reason, i)
  if (reason) out.push(say('p', 'why', reason))
  return out
}

// ---- the table
const columnsShown = () => D.columns.filter(c => c.shown && c.name !== 'path')

function drawHead() {
  const th = (name, label, unit, num) => {
    const on = state.sort === name, arrow = state.up ? ' ▲' : ' ▼'
    const b = make('button', {type: 'button', textContent: label + (on ? arrow : '')})
    b.dataset.sort = name
    const h = make('th', {scope: 'col', className: num ? 'num' : ''}, b)
    if (unit) h.append(' ', make('small', {textContent: unit}))
    h.title = described(col[name])
    h.setAttribute('aria-sort', on ? (state.up ? 'ascending' : 'descending') : 'none')
    return h
  }
  const focused = document.activeElement?.dataset?.sort
  const first = make('th', {scope: 'col'}, make('span', {textContent: ''}))
  const columns = columnsShown().map(c => th(c.name, c.name, c.unit, isNumber(c)))
  $('table').tHead.replaceChildren(make('tr', {}, first, th('path', 'file'), ...columns))
  if (focused) [...$('table').tHead.querySelectorAll('button')].find(b => b.dataset.sort === focused)?.focus()
}
const described = c => (c?.doc ?? '') + (c?.better ? ' (' + c.better + ')' : '')

function drawRows(rows) {
  const columns = columnsShown()
  $('table').tBodies[0].replaceChildren(...rows.map(i => {
    const open = make('button', {type: 'button', className: 'file', textContent: file(i)})
    open.setAttribute('aria-haspopup', 'dialog')
    const name = make('td', {}, open)
    if (folder(i)) name.append(say('span', 'folder', folder(i)))
    const tr = make('tr', {}, make('td', {}, picture(thumb(i))), name, ...columns.map(c => cell(c, i)))
    tr.dataset.row = i
    return tr
  }))
}
function cell(c, i) {
  const v = at(c, i)
  if (c.name === D.verdict.column) return make('td', {}, missing(v) ? '–' : chip(v, toneOf(v)))
  if (c.name === 'tags') return make('td', {className: 'tags'}, ...tagsOf(i).map(t => chip(t)))
  return say('td', isNumber(c) ? 'num' : '', c.kind === 'str' ? v : number(v))
}

// ---- strips and groups
function drawList(ul) {
  const rows = D.lists[ul.dataset.list]
  ul.append(...rows.map(([i, text, tone]) => {
    const b = make('button', {type: 'button', className: tone, title: shown(short(i))}, picture(thumb(i)),
      say('span', '', file(i)), say('span', 'why', text, {title: shown(text)}))
    b.dataset.open = i
    return make('li', {}, b)
  }))
}
