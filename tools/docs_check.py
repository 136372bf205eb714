"""Look at the built site in a headless Chromium, offline: `make docs-check`.

Every page, in light, dark and at a phone's width: no request to another address, no console error, nothing
wider than the screen. Search must find what is written. Pictures of all that are left in `_shots`, for a
person to look at."""
import functools, http.server, os, shutil, sys, threading
from contextlib import contextmanager
from pathlib import Path

root = Path(__file__).resolve().parent.parent
site,shots = root/'_site', root/'_shots'
looks = dict(light=dict(viewport=dict(width=1400, height=1100), color_scheme='light'),
             dark=dict(viewport=dict(width=1400, height=1100), color_scheme='dark'),
             phone=dict(viewport=dict(width=390, height=844), color_scheme='light', is_mobile=True,
                        has_touch=True))
# searched for → in the address of a page that must be found
words = dict(sharpness='technical', Frame='frame')
overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass

def serve()->str: # address
    "Serve the site from this process"
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_port}/'

def watched(context, base:str, seen:set):
    "A page that notes what goes wrong in it, and reaches nothing but `base`"
    page = context.new_page()
    def route(r):
        if r.request.url.startswith((base, 'data:', 'blob:')): return r.continue_()
        seen.add(f'asks for {r.request.url}')
        r.abort()
    page.route('**/*', route)
    page.on('console', lambda m: seen.add(f'console: {m.text[:200]}') if m.type=='error' else None)
    page.on('pageerror', lambda e: seen.add(f'error: {str(e)[:200]}'))
    page.on('response', lambda r: seen.add(f'{r.status} for {r.url.removeprefix(base)}') if r.status>=400
            else None)
    return page

def look(browser, base:str, pages:list)->list:
    "Every page in every look"
    res = []
    for name,how in looks.items():
        context = browser.new_context(**how)
        for p in pages:
            seen = set()
            page = watched(context, base, seen)
            page.goto(base+p, wait_until='load')
            page.wait_for_timeout(150)
            wide = page.evaluate(overflow)
            if wide>0: seen.add(f'{wide} pixels wider than the screen')
            broken = page.evaluate('[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => '
                                   'i.src)')
            seen |= {f'no picture at {b}' for b in broken}
            page.screenshot(path=shots/f'{p.removesuffix(".html").replace("/", "-")}.{name}.png',
                            full_page=name=='light')
            page.close()
            res += [f'{p} ({name}): {s}' for s in sorted(seen)]
        context.close()
    return res

def search(browser, base:str)->list:
    "Type each word into the search page"
    res = []
    for word,expected in words.items():
        seen = set()
        page = watched(browser, base, seen)
        page.goto(f'{base}search.html?q={word}')
        page.wait_for_selector('#search-results li', timeout=10_000)
        found = page.eval_on_selector_all('#search-results li a', 'a => a.map(x => x.getAttribute("href"))')
        page.screenshot(path=shots/f'search-{word}.png')
        page.close()
        if not any(expected in f for f in found):
            seen.add(f'no page about {expected} is found, only {", ".join(found)[:200]}')
        res += [f'search for {word}: {s}' for s in sorted(seen)]
    return res

@contextmanager
def launch():
    "A headless Chromium"
    try: from playwright.sync_api import sync_playwright
    except ImportError: sys.exit('playwright is not installed: make all')
    chromium = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if not chromium: sys.exit('this needs a Chromium (Debian and Ubuntu: apt install chromium)')
    flags = ['--disable-background-networking'] + (['--no-sandbox'] if os.geteuid()==0 else [])
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()

def main()->int: # exit status
    pages = sorted(f.relative_to(site).as_posix() for f in site.rglob('*.html') if '_static' not in f.parts
                   and f.stem not in ('search','genindex'))
    shutil.rmtree(shots, ignore_errors=True)
    shots.mkdir()
    base = serve()
    with launch() as browser: bad = look(browser, base, pages) + search(browser, base)
    print('\n'.join(bad) or f'{len(pages)} pages are well in light, dark and on a phone; search finds '
                            f'{", ".join(words)}. Pictures: _shots')
    return bool(bad)

if __name__=='__main__': sys.exit(main())
