// The gallery of imgqa_nb.show.gallery. Columns come as typed arrays and stay here: filtering, sorting and
// drawing ask nobody. All text goes into the page as text, never as HTML: file names come from strangers.

const MAX_TILES = 200, ASKED = 24, IN_FLIGHT = 2, KEPT = 1500, BINS = 48, MISSING = 255
const SIZES = [96, 132, 180, 240]
const PALETTE = ['#4a7fc1', '#d9962a', '#1f8a70', '#c5433b', '#8a63b8', '#5f6b78', '#b85c8a', '#3f9aa8']
const number = new Intl.NumberFormat('en-US')

// ---- small helpers

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue
    if (name === 'text') node.textContent = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (name in node && !name.startsWith('aria') && typeof value !== 'string') node[name] = value
    else node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.filter(c => c !== null && c !== undefined))
  return node
}

function button(text, label, onclick, props = {}) {
  return el('button', { type: 'button', text, 'aria-label': label, title: label, onclick, ...props })
}

function drawn(path) { // a sign that no font need have
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), line = document.createElementNS(svg.namespaceURI, 'path')
  svg.setAttribute('viewBox', '0 0 14 14')
  svg.setAttribute('aria-hidden', 'true')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

function short(v) {
  if (v === null || v === undefined || Number.isNaN(v)) return '–'
  if (Number.isInteger(v) && Math.abs(v) < 1e7) return number.format(v)
  const size = Math.abs(v)
  return size >= 1e6 || (size < 1e-3 && size > 0) ? v.toExponential(2) : String(+v.toPrecision(4))
}

const bare = path => String(path).split(/[/\\]/).pop()
const count = (n, word) => `${number.format(n)} ${word}${n === 1 ? '' : 's'}`

function later(ms, f) {
  let timer = 0
  return () => { clearTimeout(timer); timer = setTimeout(f, ms) }
}

function typed(field, ms, f) { // f(text) when no more is typed; `field.typing` until then
  const said = later(ms, () => { field.typing = false; f(field.value) })
  field.addEventListener('input', () => { field.typing = true; said() })
}

function aligned(view) {
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)
}

function bitsOf(bytes, n) {
  const out = new Uint8Array(n)
  for (let i = 0; i < n; i++) out[i] = bytes[i >> 3] >> (i & 7) & 1
  return out
}

function packed(flags) {
  const out = new Uint8Array(Math.ceil(flags.length / 8))
  for (let i = 0; i < flags.length; i++) if (flags[i]) out[i >> 3] |= 1 << (i & 7)
  return out
}

// ---- the kernel

class Link {
  constructor(model) {
    this.model = model
    this.view = Math.random().toString(36).slice(2)
    this.seq = 0
    this.waiting = new Map()
    this.heard = {}
    this.onMessage = (content, buffers) => this.receive(content, buffers || [])
    model.on('msg:custom', this.onMessage)
  }
  tell(content, buffers = []) {
    this.model.send({ ...content, view: this.view }, undefined, buffers)
  }
  ask(content) { // resolves with the first answer
    const seq = ++this.seq
    this.tell({ ...content, seq })
    return new Promise((done, failed) => this.waiting.set(seq, { done, failed }))
  }
  receive(content, buffers) {
    if (content.view && content.view !== this.view) return
    const parts = buffers.map(aligned)
    const call = this.heard[content.kind]
    if (call) call(content, parts)
    const waiting = this.waiting.get(content.seq)
    if (!waiting) return
    this.waiting.delete(content.seq)
    if (content.kind === 'said') waiting.failed(Error(content.text))
    else waiting.done([content, parts])
  }
  close() { this.model.off('msg:custom', this.onMessage) }
}

// ---- the table

class Column {
  constructor(about) {
    Object.assign(this, about)
    this.values = null // typed array, or texts
  }
  fill(parts, n) { // [{start, arrays}]
    if (this.kind === 'number') this.values = new (this.bits === 64 ? Float64Array : Float32Array)(parts[0].arrays[0])
    else if (this.kind === 'category') this.values = new Uint8Array(parts[0].arrays[0])
    else if (this.kind === 'tags') {
      this.values = new Uint32Array(parts[0].arrays[0])
      this.words = n ? this.values.length / n : 0
    } else this.values = this.texts(parts, n)
  }
  texts(parts, n) {
    const out = new Array(n), utf8 = new TextDecoder()
    for (const { start, arrays } of parts) {
      const bytes = new Uint8Array(arrays[0]), ends = new Uint32Array(arrays[1])
      for (let i = 0, from = 0; i < ends.length; from = ends[i++]) out[start + i] = utf8.decode(bytes.subarray(from, ends[i]))
    }
    return out
  }
  has(row, i) { return this.values[row * this.words + (i >> 5)] >>> (i & 31) & 1 }
  tagged(row) {
    for (let k = 0; k < this.words; k++) if (this.values[row * this.words + k]) return true
    return false
  }
  isMissing(row) {
    const v = this.values[row]
    if (this.kind === 'number') return Number.isNaN(v)
    if (this.kind === 'category') return v === MISSING
    return this.kind === 'text' ? !v : false
  }
  text(row) {
    const v = this.values[row]
    if (this.kind === 'number') return Number.isNaN(v) ? '–' : short(v) + (this.unit && this.unit !== 'fraction' ? ` ${this.unit}` : '')
    if (this.kind === 'category') return v === MISSING ? '–' : this.labels[v]
    if (this.kind === 'tags') return this.labels.filter((_, i) => this.has(row, i)).join(', ')
    return v || '–'
  }
  key(row) { // to sort by
    if (this.kind !== 'tags') return this.values[row]
    let n = 0
    for (let i = 0; i < this.labels.length; i++) n += this.has(row, i)
    return n
  }
  at(v) { return this.log ? Math.log(v) : v }
  place(v) { // 0 to 1, of a number between low and high
    const low = this.at(this.low), high = this.at(this.high)
    return high > low ? Math.min(1, Math.max(0, (this.at(v) - low) / (high - low))) : .5
  }
  unplace(p) {
    const low = this.at(this.low), high = this.at(this.high), v = low + p * (high - low)
    return this.log ? Math.exp(v) : v
  }
  failing(filter, n) { // 1 for each row that the filter keeps out
    const out = new Uint8Array(n)
    if (this.kind === 'number') this.outOfRange(filter, out)
    else if (this.kind === 'text') {
      const word = filter.toLowerCase()
      for (let i = 0; i < n; i++) out[i] = !this.values[i].toLowerCase().includes(word)
    } else if (this.kind === 'category') {
      const wanted = new Uint8Array(256)
      for (const w of filter) wanted[w === '' ? MISSING : this.labels.indexOf(w)] = 1
      for (let i = 0; i < n; i++) out[i] = !wanted[this.values[i]]
    } else {
      const bits = filter.filter(w => w !== '').map(w => this.labels.indexOf(w)), none = filter.includes('')
      for (let i = 0; i < n; i++) out[i] = !(bits.some(b => this.has(i, b)) || (none && !this.tagged(i)))
    }
    return out
  }
  outOfRange(filter, out) {
    const v = this.values, round = this.bits === 64 ? x => x : Math.fround
    if (filter === '') { for (let i = 0; i < out.length; i++) out[i] = !Number.isNaN(v[i]); return }
    const low = filter[0] === null ? -Infinity : round(filter[0]), high = filter[1] === null ? Infinity : round(filter[1])
    for (let i = 0; i < out.length; i++) out[i] = !(v[i] >= low && v[i] <= high)
  }
}

class Table {
  constructor(link, about, [order, ok, bits]) {
    this.link = link
    this.n = about.rows
    this.columns = about.columns.map(c => new Column(c))
    this.byKey = new Map(this.columns.map(c => [c.key, c]))
    this.verdict = about.verdict
    this.natural = new Uint32Array(order)
    this.ok = new Uint8Array(ok)
    this.selected = bitsOf(new Uint8Array(bits), this.n)
    this.words = about.order
    this.filters = {}
    this.failing = new Map()
    this.fails = new Uint8Array(this.n)
    this.rows = this.natural
    this.sort = ''
    this.descending = false
    this.pending = new Map()
    this.parts = new Map()
    link.heard.column = (content, arrays) => this.gotColumn(content, arrays)
  }
  load(key) { // resolves with the column when its values are here
    const column = this.byKey.get(key)
    if (!column || column.values) return Promise.resolve(column)
    if (!this.pending.has(key)) {
      const arrived = new Promise(done => this.parts.set(key, { got: [], done }))
      this.link.ask({ kind: 'column', name: key }).catch(() => {})
      this.pending.set(key, arrived)
    }
    return this.pending.get(key)
  }
  gotColumn(content, arrays) {
    const waiting = this.parts.get(content.name)
    if (!waiting) return
    waiting.got[content.part] = { start: content.start, arrays }
    if (waiting.got.filter(Boolean).length < content.parts) return
    this.parts.delete(content.name)
    this.byKey.get(content.name).fill(waiting.got, this.n)
    waiting.done(this.byKey.get(content.name))
  }
  async setFilter(key, filter) { // null takes it off
    const column = await this.load(key)
    if (!column) return
    const old = this.failing.get(key)
    if (old) for (let i = 0; i < this.n; i++) this.fails[i] -= old[i]
    this.failing.delete(key)
    delete this.filters[key]
    if (filter === null) return
    const now = column.failing(filter, this.n)
    for (let i = 0; i < this.n; i++) this.fails[i] += now[i]
    this.failing.set(key, now)
    this.filters[key] = filter
  }
  async sortBy(key, descending) {
    const column = await this.load(key)
    this.sort = column ? key : ''
    this.descending = descending
    this.order = column ? this.sorted(column, descending) : this.natural
  }
  sorted(column, descending) {
    const known = [], missing = []
    for (const r of this.natural) (column.isMissing(r) ? missing : known).push(r)
    const keys = column.kind === 'tags' ? Float32Array.from({ length: this.n }, (_, r) => column.key(r)) : column.values
    const sign = descending ? -1 : 1
    if (column.kind === 'text') known.sort((a, b) => keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : 0)
    else known.sort((a, b) => keys[a] === keys[b] ? 0 : keys[a] < keys[b] ? -sign : sign)
    return Uint32Array.from([...known, ...missing])
  }
  refresh() { this.rows = (this.order || this.natural).filter(r => !this.fails[r]) }
  others(key) { // does a row pass all filters but that of this column?
    const own = this.failing.get(key), fails = this.fails
    return own ? r => fails[r] === own[r] : r => fails[r] === 0
  }
  get chosen() { return this.selected.reduce((a, b) => a + b, 0) }
  tone(row) {
    const column = this.byKey.get(this.verdict.column)
    return column && column.values ? this.verdict.tones[column.text(row)] || 'none' : ''
  }
}

// ---- pictures

class Pictures {
  constructor(link, arrived) {
    this.link = link
    this.arrived = arrived
    this.have = new Map() // row → {url} or {reason}, the oldest first
    this.wanted = []
    this.busy = 0
    this.asked = new Set()
  }
  want(rows) {
    this.wanted = rows.filter(r => !this.have.has(r) && !this.asked.has(r))
    this.pump()
  }
  pump() {
    while (this.busy < IN_FLIGHT && this.wanted.length) {
      const rows = this.wanted.splice(0, ASKED)
      this.busy++
      for (const r of rows) this.asked.add(r)
      this.link.ask({ kind: 'pictures', rows })
        .then(([content, parts]) => this.got(content, parts[0]))
        .catch(e => rows.forEach(r => this.put(r, { reason: e.message })))
        .finally(() => { this.busy--; rows.forEach(r => this.asked.delete(r)); this.pump() })
    }
  }
  got(content, blob) {
    let from = 0
    content.rows.forEach((row, i) => {
      const size = content.sizes[i]
      const url = size ? URL.createObjectURL(new Blob([blob.slice(from, from + size)], { type: 'image/jpeg' })) : ''
      this.put(row, size ? { url } : { reason: content.reasons[i] || 'no picture' })
      from += size
    })
  }
  put(row, found) {
    this.have.set(row, found)
    for (const [old, { url }] of this.have) {
      if (this.have.size <= KEPT) break
      if (url) URL.revokeObjectURL(url)
      this.have.delete(old)
    }
    this.arrived(row, found)
  }
  get(row) {
    const found = this.have.get(row)
    if (found) { this.have.delete(row); this.have.set(row, found) }
    return found
  }
  close() { for (const { url } of this.have.values()) if (url) URL.revokeObjectURL(url) }
}

// ---- the grid

class Grid {
  constructor(app) {
    this.app = app
    this.size = app.narrow() ? 0 : 1
    this.tiles = []
    this.focus = 0  // place in the rows, not the row
    this.anchor = 0
    this.spacer = el('div', { class: 'spacer' })
    this.layer = el('div', { class: 'tiles' })
    this.empty = el('div', { class: 'empty', hidden: true })
    this.node = el('div', { class: 'grid', role: 'listbox', tabindex: '0', 'aria-multiselectable': 'true',
      'aria-label': 'Images', onkeydown: e => this.key(e) }, this.spacer, this.layer, this.empty)
    this.node.addEventListener('scroll', () => this.plan(), { passive: true })
    this.layer.addEventListener('click', e => this.click(e))
    this.layer.addEventListener('dblclick', e => this.open(e))
    this.layer.addEventListener('mousedown', e => { if (e.shiftKey) e.preventDefault() })
    this.watch = new ResizeObserver(() => this.draw())
    this.watch.observe(this.node)
    this.ask = later(50, () => this.app.pictures.want(this.visible()))
  }
  plan() {
    if (this.planned) return
    this.planned = requestAnimationFrame(() => { this.planned = 0; this.draw() })
  }
  measure() {
    const width = this.node.clientWidth - 12, height = Math.max(this.node.clientHeight, 100)
    let size = SIZES[this.size]
    for (;; size += 24) {
      this.cols = Math.max(2, Math.floor(width / (size + 8)))
      this.w = Math.floor(width / this.cols)
      this.h = Math.round(this.w * .78) + 44
      this.lines = Math.ceil(height / this.h) + 1
      if (this.cols * this.lines <= MAX_TILES || this.cols === 2) break
    }
  }
  draw() {
    const rows = this.app.table.rows
    this.empty.hidden = rows.length > 0
    this.measure()
    this.spacer.style.height = `${Math.ceil(rows.length / this.cols) * this.h + 6}px`
    const first = Math.floor(this.node.scrollTop / this.h)
    this.from = Math.min(first * this.cols, Math.max(0, Math.ceil(rows.length / this.cols) - 1) * this.cols)
    this.to = Math.min(rows.length, this.from + Math.min(this.cols * this.lines, MAX_TILES))
    while (this.tiles.length < this.to - this.from) this.tiles.push(this.tile())
    while (this.tiles.length > this.to - this.from) this.tiles.pop().node.remove()
    this.tiles.forEach((t, i) => this.fill(t, this.from + i))
    this.ask()
  }
  visible() { return Array.from(this.app.table.rows.subarray(this.from, this.to)) }
  tile() {
    const t = { picture: el('div', { class: 'picture' }), check: el('span', { class: 'check', 'aria-hidden': 'true' }),
      name: el('span', { class: 'name' }), said: el('span', { class: 'said' }), row: -1 }
    t.image = el('img', { draggable: false, decoding: 'async' })
    t.picture.append(t.image, el('span', { class: 'reason' }))
    t.reason = t.picture.lastChild
    t.node = el('div', { class: 'tile', role: 'option' }, t.picture, t.check, t.name, t.said)
    t.node.tile = t
    this.layer.append(t.node)
    return t
  }
  fill(t, place) {
    const { table, id } = this.app, row = table.rows[place]
    const x = (place % this.cols) * this.w, y = Math.floor(place / this.cols) * this.h
    t.node.style.cssText = `width:${this.w - 8}px;height:${this.h - 8}px;transform:translate(${x + 6}px,${y + 6}px)`
    t.node.id = `${id}-${place}`
    t.node.className = `tile ${table.tone(row)}${table.selected[row] ? ' selected' : ''}${place === this.focus ? ' current' : ''}`
    t.node.setAttribute('aria-selected', table.selected[row] ? 'true' : 'false')
    t.node.setAttribute('aria-setsize', table.rows.length)
    t.node.setAttribute('aria-posinset', place + 1)
    t.place = place
    const said = this.app.caption(row), name = this.app.name(row)
    t.name.textContent = bare(name)
    t.node.title = name
    t.said.textContent = said
    t.node.setAttribute('aria-label', `${bare(name)}, ${said}`)
    if (place === this.focus) this.node.setAttribute('aria-activedescendant', t.node.id)
    t.row = row
    this.paint(t, this.app.pictures.get(row))
  }
  paint(t, found) {
    const name = bare(this.app.name(t.row))
    t.picture.classList.toggle('none', !(found && found.url))
    t.picture.classList.toggle('waiting', !found)
    t.reason.textContent = found && found.reason ? found.reason : ''
    t.image.alt = found && found.url ? name : ''
    if (found && found.url) { if (t.image.src !== found.url) t.image.src = found.url }
    else t.image.removeAttribute('src')
  }
  arrived(row, found) { for (const t of this.tiles) if (t.row === row) this.paint(t, found) }
  top() { this.node.scrollTop = 0; this.focus = this.anchor = 0; this.draw() }
  click(e) {
    const node = e.target.closest('.tile')
    if (!node) return
    const { place } = node.tile, tick = e.target.classList.contains('check') || e.ctrlKey || e.metaKey
    this.node.focus({ preventScroll: true })
    if (e.pointerType === 'touch' && !tick) { this.focus = place; return this.app.large.open(place) }
    if (e.shiftKey) this.app.range(this.anchor, place, e.ctrlKey || e.metaKey)
    else { this.anchor = place; tick ? this.app.toggle(place) : this.app.only(place) }
    this.focus = place
    this.draw()
  }
  open(e) {
    const node = e.target.closest('.tile')
    if (node && !e.target.classList.contains('check')) this.app.large.open(node.tile.place)
  }
  key(e) {
    const last = this.app.table.rows.length - 1, page = this.cols * Math.max(1, this.lines - 2)
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.cols, ArrowUp: -this.cols, PageDown: page, PageUp: -page,
      Home: -Infinity, End: Infinity }
    if (last < 0) return
    if (e.key in moves) this.move(Math.max(0, Math.min(last, this.focus + moves[e.key])), e.shiftKey)
    else if (e.key === ' ') { this.anchor = this.focus; this.app.toggle(this.focus) }
    else if (e.key === 'Enter') this.app.large.open(this.focus)
    else if (e.key === 'Escape') this.app.none()
    else if (e.key.toLowerCase() === 'a' && (e.ctrlKey || e.metaKey)) this.app.all()
    else return
    e.preventDefault()
    this.draw()
  }
  move(place, extend) {
    this.focus = place
    if (extend) this.app.range(this.anchor, place, false)
    else this.anchor = place
    const y = Math.floor(place / this.cols) * this.h, low = this.node.scrollTop, high = low + this.node.clientHeight - this.h
    if (y < low) this.node.scrollTop = y
    else if (y > high) this.node.scrollTop = y - this.node.clientHeight + this.h + 8
  }
  close() { this.watch.disconnect(); cancelAnimationFrame(this.planned) }
}

// ---- filters

class Facet {
  constructor(app, column, open) {
    this.app = app
    this.column = column
    this.body = el('div', { class: 'body' })
    this.mark = el('span', { class: 'mark', 'aria-hidden': 'true' })
    const about = [column.doc, column.better].filter(Boolean).join('; ')
    this.node = el('details', { class: 'facet', title: about },
      el('summary', {}, el('span', { text: column.name }), el('small', { text: column.unit }), this.mark), this.body)
    this.node.addEventListener('toggle', () => { if (this.node.open) this.build() })
    if (open) this.node.open = true
  }
  async build() {
    if (this.built) return this.update()
    this.built = true
    await this.app.table.load(this.column.key)
    if (this.column.kind === 'number') this.buildRange()
    else if (this.column.kind === 'text') this.buildText()
    else this.buildWords()
    this.update()
  }
  get filter() { return this.app.table.filters[this.column.key] ?? null }
  set(filter) { this.app.filter(this.column.key, filter) }
  update() {
    this.mark.textContent = this.filter === null ? '' : '●'
    if (!this.built || !this.node.open || !this.show) return
    this.show()
  }
  // numbers: a histogram with two handles
  buildRange() {
    const c = this.column
    if (c.low === null) { this.body.append(el('p', { class: 'note', text: 'no number in this column' })); return }
    this.canvas = el('canvas', { class: 'histogram', 'aria-hidden': 'true' })
    const slider = (label, end) => el('input', { type: 'range', min: '0', max: '1000', 'aria-label': `${c.name}, ${label}`,
      oninput: () => this.slid(end) })
    this.sliders = [slider('lowest', 0), slider('highest', 1)]
    const field = end => el('input', { class: 'end', type: 'text', inputmode: 'decimal', 'aria-label': `${c.name}, ${end ? 'to' : 'from'}`,
      onchange: () => this.typed() })
    this.fields = [field(0), field(1)]
    this.missing = button('', `only images without ${c.name}`, () => this.set(this.filter === '' ? null : ''), { class: 'link' })
    this.body.append(el('div', { class: 'plot' }, this.canvas, el('div', { class: 'sliders' }, ...this.sliders)),
      el('div', { class: 'ends' }, this.fields[0], el('span', { text: 'to' }), this.fields[1]),
      c.missing ? this.missing : null || '')
    this.brush()
    this.show = () => this.showRange()
  }
  brush() {
    let from = null
    const place = e => {
      const box = this.canvas.getBoundingClientRect()
      return Math.min(1, Math.max(0, (e.clientX - box.left) / box.width))
    }
    this.canvas.addEventListener('pointerdown', e => { from = place(e); this.canvas.setPointerCapture(e.pointerId) })
    this.canvas.addEventListener('pointermove', e => { if (from !== null) this.between(from, place(e)) })
    this.canvas.addEventListener('pointerup', e => {
      if (from !== null && Math.abs(place(e) - from) < .01) this.set(null)
      from = null
    })
  }
  between(a, b) {
    const [low, high] = a < b ? [a, b] : [b, a]
    this.set([low <= 0 ? null : this.column.unplace(low), high >= 1 ? null : this.column.unplace(high)])
  }
  slid(end) {
    const [a, b] = this.sliders
    if (+a.value > +b.value) (end ? b : a).value = (end ? a : b).value
    const low = +a.value / 1000, high = +b.value / 1000
    if (low <= 0 && high >= 1) this.set(null)
    else this.between(low, high)
  }
  typed() {
    const old = Array.isArray(this.filter) ? this.filter : [null, null]
    const ends = this.fields.map((f, i) => { // what was not touched stays as it is, not as it is shown
      const v = parseFloat(f.value.replace(',', '.'))
      return f.value === f.shown ? old[i] : Number.isNaN(v) ? null : v
    })
    this.set(ends[0] === null && ends[1] === null ? null : ends)
  }
  showRange() {
    const c = this.column, f = Array.isArray(this.filter) ? this.filter : [null, null]
    const ends = [f[0] === null ? c.low : f[0], f[1] === null ? c.high : f[1]]
    this.sliders.forEach((s, i) => { s.value = f[i] === null ? i * 1000 : Math.round(1000 * c.place(ends[i])) })
    this.fields.forEach((x, i) => {
      x.shown = short(ends[i]).replace(/,/g, '')
      if (document.activeElement !== x) x.value = x.shown
    })
    this.missing.textContent = this.filter === '' ? 'show all again' : `${number.format(c.missing)} without a number`
    this.drawHistogram(ends)
  }
  bins() {
    const { table } = this.app, c = this.column, pass = table.others(c.key)
    const all = new Uint32Array(BINS), left = new Uint32Array(BINS)
    for (let r = 0; r < table.n; r++) {
      const v = c.values[r]
      if (Number.isNaN(v)) continue
      const bin = Math.min(BINS - 1, Math.floor(c.place(v) * BINS))
      all[bin]++
      if (pass(r)) left[bin]++
    }
    return [all, left]
  }
  drawHistogram(ends) {
    const [all, left] = this.bins(), { context: g, w, h } = fitted(this.canvas), colour = this.app.colours
    const top = Math.max(1, ...all), [a, b] = this.filter === '' ? [2, 2] : ends.map(v => this.column.place(v))
    for (let i = 0; i < BINS; i++) {
      const x = i * w / BINS, width = w / BINS - 1, high = n => n ? Math.max(1, (h - 2) * Math.sqrt(n / top)) : 0
      g.fillStyle = colour.rest
      g.fillRect(x, h - high(all[i]), width, high(all[i]))
      const inside = (i + 1) / BINS > a && i / BINS < b + 1e-9
      g.fillStyle = inside ? colour.accent : colour.faint
      g.fillRect(x, h - high(left[i]), width, high(left[i]))
    }
  }
  // words: boxes to tick
  buildWords() {
    const words = [...this.column.labels, '']
    this.boxes = words.map((word, i) => {
      const box = el('input', { type: 'checkbox', onchange: () => this.ticked() })
      const n = el('small', {}), none = this.column.kind === 'tags' ? 'no tag' : 'no value'
      const tone = this.column.key === this.app.table.verdict.column ? this.app.table.verdict.tones[word] || '' : ''
      const node = el('label', { class: `word ${tone}` }, box, el('span', { class: 'text', text: word || none }), n)
      node.hidden = word === '' && !this.column.counts[i]
      return { word, box, n, node }
    })
    if (this.column.key === this.app.table.verdict.column) this.inToneOrder()
    this.body.append(el('div', { class: 'words', role: 'group', 'aria-label': this.column.name }, ...this.boxes.map(b => b.node)))
    this.show = () => this.showWords()
  }
  inToneOrder() {
    const order = Object.keys(this.app.table.verdict.tones), place = b => b.word === '' ? 99 : order.indexOf(b.word)
    this.boxes.sort((a, b) => place(a) - place(b))
  }
  ticked() {
    const words = this.boxes.filter(b => b.box.checked).map(b => b.word)
    this.set(words.length ? words : null)
  }
  showWords() {
    const { table } = this.app, c = this.column, pass = table.others(c.key), counts = new Uint32Array(257)
    for (let r = 0; r < table.n; r++) {
      if (!pass(r)) continue
      if (c.kind === 'category') counts[c.values[r]]++
      else if (!c.tagged(r)) counts[MISSING]++
      else for (let i = 0; i < c.labels.length; i++) counts[i] += c.has(r, i)
    }
    for (const b of this.boxes) {
      b.box.checked = Array.isArray(this.filter) && this.filter.includes(b.word)
      b.n.textContent = number.format(counts[b.word === '' ? MISSING : c.labels.indexOf(b.word)])
    }
  }
  // texts: a field
  buildText() {
    this.field = el('input', { type: 'search', placeholder: 'contains …', 'aria-label': `${this.column.name} contains` })
    typed(this.field, 200, text => this.set(text || null))
    this.body.append(this.field)
    this.show = () => { if (!this.field.typing) this.field.value = this.filter || '' }
  }
}

function fitted(canvas) { // as sharp as the screen
  const k = window.devicePixelRatio || 1, w = canvas.clientWidth || 200, h = canvas.clientHeight || 48
  canvas.width = Math.round(w * k)
  canvas.height = Math.round(h * k)
  const context = canvas.getContext('2d')
  context.scale(k, k)
  return { context, w, h }
}

// ---- the scatter

class Scatter {
  constructor(app) {
    this.app = app
    const numbers = app.table.columns.filter(c => c.kind === 'number' && c.low !== null)
    this.numbers = numbers
    const pick = i => el('select', { 'aria-label': i ? 'upwards' : 'to the right', onchange: () => this.chosen() },
      ...options(numbers))
    this.selects = [pick(0), pick(1)]
    this.canvas = el('canvas', { class: 'scatter', role: 'img', tabindex: '-1' })
    this.note = el('small', { class: 'note', text: 'Drag to filter; click a point to see its image' })
    this.node = el('section', { class: 'plots', hidden: true, 'aria-label': 'Scatter plot' },
      el('div', { class: 'axes' }, el('span', { text: '→' }), this.selects[0], el('span', { text: '↑' }), this.selects[1], this.note),
      this.canvas)
    const known = key => numbers.some(c => c.key === key)
    const first = [app.table.verdict.score, ...['sharpness', 'exposure', 'contrast']].filter(known)
    const picks = [...new Set([...first, ...numbers.filter(c => c.group !== 'file').map(c => c.key), ...numbers.map(c => c.key)])]
    this.selects.forEach((s, i) => { s.value = picks[i] ?? picks[0] ?? '' })
    this.pointers()
    this.watch = new ResizeObserver(() => this.draw())
    this.watch.observe(this.canvas)
  }
  get open() { return !this.node.hidden }
  get axes() { return this.selects.map(s => this.app.table.byKey.get(s.value)) }
  async chosen() {
    await Promise.all(this.axes.map(c => c && this.app.table.load(c.key)))
    this.draw()
  }
  place(row) {
    const [x, y] = this.axes
    return [10 + (this.w - 20) * x.place(x.values[row]), this.h - 10 - (this.h - 20) * y.place(y.values[row])]
  }
  colour(row) {
    const tone = this.app.table.tone(row)
    return tone ? this.app.colours[tone] : this.app.colours.plain
  }
  draw() {
    const [x, y] = this.axes, { table, colours } = this.app
    if (!this.open || !x || !y || !x.values || !y.values) return
    const { context: g, w, h } = fitted(this.canvas)
    this.w = w
    this.h = h
    const groups = new Map(), size = table.rows.length > 20000 ? 1.5 : table.rows.length > 2000 ? 2.5 : 4
    const put = (colour, row) => { if (!groups.has(colour)) groups.set(colour, []); groups.get(colour).push(row) }
    for (let r = 0; r < table.n; r++) {
      if (Number.isNaN(x.values[r]) || Number.isNaN(y.values[r])) continue
      put(table.fails[r] ? colours.rest : this.colour(r), r)
    }
    const dots = (rows, size) => { for (const r of rows) { const [a, b] = this.place(r); g.fillRect(a - size / 2, b - size / 2, size, size) } }
    for (const [colour, rows] of [...groups].sort((a, b) => (b[0] === colours.rest) - (a[0] === colours.rest))) {
      g.fillStyle = colour
      g.globalAlpha = rows.length > 5000 ? .55 : .8
      dots(rows, size)
    }
    g.globalAlpha = 1
    g.fillStyle = colours.text
    const chosen = []
    for (let r = 0; r < table.n; r++) if (table.selected[r] && !Number.isNaN(x.values[r]) && !Number.isNaN(y.values[r])) chosen.push(r)
    dots(chosen, size + 2)
    this.labels(g, x, y)
    this.canvas.setAttribute('aria-label', `${y.name} against ${x.name}, ${count(table.rows.length, 'image')}`)
  }
  labels(g, x, y) {
    g.fillStyle = this.app.colours.soft
    g.font = '11px system-ui, sans-serif'
    g.fillText(short(x.low), 4, this.h - 1)
    const high = short(x.high), top = short(y.high)
    g.fillText(high, this.w - 4 - g.measureText(high).width, this.h - 1)
    g.fillText(top, 2, 10)
    if (this.box) {
      const [a, b, c, d] = this.box
      g.strokeStyle = this.app.colours.accent
      g.strokeRect(Math.min(a, c), Math.min(b, d), Math.abs(a - c), Math.abs(b - d))
    }
  }
  pointers() {
    const at = e => { const r = this.canvas.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top] }
    this.canvas.addEventListener('pointerdown', e => { this.box = [...at(e), ...at(e)]; this.canvas.setPointerCapture(e.pointerId) })
    this.canvas.addEventListener('pointermove', e => {
      if (!this.box) return
      this.box = [this.box[0], this.box[1], ...at(e)]
      this.draw()
    })
    this.canvas.addEventListener('pointerup', () => {
      const box = this.box
      this.box = null
      if (!box) return
      if (Math.hypot(box[0] - box[2], box[1] - box[3]) < 5) this.nearest(box[0], box[1])
      else this.brushed(box)
    })
  }
  brushed([a, b, c, d]) {
    const [x, y] = this.axes, across = v => (v - 10) / (this.w - 20), up = v => (this.h - 10 - v) / (this.h - 20)
    const range = (column, p, q) => {
      const [low, high] = p < q ? [p, q] : [q, p]
      return [low <= 0 ? null : column.unplace(low), high >= 1 ? null : column.unplace(high)]
    }
    this.app.filterAll([[x.key, range(x, across(a), across(c))], [y.key, range(y, up(b), up(d))]])
  }
  nearest(px, py) {
    const [x, y] = this.axes, { rows } = this.app.table
    let best = 12, place = -1
    rows.forEach((r, i) => {
      if (Number.isNaN(x.values[r]) || Number.isNaN(y.values[r])) return
      const [a, b] = this.place(r), far = Math.hypot(a - px, b - py)
      if (far < best) { best = far; place = i }
    })
    if (place >= 0) this.app.large.open(place)
  }
  close() { this.watch.disconnect() }
}

function options(columns) {
  const groups = new Map()
  const titles = { verdict: 'verdict', measure: 'measures', tag: 'tags', file: 'file' }
  for (const c of columns) {
    const title = titles[c.group] || c.group
    if (!groups.has(title)) groups.set(title, el('optgroup', { label: title }))
    groups.get(title).append(el('option', { value: c.key, text: c.name }))
  }
  return [...groups.values()]
}

// ---- one image, large

class Large {
  constructor(app) {
    this.app = app
    this.place = -1
    this.image = el('img', { draggable: false })
    this.over = el('div', { class: 'over' })
    this.sheet = el('div', { class: 'sheet' }, this.image, this.over)
    this.reason = el('p', { class: 'reason', hidden: true })
    this.stage = el('div', { class: 'stage' }, this.sheet, this.reason)
    this.title = el('h3', {})
    this.where = el('small', { 'aria-live': 'polite' })
    this.tick = button('', 'select this image', () => { this.app.toggle(this.place); this.marked() }, { class: 'tick' })
    this.layers = el('div', { class: 'layers' })
    this.why = el('div', { class: 'why' })
    this.facts = el('div', { class: 'facts' })
    this.back = button('✕', 'back to the images (Escape)', () => this.close())
    this.node = el('div', { class: 'large', role: 'dialog', 'aria-modal': 'true', 'aria-label': 'One image', tabindex: '-1', hidden: true,
      onkeydown: e => this.key(e) },
    el('header', {}, button('‹', 'the image before (left arrow)', () => this.step(-1)),
      button('›', 'the next image (right arrow)', () => this.step(1)), el('div', { class: 'titles' }, this.title, this.where),
      this.tick, button('1:1', 'as many pixels as the image has, or all of it (z)', () => this.zoomed()), this.back),
    el('div', { class: 'content' }, this.stage, el('aside', {}, this.why, this.layers, this.facts)))
    this.pan()
    this.image.addEventListener('load', () => this.fit())
    this.watch = new ResizeObserver(() => this.fit())
    this.watch.observe(this.stage)
  }
  fit() { // the sheet is as large as the image on it, so that layers fit
    const { naturalWidth: w, naturalHeight: h } = this.image
    if (!w || !h) return
    const k = Math.min(this.stage.clientWidth / w, this.stage.clientHeight / h)
    this.sheet.style.width = `${w * k}px`
    this.sheet.style.height = `${h * k}px`
  }
  get shown() { return !this.node.hidden }
  open(place) {
    const row = this.app.table.rows[place]
    if (row === undefined) return
    this.place = place
    this.row = row
    this.node.hidden = false
    this.app.grid.focus = place
    this.node.focus({ preventScroll: true })
    this.reset()
    this.title.textContent = bare(this.app.name(row))
    this.title.title = this.app.name(row)
    this.where.textContent = `${number.format(place + 1)} of ${number.format(this.app.table.rows.length)}`
    this.marked()
    const small = this.app.pictures.get(row)
    this.show(small && small.url, this.app.name(row))
    this.reason.hidden = true
    this.over.replaceChildren()
    for (const part of [this.why, this.layers, this.facts]) part.replaceChildren()
    this.stage.classList.add('waiting')
    this.app.link.ask({ kind: 'large', row }).then(([content, parts]) => { if (this.row === row) this.got(content, parts) })
      .catch(e => { if (this.row === row) this.failed(e.message) })
  }
  show(url, alt) {
    if (url) this.image.src = url
    else this.image.removeAttribute('src')
    this.image.alt = alt
    this.image.hidden = !url
  }
  failed(text) {
    this.stage.classList.remove('waiting')
    this.reason.hidden = false
    this.reason.textContent = text
  }
  got(content, [picture, ...layers]) {
    this.stage.classList.remove('waiting')
    this.free()
    if (content.reason) this.failed(content.reason)
    if (picture && picture.byteLength) {
      this.urls = [URL.createObjectURL(new Blob([picture], { type: 'image/jpeg' }))]
      this.show(this.urls[0], this.app.name(this.row))
    }
    content.layers.forEach((about, i) => this.layer(about, layers[i]))
    if (content.notes) this.layers.append(el('p', { class: 'note', text: content.notes }))
    this.explain(content.why)
    this.list(content.facts)
  }
  explain(why) {
    const { table } = this.app, verdict = table.byKey.get(table.verdict.column)
    if (verdict && verdict.values) this.why.append(el('span', { class: `badge ${table.tone(this.row)}`, text: verdict.text(this.row) }))
    for (const line of why.split('\n').filter(Boolean)) this.why.append(el('p', { text: line }))
  }
  layer(about, bytes) {
    const parts = []
    if (bytes && bytes.byteLength) {
      this.urls.push(URL.createObjectURL(new Blob([bytes])))
      parts.push(el('img', { src: this.urls[this.urls.length - 1], alt: '', draggable: false }))
    }
    for (const [left, top, w, h, text] of about.boxes) {
      const box = el('div', { class: 'box' }, text ? el('span', { text }) : null)
      box.style.cssText = `left:${100 * left}%;top:${100 * top}%;width:${100 * w}%;height:${100 * h}%`
      parts.push(box)
    }
    const node = el('div', { class: 'layer' }, ...parts)
    const kept = this.app.opacities[about.name] ?? about.opacity
    const slider = el('input', { type: 'range', min: '0', max: '100', value: String(Math.round(100 * kept)),
      'aria-label': `opacity of ${about.name}` })
    const set = () => { node.style.opacity = slider.value / 100; this.app.opacities[about.name] = slider.value / 100 }
    slider.addEventListener('input', set)
    set()
    this.over.append(node)
    this.layers.append(el('label', { class: 'opacity' }, el('span', { text: about.name }), slider))
  }
  list(facts) {
    const titles = { verdict: 'Verdict', measure: 'Measures', tag: 'Tags', file: 'File' }
    for (const group of Object.keys(titles)) {
      const rows = facts.filter(f => f[0] === group || (group === 'measure' && !(f[0] in titles)))
      if (!rows.length) continue
      const body = rows.map(([, name, value, unit]) => el('tr', {}, el('th', { scope: 'row', text: name }),
        el('td', { text: unit && unit !== 'fraction' && value !== '–' ? `${value} ${unit}` : value })))
      this.facts.append(el('h4', { text: titles[group] }), el('table', {}, el('tbody', {}, ...body)))
    }
  }
  marked() {
    const on = this.app.table.selected[this.row]
    this.tick.textContent = on ? '☑ selected' : '☐ select'
    this.tick.setAttribute('aria-pressed', on ? 'true' : 'false')
  }
  step(by) {
    const place = this.place + by
    if (place >= 0 && place < this.app.table.rows.length) this.open(place)
  }
  key(e) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 }
    if (e.target.tagName === 'INPUT' && e.key in steps) return
    if (e.key === 'Escape') this.close()
    else if (e.key in steps) this.step(steps[e.key])
    else if (e.key === ' ' && e.target.tagName !== 'BUTTON') { this.app.toggle(this.place); this.marked() }
    else if (e.key === 'z') this.zoomed()
    else if (e.key === '+' || e.key === '=') this.zoom(1.4)
    else if (e.key === '-') this.zoom(1 / 1.4)
    else if (e.key === 'Tab') return this.trap(e)
    else return
    e.preventDefault()
  }
  trap(e) { // the keyboard stays in the dialog
    const all = [...this.node.querySelectorAll('button, input')], first = all[0], last = all[all.length - 1]
    const active = this.node.getRootNode().activeElement
    if (e.shiftKey && (active === first || active === this.node)) { last.focus(); e.preventDefault() }
    else if (!e.shiftKey && active === last) { first.focus(); e.preventDefault() }
  }
  // zoom and pan
  reset() { this.k = 1; this.x = this.y = 0; this.move() }
  move() { this.sheet.style.transform = `translate(${this.x}px,${this.y}px) scale(${this.k})` }
  zoom(by) { this.k = Math.min(16, Math.max(1, this.k * by)); if (this.k === 1) this.x = this.y = 0; this.move() }
  zoomed() { if (this.k > 1) this.reset(); else this.zoom(Math.max(2, this.image.naturalWidth / (this.image.clientWidth || 1))) }
  pan() {
    let from = null
    this.stage.addEventListener('wheel', e => { e.preventDefault(); this.zoom(e.deltaY < 0 ? 1.2 : 1 / 1.2) }, { passive: false })
    this.stage.addEventListener('dblclick', () => this.zoomed())
    this.stage.addEventListener('pointerdown', e => { from = [e.clientX - this.x, e.clientY - this.y]; this.stage.setPointerCapture(e.pointerId) })
    this.stage.addEventListener('pointermove', e => {
      if (!from || this.k === 1) return
      this.x = e.clientX - from[0]
      this.y = e.clientY - from[1]
      this.move()
    })
    this.stage.addEventListener('pointerup', () => { from = null })
  }
  free() { for (const url of this.urls || []) URL.revokeObjectURL(url); this.urls = [] }
  close() {
    if (!this.shown) return
    this.node.hidden = true
    this.row = -1
    this.free()
    const { grid } = this.app
    grid.move(Math.min(this.place, this.app.table.rows.length - 1), false)
    grid.draw()
    grid.node.focus({ preventScroll: true })
  }
}

// ---- all of it

class App {
  constructor(link, root) {
    this.link = link
    this.root = root
    this.id = `g${link.view}`
    this.opacities = {}
    this.root.append(el('p', { class: 'note wait', text: 'Waiting for the kernel …' }))
    link.heard.table = (content, parts) => this.start(content, parts)
    link.heard.change = (content, parts) => this.told(content, parts)
    link.heard.said = content => this.say(content.text)
    this.hello()
  }
  hello() { // again, until the kernel has time
    if (this.table || this.gone) return
    this.link.tell({ kind: 'hello' })
    setTimeout(() => this.hello(), 4000)
  }
  narrow() { return this.root.clientWidth < 620 }
  async start(content, parts) {
    if (this.table) return
    this.table = new Table(this.link, content, parts)
    this.pictures = new Pictures(this.link, (row, found) => this.grid.arrived(row, found))
    this.about = content
    this.build()
    this.theme()
    this.shown = [this.table.verdict.column, 'path', this.table.byKey.has('tags') ? 'tags' : '', this.table.verdict.score]
    const first = this.shown.filter(key => this.table.byKey.has(key)).map(key => this.table.load(key))
    this.grid.draw()
    await Promise.all(first)
    await this.apply(content.filters, content.sort, content.descending)
  }
  build() {
    const { table } = this, title = this.about.title
    this.root.replaceChildren()
    this.root.style.height = this.about.height ? `${this.about.height}px` : 'max(420px, calc(100vh - 90px))'
    this.grid = new Grid(this)
    this.scatter = new Scatter(this)
    this.large = new Large(this)
    this.status = el('span', { class: 'status', role: 'status', 'aria-live': 'polite' })
    this.chips = el('div', { class: 'chips' })
    this.panel = this.filtersPanel()
    this.root.append(this.toolbar(title), this.chips,
      el('div', { class: 'middle' }, this.panel, el('div', { class: 'right' }, this.scatter.node, this.grid.node)), this.footer(), this.large.node)
    this.say(count(table.n, 'image'))
    this.send = later(120, () => this.link.tell({ kind: 'state', filters: table.filters, sort: table.sort, descending: table.descending },
      [packed(table.selected).buffer]))
  }
  toolbar(title) {
    const { table } = this
    this.search = el('input', { type: 'search', class: 'search', placeholder: 'Search names', 'aria-label': 'Search names' })
    typed(this.search, 180, text => this.filter('path', text || null))
    this.sorting = el('select', { 'aria-label': 'Sort by', onchange: () => this.sort(this.sorting.value, this.table.descending) },
      el('option', { value: '', text: table.words || 'as in the table' }), ...options(table.columns))
    this.direction = button('↑', 'sort the other way', () => this.sort(table.sort, !table.descending))
    const sizes = el('input', { type: 'range', class: 'sizes', min: '0', max: String(SIZES.length - 1), value: String(this.grid.size),
      'aria-label': 'Size of the images', oninput: e => this.resize(+e.target.value) })
    this.filtersButton = button('Filters', 'show or hide the filters', () => this.togglePanel(), { class: 'toggle' })
    const plot = this.scatter.numbers.length > 1 && button('Plot', 'show or hide the scatter plot', e => this.togglePlot(e.currentTarget),
      { class: 'toggle', 'aria-pressed': 'false' })
    const full = button('', 'fill the screen', () => this.fill())
    full.append(drawn('M1 5V1h4M9 1h4v4M13 9v4H9M5 13H1V9'))
    return el('div', { class: 'bar', role: 'toolbar', 'aria-label': 'Gallery' }, title ? el('strong', { text: title }) : null, this.filtersButton,
      this.search, el('label', { class: 'by' }, el('span', { text: 'Sort' }), this.sorting), this.direction, sizes, plot || null, full)
  }
  filtersPanel() {
    const { table } = this, rank = { verdict: 0, tag: 2, measure: 1, file: 3 }
    const kinds = c => (c.key === table.verdict.column ? -3 : c.key === 'tags' ? -2 : c.key === table.verdict.score ? -1 : rank[c.group] ?? 1)
    const columns = [...table.columns].sort((a, b) => kinds(a) - kinds(b))
    let measures = 0
    this.facets = columns.map(c => new Facet(this, c, kinds(c) < 0 || (c.group === 'measure' && c.kind === 'number' && measures++ < 2)))
    const find = el('input', { type: 'search', placeholder: 'Find a column', 'aria-label': 'Find a column', hidden: columns.length < 13,
      oninput: e => this.facets.forEach(f => { f.node.hidden = !f.column.name.toLowerCase().includes(e.target.value.toLowerCase()) }) })
    const panel = el('nav', { class: 'filters', 'aria-label': 'Filters' }, find, ...this.facets.map(f => f.node))
    panel.hidden = this.narrow()
    return panel
  }
  footer() {
    this.clear = button('Clear selection', 'select nothing (Escape)', () => this.none(), { class: 'link' })
    this.save = button('Save list', 'save the paths of the selected images as a text file', () => this.saveList(), { class: 'link' })
    const all = button('Select all', 'select all images that are shown (Ctrl+A)', () => this.all(), { class: 'link' })
    const keys = el('small', { class: 'keys', text: 'arrows move · space selects · Enter enlarges' })
    return el('footer', {}, this.status, all, this.clear, this.save, keys)
  }
  resize(size) { this.grid.size = size; this.keep(() => this.grid.draw()) }
  keep(change) { // what is on top stays on top
    const place = this.grid.from
    change()
    this.grid.node.scrollTop = Math.floor(place / this.grid.cols) * this.grid.h
    this.grid.draw()
  }
  togglePanel() {
    this.panel.hidden = !this.panel.hidden
    this.facets.forEach(f => f.update())
  }
  togglePlot(from) {
    this.scatter.node.hidden = this.scatter.open
    from.setAttribute('aria-pressed', this.scatter.open ? 'true' : 'false')
    if (this.scatter.open) this.scatter.chosen()
  }
  fill() {
    if (document.fullscreenElement) document.exitFullscreen()
    else this.root.requestFullscreen().catch(() => {})
  }
  // what a tile says
  name(row) {
    const path = this.table.byKey.get('path')
    return path && path.values ? path.text(row) : `row ${row}`
  }
  caption(row) {
    const { table } = this, said = key => { const c = table.byKey.get(key); return c && c.values && !c.isMissing(row) ? c.text(row) : '' }
    const parts = [said(table.verdict.column), table.sort && table.sort !== table.verdict.column ? said(table.sort) : this.faults(row) || said(table.verdict.score)]
    return parts.filter(Boolean).join(' · ')
  }
  faults(row) { // its tags, without those that are good news
    const tags = this.table.byKey.get('tags')
    if (!tags || !tags.values) return ''
    return tags.labels.filter((word, i) => tags.has(row, i) && !tags.good.includes(word)).join(', ')
  }
  // changes
  async apply(filters, sort, descending) {
    for (const key of Object.keys(this.table.filters)) await this.table.setFilter(key, null)
    for (const [key, filter] of Object.entries(filters)) await this.table.setFilter(key, filter)
    await this.table.sortBy(sort, descending)
    this.changed(false)
  }
  told(content, [bits]) {
    if (!this.table) return
    this.table.selected = bitsOf(new Uint8Array(bits), this.table.n)
    this.apply(content.filters, content.sort, content.descending)
  }
  async filter(key, filter) { await this.filterAll([[key, filter]]) }
  async filterAll(pairs) {
    for (const [key, filter] of pairs) await this.table.setFilter(key, filter)
    this.changed(true)
  }
  async sort(key, descending) {
    this.say('Sorting …')
    await this.table.sortBy(key, descending)
    this.changed(true)
  }
  changed(tell) {
    const { table } = this
    table.refresh()
    this.sorting.value = table.sort
    this.direction.textContent = table.descending ? '↓' : '↑'
    this.direction.disabled = !table.sort
    if (!this.search.typing) this.search.value = table.filters.path || ''
    this.noRows()
    this.drawChips()
    this.grid.top()
    this.facets.forEach(f => f.update())
    this.picked(tell)
  }
  noRows() {
    const all = Object.keys(this.table.filters).length
    const text = this.table.n ? 'No image matches these filters.' : 'This table has no rows.'
    this.grid.empty.replaceChildren(el('p', { text }), ...(all ? [button('Clear the filters', 'take all filters off', () => this.noFilters())] : []))
  }
  noFilters() { this.filterAll(Object.keys(this.table.filters).map(key => [key, null])) }
  drawChips() {
    const { table } = this
    const said = (c, f) => {
      if (c.kind !== 'number') return Array.isArray(f) ? f.map(w => w || (c.kind === 'tags' ? 'no tag' : 'no value')).join(' or ') : `“${f}”`
      if (f === '') return 'no number'
      return f[0] === null ? `≤ ${short(f[1])}` : f[1] === null ? `≥ ${short(f[0])}` : `${short(f[0])} to ${short(f[1])}`
    }
    const keys = Object.keys(table.filters)
    this.chips.replaceChildren(...keys.map(key => {
      const c = table.byKey.get(key), text = `${c.name}: ${said(c, table.filters[key])}`
      return button(`${text}  ✕`, `take off the filter ${text}`, () => this.filter(key, null), { class: 'chip' })
    }))
    if (keys.length > 1) this.chips.append(button('Clear all', 'take all filters off', () => this.noFilters(), { class: 'link' }))
  }
  // selection
  only(place) { this.table.selected.fill(0); this.table.selected[this.table.rows[place]] = 1; this.picked() }
  toggle(place) { const row = this.table.rows[place]; this.table.selected[row] ^= 1; this.picked() }
  range(from, to, add) {
    if (!add) this.table.selected.fill(0)
    for (let i = Math.min(from, to); i <= Math.max(from, to); i++) this.table.selected[this.table.rows[i]] = 1
    this.picked()
  }
  all() { for (const r of this.table.rows) this.table.selected[r] = 1; this.picked() }
  none() { this.table.selected.fill(0); this.picked() }
  picked(tell = true) {
    const { table } = this, chosen = table.chosen
    this.clear.hidden = this.save.hidden = !chosen
    const shown = table.rows.length === table.n ? count(table.n, 'image') : `${number.format(table.rows.length)} of ${count(table.n, 'image')}`
    this.say(chosen ? `${shown} · ${number.format(chosen)} selected` : shown)
    this.grid.draw()
    this.scatter.draw()
    if (tell) this.send()
  }
  async saveList() {
    const path = await this.table.load('path'), lines = []
    for (let r = 0; r < this.table.n; r++) if (this.table.selected[r]) lines.push(path.text(r))
    const url = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'text/plain' }))
    const link = el('a', { href: url, download: 'selected.txt' })
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10000)
  }
  say(text) { if (this.status) this.status.textContent = text }
  theme() { // light or dark, as what is around it
    const probe = el('div', { class: 'probe' })
    this.root.append(probe)
    const [r, g, b, a = 1] = (getComputedStyle(probe).backgroundColor.match(/[\d.]+/g) || [255, 255, 255]).map(Number)
    probe.remove()
    const dark = a === 0 ? matchMedia('(prefers-color-scheme: dark)').matches : .3 * r + .59 * g + .11 * b < 128
    this.root.classList.toggle('dark', dark)
    const style = getComputedStyle(this.root), names = ['rest', 'accent', 'faint', 'text', 'soft', 'good', 'fair', 'poor', 'none', 'plain']
    this.colours = Object.fromEntries(names.map(n => [n, style.getPropertyValue(`--${n}`).trim()]))
    if (!this.table) return
    this.facets.forEach(f => f.update())
    this.scatter.draw()
  }
  close() {
    this.gone = true
    this.link.close()
    if (!this.table) return
    this.grid.close()
    this.scatter.close()
    this.pictures.close()
    this.large.free()
    this.large.watch.disconnect()
  }
}

function render({ model, el: host }) {
  const root = el('div', { class: 'imgqa-gallery', 'data-lm-suppress-shortcuts': 'true' })
  for (const kind of ['keydown', 'keyup', 'keypress', 'wheel', 'contextmenu']) root.addEventListener(kind, e => e.stopPropagation())
  host.append(root)
  const app = new App(new Link(model), root), again = later(60, () => app.theme())
  const seen = new MutationObserver(again), dark = matchMedia('(prefers-color-scheme: dark)')
  seen.observe(document.body, { attributes: true })
  dark.addEventListener('change', again)
  return () => { seen.disconnect(); dark.removeEventListener('change', again); app.close() }
}

export default { render }
