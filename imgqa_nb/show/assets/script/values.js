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
// The value of a row; a column that never changes is one value.
const at = (c, i) => Array.isArray(c.values) ? c.values[i] : c.values
const get = (name, i) => name in col ? at(col[name], i) : null
const missing = v => v === null || v === undefined || v === ''

// Control characters and those that turn the direction of text are written out: no name can pose as another.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu
const code = c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')
const shown = s => String(s ?? '').replace(INVISIBLE, code)
const say = (name, className, text, props = {}) => make(name, {className, textContent: shown(text), ...props})

function number(v) {
  if (missing(v)) return '–'
  if (typeof v === 'boolean') return v ? 'yes' : 'no'
  if (typeof v !== 'number') return shown(v)
  if (Number.isInteger(v)) return Math.abs(v) < 1e15 ? v.toLocaleString('en') : String(v)
  const a = Math.abs(v)
  if (a >= 1e6 || a < 1e-4) return v.toExponential(2)
  return a >= 1000 ? Math.round(v).toLocaleString('en') : String(+v.toPrecision(3))
}
const withUnit = (v, unit) => number(v) + (!missing(v) && unit ? ' ' + unit : '')
const count = n => n.toLocaleString('en')

// ---- a row: its name, its folder, its verdict, its tags
const path = i => String(get('path', i) ?? '')
const short = i => path(i).startsWith(D.root) ? path(i).slice(D.root.length) : path(i)
const cut = i => Math.max(...['/', '\\', '!'].map(c => short(i).lastIndexOf(c))) + 1
const file = i => shown(short(i).slice(cut(i)) || short(i))
const folder = i => shown(short(i).slice(0, cut(i)))
const isBad = i => 'status' in col && get('status', i) !== 'ok'
const verdictOf = i => D.verdict.column && !isBad(i) ? get(D.verdict.column, i) : null
const toneOf = v => D.verdict.tones[v] ?? 'none'
const tagsOf = i => D.rowTags[i].map(t => D.tags[t].name)
const chip = (text, tone = '') => make('span', {className: ('chip ' + tone).trim(), textContent: shown(text)})

// ---- its pictures
const thumb = i => D.thumbs[i] ? 'data:image/jpeg;base64,' + D.thumbs[i] : ''
const overlay = i => D.overlays[i] ?? ''

function picture(src, className = 'pic') {
  const empty = () => make('span', {className: className + ' empty', textContent: 'no picture'})
  if (!src) return empty()
  const p = make('img', {className, alt: '', decoding: 'async', loading: 'lazy'})
  p.onerror = () => p.replaceWith(empty())
  p.src = src
  return p
}
