// ---- one image, large
let current = -1, around = []   // the image, and the rows that ← and → lead to

function details(i, rows) {
  current = i
  around = rows
  $('details-h').textContent = file(i)
  zoom(false)
  showPicture(i)
  showOverlay(i)
  $('known').replaceChildren(...facts(i))
  const k = rows.indexOf(i)
  $('counter').textContent = k < 0 ? '' : count(k + 1) + ' of ' + count(rows.length)
  $('before').disabled = k <= 0
  $('after').disabled = k < 0 || k >= rows.length - 1
  if (!$('details').open) $('details').showModal()
  $('details').scrollTop = 0
}
function step(by) {
  const k = around.indexOf(current) + by
  if (around.includes(current) && k >= 0 && k < around.length) details(around[k], around)
}

// The thumbnail at once, the file itself as soon as it is there.
function showPicture(i) {
  const img = $('large'), src = thumb(i), href = D.hrefs[i]
  img.alt = file(i)
  img.hidden = !src
  if (src) img.src = src
  note(i, href ? '' : 'The thumbnail; the file is not within reach of this page. ')
  if (!href) return
  const probe = new Image()
  probe.onload = () => { if (current === i) { img.src = probe.src; img.hidden = false } }
  probe.onerror = () => { if (current === i) note(i, 'This browser cannot show the file from here. ') }
  probe.src = href
}
function note(i, text) {
  const name = shown(path(i))
  const link = make('a', {href: D.hrefs[i], target: '_blank', rel: 'noopener', textContent: name})
  $('large-note').replaceChildren(text, D.hrefs[i] ? link : name)
}
function showOverlay(i) {
  const src = overlay(i), layer = $('layer')
  $('mixer').hidden = !src
  layer.hidden = !src || !$('layer-on').checked
  layer.style.opacity = $('opacity').value / 100
  layer.onerror = () => { $('mixer').hidden = layer.hidden = true }
  if (src) layer.src = src
  else layer.removeAttribute('src')
}

// The image at the size of its own pixels, and back.
function zoom(on) {
  $('stage').classList.toggle('zoom', on)
  for (const img of [$('large'), $('layer')]) img.style.width = on ? $('large').naturalWidth + 'px' : ''
}

// ---- what is known of it
function facts(i) {
  const out = [], part = (title, ...e) => out.push(make('h3', {textContent: title}), ...e)
  if (isBad(i)) part('Could not be judged: ' + shown(get('status', i)), say('p', 'error', get('error', i)))
  out.push(...verdictLine(i))
  if (D.tags.length && !isBad(i)) out.push(...whyTags(i))
  if (table(i, 'term')) part('What the score is made of', terms(i))
  for (const [title, group] of [['Group', 'group'], ['Measures', 'measure'], ['File', 'file']]) {
    const t = table(i, group)
    if (t && !(isBad(i) && group === 'measure')) part(title, t)
  }
  return out
}
// The verdict, its reason, its score and what stands under the picture.
function verdictLine(i) {
  const v = verdictOf(i), reason = D.images.reason && get(D.images.reason, i), out = []
  const said = reason || D.verdict.about[v] || ''
  if (!missing(v)) out.push(make('p', {className: 'verdict'}, chip(v, toneOf(v)), ' ' + shown(said)))
  const t = table(i, 'verdict')
  return t ? [...out, t] : out
}
const APART = [D.verdict.column, D.images.reason, 'tags', 'path', 'status', 'error']   // said elsewhere
const groupOf = c => D.images.caption.includes(c.name) ? 'verdict' : c.group
function table(i, group) {
  const here = D.columns.filter(c => groupOf(c) === group && !APART.includes(c.name) && !missing(at(c, i)))
  if (!here.length) return null
  return make('table', {}, make('tbody', {}, ...here.map(c => make('tr', {title: described(c)},
    make('th', {scope: 'row', textContent: c.name}), make('td', {textContent: withUnit(at(c, i), c.unit)})))))
}
function terms(i) {
  const here = D.columns.filter(c => c.group === 'term' && !missing(at(c, i)))
  const most = Math.max(...here.map(c => Math.abs(at(c, i))), 1e-9)
  return make('table', {className: 'terms'}, make('tbody', {}, ...here.map(c => {
    const bar = make('meter', {max: 1, value: Math.abs(at(c, i)) / most})
    bar.setAttribute('aria-label', c.name)
    const name = c.name.replace(/_term$/, '')
    return make('tr', {title: described(c)}, make('th', {scope: 'row', textContent: name}),
      make('td', {}, bar), make('td', {textContent: number(at(c, i))}))
  })))
}
function whyTags(i) {
  const on = tagsOf(i), list = tags => make('ul', {}, ...tags.map(t => make('li', {textContent: why(t, i)})))
  const has = D.tags.filter(t => on.includes(t.name))
  const known = t => t.value && get(t.value, i) !== null || t.margin && get(t.margin, i) !== null
  const off = D.tags.filter(t => !on.includes(t.name) && known(t))
  const out = [make('h3', {textContent: on.length ? 'Why these tags' : 'No tags'}), list(has)]
  if (off.length) out.push(make('details', {}, say('summary', '', 'Why not the others'), list(off)))
  return out
}
function why(t, i) {
  const v = t.value ? get(t.value, i) : null, limit = t.threshold ? get(t.threshold, i) : null
  const margin = t.margin ? get(t.margin, i) : null
  const past = margin === null ? '' : ' (margin ' + number(margin) + ')'
  if (v === null || limit === null) return t.name + (past || (t.doc ? ': ' + t.doc : ''))
  const side = v === limit ? 'equals' : v > limit ? 'is above' : 'is below'
  return t.name + ': ' + (t.measure || 'value') + ' ' + withUnit(v, t.unit) + ' ' + side +
    ' the threshold ' + withUnit(limit, t.unit) + past
}
