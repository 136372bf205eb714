"""Look at a report in a headless Chromium: `python tools/report_check.py RUN/report.html`; without a name, at one of the sample images.

In light, dark and at a phone's width: no request but for the images beside it, no console error, nothing wider than the screen,
all text readable against what is behind it (WCAG AA), every control named. Then the filters, the sorting, the details and the
download are used, by mouse and by keyboard. The go/no-go page, which the demo writes too, is looked at in the same ways and filtered.
Pictures of all that are left in `_shots`, for a person to look at."""
import csv, os, shutil, sys, tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
shots = root/'_shots'
looks = dict(light=dict(viewport=dict(width=1280, height=900), color_scheme='light'), dark=dict(viewport=dict(width=1280, height=900), color_scheme='dark'),
             phone=dict(viewport=dict(width=390, height=844), color_scheme='light', is_mobile=True, has_touch=True))
overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
nameless = """() => [...document.querySelectorAll('button, input, select, a, summary, [role=img], [role=region]')].filter(e => e.checkVisibility() &&
  !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML.slice(0, 80))"""
faint = """() => { // text whose contrast with the nearest opaque background is below 4.5 (3 when it is large)
  const rgb = c => (c.match(/[\\d.]+/g) ?? []).map(Number), lin = v => (v /= 255) <= .04045 ? v/12.92 : ((v+.055)/1.055)**2.4
  const lum = c => .2126*lin(c[0]) + .7152*lin(c[1]) + .0722*lin(c[2])
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length && (c[3] ?? 1) > .9) return c } return [255, 255, 255] }
  const bad = new Set()
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility() || e.closest(':disabled, svg, option, script')) continue
    const s = getComputedStyle(e), a = lum(rgb(s.color)), b = lum(behind(e)), c = (Math.max(a, b)+.05) / (Math.min(a, b)+.05)
    if (c < (parseFloat(s.fontSize) >= 24 ? 3 : 4.5)) bad.add(e.textContent.trim().slice(0, 30) + ': contrast ' + c.toFixed(1)) }
  return [...bad].slice(0, 8) }"""

def samples(folder:Path)->Path:
    "A report of the sample images, made by the pipeline"
    import subprocess
    subprocess.run([sys.executable, '-c', 'from imgqa_nb.apps.cli import main; main()', 'demo', '--out', str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder/'report.html'

def watched(context, seen:set):
    "A page that notes what goes wrong in it"
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on('request', lambda r: seen.add(f'asks for {r.url[:80]}') if not r.url.startswith(('file:', 'data:', 'blob:')) else None)
    page.on('console', lambda m: seen.add(f'console: {m.text[:200]}') if m.type in ('error', 'warning') else None)
    page.on('pageerror', lambda e: seen.add(f'error: {str(e)[:200]}'))
    page.on('dialog', lambda d: (seen.add(f'a dialog: {d.message[:80]}'), d.dismiss()))
    return page

def look(browser, report:Path)->list:
    "The page in every look, and its details"
    res = []
    for name,how in looks.items():
        context, seen = browser.new_context(**how), set()
        page = watched(context, seen)
        page.goto(report.as_uri())
        page.wait_for_timeout(300)
        kind = 'report' if page.query_selector('#table') else 'gonogo'
        page.screenshot(path=shots/f'{kind}.{name}.png', full_page=True)
        for where in ('page', 'details')[:1 + (kind=='report')]:
            if where=='details':
                page.locator('#table tbody .file').first.click()
                page.wait_for_timeout(300)
                page.screenshot(path=shots/f'report-details.{name}.png')
            wide = page.evaluate(overflow)
            if wide>0: seen.add(f'{where}: {wide} pixels wider than the screen')
            seen |= {f'{where}: no name: {e}' for e in page.evaluate(nameless)} | {f'{where}: faint: {e}' for e in page.evaluate(faint)}
        res += [f'{name}: {s}' for s in sorted(seen)]
        context.close()
    return res

def use(browser, report:Path)->list:
    "Use it as a person does; the page's own numbers must agree with each other"
    context, seen = browser.new_context(**looks['light'], accept_downloads=True), set()
    page = watched(context, seen)
    page.goto(report.as_uri())
    def listed(): return int(page.inner_text('#shown').split()[0].replace(',', ''))
    def expect(what, a, b): seen.add(f'{what}: {a!r}, not {b!r}') if a!=b else None
    def number(selector): return int(page.inner_text(selector).split()[0].replace(',', ''))
    total = listed()
    whole = total==number('.card:not([data-value])') if page.query_selector('.card:not([data-value])') else total==number('.card[data-value=""]')
    if whole:   # a page that lists a selection shows fewer rows than it counts
        for card in page.query_selector_all('.card, .bar'):
            n = int((card.query_selector('b') or card.query_selector('.n')).inner_text().split()[0].replace(',', ''))
            card.click()
            expect(f'rows after a click on {card.inner_text()!r}', listed(), n)
            page.click('#filters [type=reset]')
        for bar in page.query_selector_all('.col')[::7]:
            n = int(bar.query_selector('title').inner_html().rsplit(': ', 1)[1].split()[0].replace(',', ''))
            bar.dispatch_event('click')
            expect('rows after a click on a column of a histogram', listed(), n)
    page.click('#filters [type=reset]')
    expect('rows after Clear', listed(), total)
    page.fill('#search', 'no such name <b>')
    expect('rows of a name that is not there', listed(), 0)
    page.fill('#search', '')
    sorter = page.locator('#table thead button').last
    sorter.focus(); page.keyboard.press('Enter')
    expect('sorted', page.locator('th[aria-sort=ascending]').count(), 1)
    expect('focus after sorting', page.evaluate('document.activeElement.dataset.sort !== undefined'), True)
    page.locator('#table tbody .file').first.focus(); page.keyboard.press('Enter')
    first = page.inner_text('#details-h')
    page.keyboard.press('ArrowRight')
    if total>1: expect('another image after →', page.inner_text('#details-h')!=first or page.locator('#after').is_disabled(), True)
    page.keyboard.press('Escape')
    expect('details after Escape', page.locator('#details').is_visible(), False)
    with page.expect_download() as d: page.click('#csv')
    with open(d.value.path(), newline='', encoding='utf-8-sig') as f: expect('rows of the CSV', len(list(csv.DictReader(f))), total)
    context.close()
    return [f'in use: {s}' for s in sorted(seen)]

def filtered(browser, report:Path)->list:
    "The filters of the go/no-go page: each verdict shows as many images as its card counts"
    context, seen = browser.new_context(**looks['light']), set()
    page = watched(context, seen)
    page.goto(report.as_uri())
    counts = {c.query_selector('span').inner_text(): int(c.query_selector('b').inner_text().replace(',', '')) for c in page.query_selector_all('.card')}
    counts['all'] = sum(counts[v] for v in ('GO', 'NG', 'NONE'))
    for label in page.query_selector_all('.pick >> nth=0 >> label'):
        name = label.inner_text().strip(); label.click()
        n = page.locator('.wall li:visible').count()
        if n!=counts[name]: seen.add(f'{name}: {n} images, not {counts[name]}')
    for kind,other in (('photo', 'map'), ('map', 'photo')):
        page.locator('.pick').nth(1).get_by_text(kind, exact=True).click()
        both = page.locator('.shots:has(.map)')
        if both.locator(f'.{other}:visible').count() or not both.locator(f'.{kind}:visible').count(): seen.add(f'{kind}: the other picture is shown, too')
    context.close()
    return [f'go/no-go, in use: {s}' for s in sorted(seen)]

def main()->int:
    try: from playwright.sync_api import sync_playwright, Error
    except ImportError: sys.exit('playwright is not installed: make all')
    chromium = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if not chromium: sys.exit('report_check needs a Chromium (Debian and Ubuntu: apt install chromium)')
    shots.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp, sync_playwright() as p:
        report = Path(sys.argv[1]).resolve() if sys.argv[1:] else samples(Path(tmp)/'run')
        browser = p.chromium.launch(executable_path=chromium, args=['--disable-background-networking'] + (['--no-sandbox'] if os.geteuid()==0 else []))
        bad = []
        parts = report.parent/'gonogo'/'run'/'report.html'
        for part,page in ((look, report), (use, report), *(((look, parts), (filtered, parts)) if parts.exists() else ())):
            try: bad += part(browser, page)
            except Error as e: bad.append(f'{part.__name__}: {str(e).splitlines()[0]}')
        browser.close()
    print('\n'.join(bad) or f'{report.name} is well in light, dark and on a phone, by mouse and by keyboard. Pictures: _shots')
    return bool(bad)

if __name__=='__main__': sys.exit(main())
