"""Look at pages in a headless Chromium: `python tools/report_check.py RUN/report.html …`; without a name, at
the demo's.

In light, dark and at a phone's width: no request but for the images beside it, no console error, nothing
wider than the screen, all text readable against what is behind it (WCAG AA), every control named. Then the
page is used as a person uses it: verdicts, cards, bars, histograms, search, order, gallery and table, the big
view with its overlay, the download; by mouse and by keyboard. What it shows must agree with what it counts;
names that are markup must stay text. Pictures of all that are left in `_shots`, for a person to look at."""
import csv, os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
shots = root/'_shots'
quiet = ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--no-first-run', '--disable-quic']
desktop, phone = dict(width=1280, height=900), dict(width=390, height=844)
looks = dict(light=dict(viewport=desktop, color_scheme='light'),
             dark=dict(viewport=desktop, color_scheme='dark'),
             phone=dict(viewport=phone, color_scheme='light', is_mobile=True, has_touch=True))
overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
eager = "for (const i of document.images) i.loading = 'eager'"
nameless = """() => {
  const controls = 'button, input, select, a, summary, [role=img], [role=region], [role=group]'
  const named = e => e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length
  const nameless = [...document.querySelectorAll(controls)].filter(e => e.checkVisibility() && !named(e))
  return nameless.map(e => e.outerHTML.slice(0, 80))
}"""
faint = """() => { // text whose contrast with the nearest opaque background is below 4.5 (3 when it is large)
  const numbers = c => (c.match(/[\\d.]+/g) ?? []).map(Number)
  const scaled = c => numbers(c.slice(c.indexOf(' '))).map((v, k) => k < 3 ? 255*v : v)
  const rgb = c => c.startsWith('color(') ? scaled(c) : numbers(c)
  const linear = v => (v /= 255) <= .04045 ? v/12.92 : ((v + .055)/1.055)**2.4
  const luminance = c => .2126*linear(c[0]) + .7152*linear(c[1]) + .0722*linear(c[2])
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor)
      if (c.length && (c[3] ?? 1) > .9) return c
    }
    return [255, 255, 255]
  }
  const bad = new Set()
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
    if (!own || !e.checkVisibility() || e.closest(':disabled, svg, option, script')) continue
    const s = getComputedStyle(e), a = luminance(rgb(s.color)), b = luminance(behind(e))
    const contrast = (Math.max(a, b) + .05)/(Math.min(a, b) + .05)
    if (contrast < (parseFloat(s.fontSize) >= 24 ? 3 : 4.5)) {
      bad.add(e.textContent.trim().slice(0, 30) + ': contrast ' + contrast.toFixed(1))
    }
  }
  return [...bad].slice(0, 8)
}"""

bare = """
import sys
from imgqa_nb.run.pipeline import inspect
from imgqa_nb.show.page import report
report(inspect(sys.argv[1], progress=False), sys.argv[2])
"""
hostile = """
import sys
import pandas as pd
from imgqa_nb.show.evidence import Agreement, Facts, Passport
from imgqa_nb.show.page import write_page
from imgqa_nb.show.rows import Verdicts
from imgqa_nb.show.sections import Images, Notes, Summary
bad = '</script><img src=x onerror=alert(1)><script>alert(2)</script>\\u202e'
df = pd.DataFrame(dict(path=[f'{bad}{i}.jpg' for i in range(5)], status=['ok']*4 + [bad], error=bad,
                       verdict=bad, score=range(5), reason=bad, tags='a<b> ' + bad.replace(' ', '')))
write_page(df, sys.argv[1], title=bad, verdicts=Verdicts('verdict', {bad: 'poor'}, {bad: bad}, 'score'),
           sections=[Summary(bad), Notes([bad]), Images(note=bad), Facts(bad, {bad: bad}),
                     Passport({bad: bad}), Agreement({bad: {bad: 1}}, [(bad, bad, None, None)])])
"""

def run(code:str, *args):
    "Run Python in a process of its own"
    subprocess.run([sys.executable, '-c', code, *map(str, args)], check=True, stdout=subprocess.DEVNULL)

def samples(folder:Path)->dict: # name → page
    "The pages of the demo, one of measures alone, and one whose every text is markup"
    run('from imgqa_nb.apps.cli import main; main()', 'demo', '--out', folder)
    pages = dict(tag=folder/'report.html', rank=folder/'ranking'/'report.html',
                 groups=folder/'ranking'/'groups.html', inspect=folder/'inspect.html',
                 scratch=folder/'scratch'/'run'/'report.html',
                 gonogo=folder/'gonogo'/'run'/'report.html', hostile=folder/'hostile.html')
    run(bare, root/'data'/'samples', pages['inspect'])
    run(hostile, pages['hostile'])
    return {name: page for name,page in pages.items() if page.exists()}

def watched(context, page:Path, seen:set):
    "The page, opened in a tab that notes what goes wrong in it"
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    def asks(request):
        if not request.url.startswith(('file:', 'data:', 'blob:')): seen.add(f'asks for {request.url[:80]}')
    def says(message):   # that a file is gone is no fault of the page: it shows the thumbnail
        wrong = message.type in ('error', 'warning') and 'ERR_FILE_NOT_FOUND' not in message.text
        if wrong: seen.add(f'console: {message.text[:200]}')
    def opens(dialog):
        seen.add(f'a dialog: {dialog.message[:80]}')
        dialog.dismiss()
    tab.on('request', asks)
    tab.on('console', says)
    tab.on('pageerror', lambda e: seen.add(f'error: {str(e)[:200]}'))
    tab.on('dialog', opens)
    tab.goto(page.as_uri())
    tab.wait_for_timeout(300)
    return tab

def problems(tab, where:str)->set:
    "What is wrong with what can be seen now"
    wide = tab.evaluate(overflow)
    out = {f'{where}: no name: {e}' for e in tab.evaluate(nameless)}
    out |= {f'{where}: faint: {e}' for e in tab.evaluate(faint)}
    return out | ({f'{where}: {wide} pixels wider than the screen'} if wide > 0 else set())

def look(browser, name:str, page:Path)->list:
    "The page in every look: as it opens, as a table, and with one image large"
    found = []
    for kind,how in looks.items():
        context, seen = browser.new_context(**how), set()
        tab = watched(context, page, seen)
        tab.evaluate(eager)
        tab.wait_for_timeout(500)
        tab.screenshot(path=shots/f'{name}.{kind}.png', full_page=True)
        seen |= problems(tab, 'page')
        tab.click('[data-view=table]')
        seen |= problems(tab, 'table')
        if tab.locator('#table .file').count():
            tab.locator('#table .file').first.click()
            tab.wait_for_timeout(400)
            tab.screenshot(path=shots/f'{name}-image.{kind}.png')
            seen |= problems(tab, 'image')
        found += [f'{kind}: {s}' for s in sorted(seen)]
        context.close()
    return found

class Use:
    "A tab that is used, and what did not come out as it should"
    def __init__(self, tab): self.tab, self.wrong = tab, set()

    def expect(self, what, a, b):
        if a != b: self.wrong.add(f'{what}: {a!r}, not {b!r}')

    def listed(self)->int: return count_in(self.tab.inner_text('#shown'))
    def clear(self): self.tab.evaluate("setFilters(cleared())")

def count_in(text:str)->int:
    "The first number of a text"
    return int(re.search(r'[\d,]+', text)[0].replace(',', ''))

def use_filters(u:Use):
    "Cards, bars and verdicts show as many images as they count; so do the columns of the histograms"
    total = u.listed()
    for selector in ('.card', '.bar', '#verdicts button'):
        for button in u.tab.query_selector_all(selector):
            n = count_in((button.query_selector('b, .n, small') or button).inner_text())
            button.click()
            u.expect(f'images after a click on {button.inner_text()!r}', u.listed(), n)
            u.clear()
    for column in u.tab.query_selector_all('.hists .col')[::7]:
        n = count_in(column.query_selector('title').inner_html().rsplit(': ', 1)[1])
        column.dispatch_event('click')
        u.expect('images after a click on a column of a histogram', u.listed(), n)
    u.clear()
    u.expect('images after Clear', u.listed(), total)
    u.tab.fill('#search', 'no such name <b>')
    u.expect('images of a name that is not there', u.listed(), 0)
    u.tab.fill('#search', '')

def use_views(u:Use):
    "Gallery and table show the same; the order can be chosen; sorting keeps the focus"
    tab, total = u.tab, u.listed()
    tab.click('[data-view=gallery]')
    u.expect('tiles', tab.locator('#wall .tile').count(), min(total, 48))
    ends = []
    for order in ('path ▲', 'path ▼'):
        tab.select_option('#order', order)
        ends.append(tab.evaluate('[path(state.rows[0]), path(state.rows.at(-1))]'))
    u.expect('the ends of the other order', ends[1], ends[0][::-1])
    tab.select_option('#order', '')
    tab.click('[data-view=table]')
    u.expect('rows', tab.locator('#table tbody tr').count(), min(total, 100))
    tab.locator('#table thead button').last.focus()
    tab.keyboard.press('Enter')
    u.expect('sorted', tab.locator('th[aria-sort=ascending]').count(), 1)
    u.expect('focus after sorting', tab.evaluate('document.activeElement.dataset.sort !== undefined'), True)

def use_image(u:Use):
    "One image, large: by keyboard, with its overlay and at its own size"
    tab = u.tab
    tab.click('[data-view=gallery]')
    drawn = tab.locator('.tile:has(.map)').count()
    tile = tab.locator('.tile:has(.map) .shots' if drawn else '.tile .shots')
    tile.first.focus()
    tab.keyboard.press('Enter')
    first = tab.inner_text('#counter')
    if tab.locator('#mixer').is_visible():
        tab.wait_for_function("document.getElementById('layer').naturalWidth > 0")
        tab.keyboard.press('o')
        u.expect('overlay after o', tab.locator('#layer').is_visible(), False)
        tab.keyboard.press('o')
        tab.fill('#opacity', '40')
        u.expect('opacity', tab.evaluate("document.getElementById('layer').style.opacity"), '0.4')
    tab.keyboard.press('z')
    u.expect('zoom after z', tab.locator('#stage.zoom').count(), 1)
    tab.locator('#close').focus()
    tab.keyboard.press('ArrowRight')
    if not tab.locator('#after').is_disabled():
        u.expect('another image after →', tab.inner_text('#counter') != first, True)
    tab.keyboard.press('Escape')
    u.expect('the big view after Escape', tab.locator('#details').is_visible(), False)
    for strip in tab.query_selector_all('[data-list]')[:2]:
        strip.query_selector('button').click()
        n = count_in(tab.inner_text('#counter').split('of')[1])
        u.expect('pictures of a strip', n, len(strip.query_selector_all('button')))
        tab.keyboard.press('Escape')

def use_layers(u:Use):
    "Photo, overlay or both"
    if not u.tab.locator('#layers').is_visible(): return
    for kind,other in (('photo', 'map'), ('map', 'photo')):
        u.tab.click(f'[data-layers={kind}]')
        both = u.tab.locator('.shots:has(.map)')
        u.expect(f'the other picture beside the {kind}', both.locator(f'.{other}:visible').count(), 0)
        u.expect(f'the {kind}', both.locator(f'.{kind}:visible').count() > 0, True)

def use_download(u:Use):
    "The list as a CSV"
    with u.tab.expect_download() as d: u.tab.click('#csv')
    with open(d.value.path(), newline='', encoding='utf-8-sig') as f: rows = list(csv.DictReader(f))
    u.expect('rows of the CSV', len(rows), u.listed())

def use(browser, page:Path)->list:
    "Use the page as a person does; its own numbers must agree with each other"
    context, seen = browser.new_context(**looks['light'], accept_downloads=True), set()
    u = Use(watched(context, page, seen))
    # a page that lists a selection shows fewer images than it counts
    whole = u.tab.evaluate('D.n === D.n_all')
    if whole: use_filters(u)
    for part in (use_views, use_image, use_layers, use_download): part(u)
    context.close()
    return [f'in use: {s}' for s in sorted(seen | u.wrong)]

def check(browser, name:str, page:Path, failure)->list:
    "Everything that is wrong with one page"
    bad = []
    for part in (lambda: look(browser, name, page), lambda: use(browser, page)):
        try: bad += part()
        except failure as e: bad.append(str(e).splitlines()[0])
    return [f'{name}: {b}' for b in bad]

def main()->int:
    try: from playwright.sync_api import sync_playwright, Error
    except ImportError: sys.exit('playwright is not installed: make all')
    chromium = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if not chromium: sys.exit('report_check needs a Chromium (Debian and Ubuntu: apt install chromium)')
    shots.mkdir(exist_ok=True)
    args = quiet + (['--no-sandbox'] if os.geteuid() == 0 else [])
    with tempfile.TemporaryDirectory() as tmp, sync_playwright() as p:
        given = [Path(a).resolve() for a in sys.argv[1:]]
        pages = {f'{page.parent.name}-{page.stem}': page for page in given} or samples(Path(tmp)/'run')
        browser, bad = p.chromium.launch(executable_path=chromium, args=args), []
        for name,page in pages.items(): bad += check(browser, name, page, Error)
        browser.close()
    well = 'well in light, dark and on a phone, by mouse and by keyboard. Pictures: _shots'
    well = f'{", ".join(pages)}: {well}'
    print('\n'.join(bad) or well)
    return bool(bad)

if __name__ == '__main__': sys.exit(main())
