"Build the documentation site in `_site`, and follow every link in it: `make docs`."
import shutil, subprocess, sys, time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
import stage_docs

root = Path(__file__).resolve().parent.parent

class Links(HTMLParser):
    "What a page links to, loads and can be linked at"
    def __init__(self, f:Path):
        super().__init__()
        self.ids,self.links,self.loads = set(),[],[]
        self.feed(f.read_text(encoding='utf-8'))
    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.ids |= {a[k] for k in ('id','name') if a.get(k)}
        for u in (a.get('href'), a.get('src')):
            if not u or u.startswith(('data:','mailto:','javascript:')): continue
            if not u.startswith(('http:','https:','//')): self.links.append(u)
            elif tag!='a' and (tag, a.get('rel')) != ('link','canonical'): self.loads.append(u)

def link_problems(site:Path)->list:
    "Internal links that lead nowhere, and anything a page would load from elsewhere"
    pages = {f: Links(f) for f in site.rglob('*.html') if '_static' not in f.parts}
    res = []
    for f,page in pages.items():
        res += [f'{f.relative_to(site)} loads {u}' for u in page.loads]
        for u in page.links:
            parts = urlsplit(u)
            to = (f.parent/unquote(parts.path)).resolve() if parts.path else f
            if to.is_dir(): to = to/'index.html'
            if not to.exists(): res.append(f'{f.relative_to(site)} links to {u}, which is not there')
            elif to in pages and parts.fragment and unquote(parts.fragment) not in pages[to].ids:
                res.append(f'{f.relative_to(site)} links to {u}, but there is no such place on that page')
    return sorted(set(res))

def build_problems()->list:
    "Stage the pages, build the site, follow its links"
    stage_docs.write_stage()
    built = root/'_stage'/'_built' # myst-nb leaves a folder beside the one it builds in
    r = subprocess.run([sys.executable, '-m', 'sphinx', '-b', 'html', '-q', '-W', '--keep-going', '-E', '-j',
                        '2', '-c', 'docs', '-d', '_stage/.doctrees', '_stage', str(built)],
                       cwd=root, capture_output=True, text=True)
    if r.returncode: return [(r.stdout+r.stderr).strip()]
    shutil.rmtree(root/'_site', ignore_errors=True)
    built.rename(root/'_site')
    return link_problems(root/'_site')

if __name__=='__main__':
    start,bad = time.time(),build_problems()
    if bad: sys.exit('\n'.join(bad))
    print(f'The site is in _site ({len(list((root/"_site").rglob("*.html")))} pages, {time.time()-start:.0f} '
          's): open _site/index.html, or make preview')
