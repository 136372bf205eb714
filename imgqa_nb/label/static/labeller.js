// The face of a Labeller: one picture, or two, the keys that answer, and what the kernel says of it.
// Nothing is kept here: an answer counts when the kernel has written it and shows the next image.

const KEPT = 12                 // pictures that are held
const NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Enter: 'Enter', ' ': 'Space' }
const COLOUR = '#ff2d95'

function make(tag, name, parent, text) {
  const e = document.createElement(tag)
  if (name) e.className = `imgqa-${name}`
  if (text !== undefined) e.textContent = text
  if (parent) parent.append(e)
  return e
}

// Pictures as they come from the kernel; asked for once, the oldest let go first.
class Pictures {
  constructor(model, came) {
    this.model = model
    this.held = new Map()
    this.asked = new Set()
    this.heard = (message, buffers) => {
      if (message.type !== 'picture') return
      const old = this.held.get(message.id)
      if (old && old.url) URL.revokeObjectURL(old.url)
      const url = buffers && buffers.length ? URL.createObjectURL(new Blob([buffers[0]], { type: 'image/jpeg' })) : ''
      this.held.delete(message.id)
      this.held.set(message.id, { ...message, url })
      this.asked.delete(message.id)
      this.trim()
      came(message.id)
    }
    model.on('msg:custom', this.heard)
  }
  want(ids, full = false) {
    const missing = ids.filter(i => full || (!this.held.has(i) && !this.asked.has(i)))
    if (!missing.length) return
    missing.forEach(i => this.asked.add(i))
    this.model.send({ type: 'want', ids: missing, full })
  }
  trim() {
    for (const [id, picture] of this.held) {
      if (this.held.size <= KEPT) return
      if (picture.url) URL.revokeObjectURL(picture.url)
      this.held.delete(id)
    }
  }
  close() {
    this.model.off('msg:custom', this.heard)
    for (const picture of this.held.values()) if (picture.url) URL.revokeObjectURL(picture.url)
  }
}

// One picture with zoom, and on it what a person draws.
class Sheet {
  constructor(stage, kind, wantFull) {
    this.kind = kind
    this.wantFull = wantFull
    this.frame = make('div', 'frame', stage)
    this.sheet = make('div', 'sheet', this.frame)
    this.img = make('img', 'picture', this.sheet)
    this.img.alt = ''
    this.img.draggable = false
    this.canvas = make('canvas', 'drawing', this.sheet)
    this.problem = make('div', 'problem', this.frame)
    this.brush = 1
    this.erase = false
    this.clear()
    this.frame.addEventListener('wheel', e => this.wheel(e), { passive: false })
    this.frame.addEventListener('pointerdown', e => this.down(e))
    this.frame.addEventListener('pointermove', e => this.move(e))
    this.frame.addEventListener('pointerup', e => this.up(e))
    this.frame.addEventListener('pointercancel', e => this.up(e))
    this.frame.addEventListener('dblclick', e => this.toggle(e))
  }
  get drawn() { return this.kind === 'boxes' || this.kind === 'mask' }
  clear() {
    this.boxes = []
    this.strokes = []
    this.now = null
    this.shown = null
  }
  show(picture) {
    const same = this.shown && this.shown.id === picture.id
    this.shown = picture
    this.problem.textContent = picture.problem || ''
    this.frame.classList.toggle('imgqa-lost', !!picture.problem)
    this.img.src = picture.url || ''
    this.img.style.visibility = picture.url ? '' : 'hidden'
    const [height, width] = picture.size || [0, 0]
    const share = Math.min(1, 2048 / Math.max(height, width, 1))
    this.canvas.width = Math.max(1, Math.round(width * share))
    this.canvas.height = Math.max(1, Math.round(height * share))
    if (!same) this.fit()
    this.draw()
  }
  blank() {
    this.shown = null
    this.img.removeAttribute('src')
    this.problem.textContent = ''
  }
  fit() {
    const [height, width] = this.shown.size || [1, 1]
    const k = Math.min(this.frame.clientWidth / width, this.frame.clientHeight / height, 8)
    this.base = k
    this.place(k, (this.frame.clientWidth - width * k) / 2, (this.frame.clientHeight - height * k) / 2)
  }
  place(k, left, top) {
    const [height, width] = this.shown.size || [1, 1]
    Object.assign(this, { k, left, top })
    this.sheet.style.width = `${width * k}px`
    this.sheet.style.height = `${height * k}px`
    this.sheet.style.transform = `translate(${left}px, ${top}px)`
    if (this.shown.reduced && k * width > this.shown.width * 1.2) {
      this.shown.reduced = false
      this.wantFull(this.shown.id)
    }
  }
  zoom(factor, x, y) {
    if (!this.shown || !this.shown.size) return
    const k = Math.min(16, Math.max(this.base / 2, this.k * factor))
    this.place(k, x - (x - this.left) * k / this.k, y - (y - this.top) * k / this.k)
  }
  middle() { return [this.frame.clientWidth / 2, this.frame.clientHeight / 2] }
  toggle(e) {
    if (!this.shown || !this.shown.size) return
    const box = this.frame.getBoundingClientRect()
    const at = e && e.clientX !== undefined ? [e.clientX - box.left, e.clientY - box.top] : this.middle()
    if (this.k > this.base * 1.01) this.fit()
    else this.zoom(Math.max(1, 2 * this.base) / this.k, ...at)
  }
  wheel(e) {
    e.preventDefault()
    const box = this.frame.getBoundingClientRect()
    this.zoom(Math.exp(-e.deltaY / 400), e.clientX - box.left, e.clientY - box.top)
  }
  at(e) { // the pixel of the original
    const box = this.sheet.getBoundingClientRect()
    const [height, width] = this.shown.size
    const inside = (v, most) => Math.min(most, Math.max(0, v))
    return [inside((e.clientX - box.left) / box.width * width, width),
            inside((e.clientY - box.top) / box.height * height, height)]
  }
  down(e) {
    if (!this.shown || !this.shown.size) return
    this.frame.setPointerCapture(e.pointerId)
    if (!this.drawn || e.button !== 0 || e.shiftKey) {
      this.now = { pan: [e.clientX - this.left, e.clientY - this.top] }
      return
    }
    const from = this.at(e)
    this.now = this.kind === 'boxes' ? { from, to: from } : { points: [from], size: this.width(), erase: this.erase }
    this.draw()
  }
  move(e) {
    if (!this.now) return
    if (this.now.pan) this.place(this.k, e.clientX - this.now.pan[0], e.clientY - this.now.pan[1])
    else if (this.now.points) this.now.points.push(this.at(e))
    else this.now.to = this.at(e)
    if (!this.now.pan) this.draw()
  }
  up() {
    const now = this.now
    this.now = null
    if (!now || now.pan) return
    if (now.points) this.strokes.push(now)
    else if (Math.abs(now.to[0] - now.from[0]) >= 2 && Math.abs(now.to[1] - now.from[1]) >= 2) this.boxes.push(now)
    this.draw()
  }
  width() { // of the brush, in pixels of the original
    const [height, width] = this.shown.size
    return Math.max(1, this.brush * Math.max(height, width) / 60)
  }
  back() {
    if (this.kind === 'boxes') this.boxes.pop()
    else this.strokes.pop()
    this.draw()
  }
  draw() {
    const c = this.canvas.getContext('2d')
    c.setTransform(1, 0, 0, 1, 0, 0)
    c.clearRect(0, 0, this.canvas.width, this.canvas.height)
    if (!this.shown || !this.shown.size) return
    const share = this.canvas.width / this.shown.size[1]
    c.scale(share, share)
    if (this.kind === 'boxes') this.drawBoxes(c)
    if (this.kind === 'mask') this.drawStrokes(c)
  }
  drawBoxes(c) {
    c.strokeStyle = COLOUR
    c.lineWidth = Math.max(1, 2 / this.k)
    for (const b of [...this.boxes, ...(this.now && this.now.from ? [this.now] : [])]) {
      c.strokeRect(b.from[0], b.from[1], b.to[0] - b.from[0], b.to[1] - b.from[1])
    }
  }
  drawStrokes(c) {
    c.strokeStyle = c.fillStyle = COLOUR
    c.lineCap = c.lineJoin = 'round'
    for (const s of [...this.strokes, ...(this.now && this.now.points ? [this.now] : [])]) {
      c.globalCompositeOperation = s.erase ? 'destination-out' : 'source-over'
      c.lineWidth = s.size
      c.beginPath()
      c.moveTo(...s.points[0])
      for (const [x, y] of s.points) c.lineTo(x + .01, y)   // a dot has a length, too
      c.stroke()
    }
    c.globalCompositeOperation = 'source-over'
  }
  found() { // boxes as x, y, width, height
    return this.boxes.map(b => [Math.min(b.from[0], b.to[0]), Math.min(b.from[1], b.to[1]),
                                Math.abs(b.to[0] - b.from[0]), Math.abs(b.to[1] - b.from[1])]
                                .map(v => Math.round(v * 10) / 10))
  }
  async painted() { // the mask as a PNG: what is not transparent
    const blob = await new Promise(done => this.canvas.toBlob(done, 'image/png'))
    return await blob.arrayBuffer()
  }
}

function render({ model, el }) {
  const root = make('div', 'labeller', el)
  root.tabIndex = 0
  // JupyterLab's shortcuts listen before any element does; this attribute tells them to keep out
  root.setAttribute('data-lm-suppress-shortcuts', 'true')
  root.setAttribute('role', 'application')
  const head = make('div', 'head', root)
  const asked = make('div', 'asked', head)
  const caption = make('div', 'caption', head)
  const stage = make('div', 'stage', root)
  const buttons = make('div', 'buttons', root)
  const bar = make('div', 'bar', root)
  const filled = make('div', 'filled', bar)
  const said = make('div', 'said', root)
  const error = make('div', 'error', root)
  error.setAttribute('role', 'alert')
  said.setAttribute('aria-live', 'polite')
  let sheets = [], pending = false, item = null

  const pictures = new Pictures(model, id => {
    if (item) item.pictures.forEach((p, i) => { if (p === id) sheets[i].show(pictures.held.get(id)) })
    ready()
  })
  const state = () => model.get('state')

  function ready() { // nobody answers what was not shown yet
    const shown = item && item.pictures.every((_, i) => sheets[i].shown)
    root.classList.toggle('imgqa-waiting', !shown || pending)
    root.dataset.item = item ? item.id : ''
    root.dataset.ready = shown && !pending ? 'yes' : 'no'
    return shown && !pending
  }
  function button(key, text, act) {
    const b = make('button', 'key', buttons)
    b.type = 'button'
    make('kbd', '', b, NAMES[key] || key)
    make('span', '', b, text)
    b.dataset.key = key
    b.addEventListener('click', () => { act(); root.focus({ preventScroll: true }) })
  }
  function layOut() {
    const { question } = state()
    stage.textContent = buttons.textContent = ''
    const n = question.kind === 'pair' ? 2 : 1
    sheets = Array.from({ length: n }, () => new Sheet(stage, question.kind, id => pictures.want([id], true)))
    asked.textContent = question.text
    root.setAttribute('aria-label', question.text)
    question.keys.forEach(([key, answer]) => button(key, answer, () => give(answer)))
    button('s', 'skip', skip)
    button('u', 'undo', undo)
    button('z', 'zoom', () => sheets.forEach(s => s.toggle()))
    if (sheets[0].drawn) {
      button('x', 'last one away', () => sheets[0].back())
      if (question.kind === 'mask') button('e', 'eraser', eraser)
    }
  }
  function eraser() {
    sheets[0].erase = !sheets[0].erase
    buttons.querySelector('[data-key=e]').classList.toggle('imgqa-on', sheets[0].erase)
  }
  function update() {
    const s = state()
    pending = false
    const changed = !item || !s.item || s.item.id !== item.id || s.turn !== item.turn
    item = s.item ? { ...s.item, turn: s.turn } : null
    caption.textContent = item ? item.caption : s.ended
    root.classList.toggle('imgqa-ended', !item)
    if (changed) {
      sheets.forEach(sheet => { sheet.clear(); sheet.blank(); sheet.draw() })
      if (item) item.pictures.forEach((id, i) => {
        if (pictures.held.has(id)) sheets[i].show(pictures.held.get(id))
      })
    }
    if (item) pictures.want(item.pictures)
    pictures.want(s.ahead)
    filled.style.width = `${100 * Math.min(1, s.progress.share)}%`
    bar.classList.toggle('imgqa-enough', s.progress.share >= 1)
    said.textContent = s.progress.text
    error.textContent = s.error
    for (const b of buttons.children) b.disabled = !item && b.dataset.key !== 'u'
    const undoing = buttons.querySelector('[data-key=u]')
    if (undoing) undoing.disabled = !s.can_undo
    ready()
  }
  async function give(answer) {
    const { question } = state()
    if (!ready()) return
    const message = { type: 'answer', id: item.id, turn: item.turn, answer }
    const buffers = []
    const marked = sheets[0].drawn && answer === question.keys[0][1]
    if (marked && question.kind === 'boxes') message.boxes = sheets[0].found()
    pending = true
    ready()
    if (marked && question.kind === 'mask') buffers.push(await sheets[0].painted())
    model.send(message, undefined, buffers)
  }
  function tell(message) {
    if (pending) return
    pending = true
    ready()
    model.send(message)
  }
  function skip() { if (item) tell({ type: 'skip', id: item.id, turn: item.turn }) }
  function undo() { if (state().can_undo) tell({ type: 'undo' }) }

  function pressed(e) {
    e.stopPropagation()
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat) return
    const { question } = state()
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key
    const found = question.keys.find(([k]) => k === e.key || k.toLowerCase() === key)
    const sheet = sheets[0]
    const others = { s: skip, u: undo, z: () => sheets.forEach(x => x.toggle()),
                     '+': () => sheets.forEach(x => x.zoom(1.25, ...x.middle())),
                     '-': () => sheets.forEach(x => x.zoom(.8, ...x.middle())) }
    const drawing = { x: () => sheet.back(), e: eraser,
                      '[': () => { sheet.brush = Math.max(.125, sheet.brush / 1.4) },
                      ']': () => { sheet.brush = Math.min(8, sheet.brush * 1.4) } }
    const act = found ? () => give(found[1]) : others[key] || (sheet.drawn && drawing[key])
    if (key === 'Escape') root.blur()
    else if (act) act()
    else if (key === 'Tab') return
    e.preventDefault()
  }
  root.addEventListener('keydown', pressed)
  root.addEventListener('keyup', e => e.stopPropagation())
  root.addEventListener('keypress', e => e.stopPropagation())
  root.addEventListener('pointerdown', () => root.focus({ preventScroll: true }))
  root.addEventListener('pointerenter', () => root.focus({ preventScroll: true }))
  const sized = new ResizeObserver(() => sheets.forEach(s => { if (s.shown && s.shown.size) s.fit() }))
  sized.observe(stage)
  model.on('change:state', update)
  layOut()
  update()
  return () => {
    model.off('change:state', update)
    sized.disconnect()
    pictures.close()
  }
}

export default { render }
