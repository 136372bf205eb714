// Sliders for a judge's limits. Python judges (imgqa_nb.show.explorer); this draws, and sends one move at a time:
// the next goes out when the last was answered, so that a quick hand never makes a queue.
const SVG = 'http://www.w3.org/2000/svg'

// JupyterLab looks for its own keys from the focused element upwards: the element itself must say no
const FOCUSED = new Set(['input', 'button'])

function el(name, props = {}, ...children) {
  const node = document.createElement(name)
  if (FOCUSED.has(name)) node.setAttribute('data-lm-suppress-shortcuts', 'true')
  for (const [k, v] of Object.entries(props)) {
    if (k === 'class') node.className = v
    else if (k === 'style') node.style.cssText = v
    else if (k.startsWith('on')) node.addEventListener(k.slice(2), v)
    else node.setAttribute(k, v)
  }
  node.append(...children.filter(c => c !== null && c !== undefined))
  return node
}

function svg(name, props) {
  const node = document.createElementNS(SVG, name)
  for (const [k, v] of Object.entries(props)) node.setAttribute(k, v)
  return node
}

const short = x => Math.abs(x) >= 1e5 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(2)
  : String(Number(x.toPrecision(4)))
const words = name => name.replaceAll('_', ' ')
const grouped = n => n.toLocaleString('en')

// One limit: its histogram with the limit on it, a slider, a number to type
function knobView(knob, moved) {
  const step = (knob.high - knob.low) / 400
  const place = v => 100 * Math.min(1, Math.max(0, (v - knob.low) / (knob.high - knob.low)))
  const slider = el('input', { type: 'range', min: knob.low, max: knob.high, step, 'aria-label': words(knob.name) })
  const number = el('input', { type: 'number', step: 'any', 'aria-label': `${words(knob.name)}, as a number` })
  const back = el('button', { type: 'button', class: 'ix-back', title: `back to ${short(knob.value)}` }, '↺')
  const chart = svg('svg', { viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' })
  const most = Math.max(1, ...knob.counts.map(n => Math.sqrt(n)))
  const width = 100 / Math.max(1, knob.counts.length)
  const bars = knob.counts.map((n, i) => {
    const high = 29 * Math.sqrt(n) / most   // the root, so that a few images beyond the limit are seen
    const bar = svg('rect', { x: i * width, y: 30 - high, width: width * .92, height: high })
    chart.append(bar)
    return bar
  })
  const first = svg('line', { class: 'ix-first', y1: 0, y2: 30, x1: place(knob.value), x2: place(knob.value) })
  const limit = svg('line', { class: 'ix-limit', y1: 0, y2: 30 })
  chart.append(first, limit)
  const side = knob.counts.length ? (knob.above ? 'above' : 'below') : ''
  const measure = knob.measure ? [words(knob.measure), knob.over && `/ ${words(knob.over)}`, side].filter(Boolean).join(' ') : ''
  const now = el('span', { class: 'ix-now' })
  const root = el('section', { class: 'ix-knob', 'data-knob': knob.name },
    el('header', {}, el('b', {}, words(knob.name)), el('span', { class: 'ix-dim', title: knob.about }, measure), now),
    knob.counts.length ? chart : null,
    slider,
    el('footer', {}, el('span', { class: 'ix-dim' }, short(knob.low)), number, el('span', { class: 'ix-dim' }, knob.unit),
      back, el('span', { class: 'ix-dim ix-end' }, short(knob.high))))
  function show(value, typed) {
    slider.value = value
    if (!typed) number.value = Number(value.toPrecision(4))
    limit.setAttribute('x1', place(value))
    limit.setAttribute('x2', place(value))
    bars.forEach((bar, i) => {
      const middle = knob.low + (i + .5) * (knob.high - knob.low) / bars.length
      bar.classList.toggle('ix-on', knob.above ? middle > value : middle < value)
    })
    root.classList.toggle('ix-moved', value !== knob.value)
  }
  const turn = (value, typed) => { if (Number.isFinite(value)) { show(value, typed); moved(knob.name, value) } }
  slider.addEventListener('input', () => turn(slider.valueAsNumber))
  number.addEventListener('input', () => turn(number.valueAsNumber, true))
  back.addEventListener('click', () => turn(knob.value))
  return { root, show, tell: text => { now.textContent = text } }
}

function change(before, now) {
  const d = now - before
  if (!d) return el('td', { class: 'ix-dim' }, '')
  return el('td', { class: d > 0 ? 'ix-up' : 'ix-down' }, `${d > 0 ? '+' : '−'}${grouped(Math.abs(d))}`)
}

function countsTable(title, rows, total) {
  const body = rows.map(([word, before, now]) => el('tr', { 'data-word': word },
    el('th', { scope: 'row' }, words(word)),
    el('td', { class: 'ix-bar' }, el('i', { style: `width:${100 * now / Math.max(1, total)}%` })),
    el('td', {}, grouped(now)), change(before, now)))
  return el('table', {}, el('caption', {}, title), el('tbody', {}, ...body))
}

function confusionTable(found) {
  if (!found || !found.rows.length) return null
  const head = el('tr', {}, el('th', {}), ...found.columns.map(c => el('th', { scope: 'col' }, words(c))))
  const rows = found.rows.map(([word, cells]) => el('tr', {}, el('th', { scope: 'row' }, words(word)),
    ...cells.map(c => el('td', {}, typeof c === 'number' ? grouped(c) : c))))
  return el('table', { class: 'ix-confusion' }, el('caption', {}, found.title), el('tbody', {}, head, ...rows))
}

function pictures(state) {
  const cells = state.pictures.map(p => el('figure', {},
    p.src ? el('img', { src: p.src, alt: '' }) : el('div', { class: 'ix-none' }),
    el('figcaption', {}, el('span', { class: 'ix-name', title: p.name }, p.name), el('b', {}, p.said))))
  return el('div', { class: 'ix-pictures' }, ...cells)
}

function render({ model, el: host }) {
  const fixed = model.get('fixed')
  const views = {}
  let waiting = false, next = null, sent = 0
  const status = el('p', { class: 'ix-status', 'aria-live': 'polite' })
  const side = el('div', { class: 'ix-side' })
  function send() {
    if (waiting || next === null) return
    waiting = true
    sent += 1
    model.set('asked', { n: sent, values: next })
    next = null
    model.save_changes()
  }
  const values = { ...model.get('state').values }
  const moved = (name, value) => { values[name] = value; next = { ...values }; send() }
  const list = el('div', { class: 'ix-knobs' })
  for (const knob of fixed.knobs) {
    views[knob.name] = knobView(knob, moved)
    list.append(views[knob.name].root)
  }
  function update() {
    const state = model.get('state')
    if (state.n >= sent) waiting = false
    const idle = !waiting && next === null
    for (const [name, view] of Object.entries(views)) {
      if (idle) {
        values[name] = state.values[name]
        if (!host.contains(document.activeElement) || !document.activeElement.matches(`[data-knob="${name}"] input[type=number]`))
          view.show(state.values[name])
      }
      view.tell(name in state.given ? `${grouped(state.given[name])} images` : '')
    }
    status.textContent = state.error || `${grouped(state.changed)} of ${grouped(fixed.images)} images change`
    status.classList.toggle('ix-error', Boolean(state.error))
    status.title = `judged in ${Math.round(state.ms)} ms`
    const tables = state.counts.map(([title, rows]) => countsTable(title, rows, fixed.images))
    side.replaceChildren(status, ...tables, ...[confusionTable(state.confusion)].filter(Boolean), pictures(state))
    send()
  }
  const reset = el('button', { type: 'button', class: 'ix-reset', onclick: () => {
    for (const knob of fixed.knobs) { values[knob.name] = knob.value; views[knob.name].show(knob.value) }
    next = { ...values }
    send()
  } }, 'Reset all')
  const root = el('div', { class: 'imgqa-explorer', 'data-lm-suppress-shortcuts': 'true' },
    el('div', { class: 'ix-left' }, el('div', { class: 'ix-top' }, el('b', {}, fixed.title), reset), list), side)
  host.append(root)
  model.on('change:state', update)
  update()
  return () => model.off('change:state', update)
}

export default { render }
