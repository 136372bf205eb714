"""The notebooks → `_stage/`, notebooks as Sphinx and myst-nb want them: `python tools/stage_docs.py`.

Nothing is executed: what is shown are the outputs the notebooks hold. An exported cell becomes the reference
of what it defines, read from the module that it was exported to (signature, what each parameter means, what
it raises, its source); a public name in backticks becomes a link to its reference; a link to a notebook or a
file becomes one that works on the site."""
import ast, importlib, inspect, json, re, shutil, sys
from dataclasses import is_dataclass
from pathlib import Path
from posixpath import join, normpath, relpath
from reference import attribute, blob, members, parameters, plain, reference, root

stage = root/'_stage'
sections = dict(tutorials='Tutorials', experiments='Experiments', explanations='Explanations', core='Core',
                synthetic='Synthetic',
                vision='Vision', models='Models', evaluate='Evaluate', show='Show', run='Run', label='Label',
                tagging='Tagging', ranking='Ranking',
                gonogo='Go/no-go', scratch='Scratch', background='Background', apps='Apps')
unlisted = ('start',) # JupyterLab's start page: the site has a home page

directive = re.compile(r'^#\|[ \t]*([\w-]+)[ \t]*:?[ \t]*(.*?)[ \t]*$', re.M)
link = re.compile(r'(\]\(|src="|href=")(?!\w+:|#|/)([^)\s"#]+)(#[^)\s"]*)?')
ticks = re.compile(r'(?<![\[`\w])`([\w.]+)(\(\))?`(?![`\]])')

def text(v)->str: return v if isinstance(v, str) else ''.join(v)

# -- pages and names -----------------------------------------------------------------------------------------

class Page:
    "One notebook: where it goes, the module it makes, the public names it defines"
    def __init__(self, f:Path):
        self.file,self.rel = f,f.relative_to(root/'nbs')
        # core/13_frame → core/frame
        self.name = (self.rel.parent/re.sub(r'^\d+[a-z]?_', '', self.rel.stem)).as_posix()
        self.cells = json.loads(f.read_text(encoding='utf-8'))['cells']
        made = re.search(r'^#\|\s*default_exp\s+(\S+)', '\n'.join(text(c['source']) for c in self.cells),
                         re.M)
        self.module = importlib.import_module(f'imgqa_nb.{made[1]}') if made else None
        self.symbols = {name: self.find(name) for c in self.cells if exported(c)
                        for name in defined(text(c['source']))} if made else {}

    def find(self, name:str): # `Frame.open` in the module
        "A public name's object, or None"
        o = self.module
        for part in name.split('.'): o = attribute(o, part)
        return o

def exported(cell)->bool:
    said = dict(directive.findall(text(cell['source']))).keys()
    return cell['cell_type']=='code' and bool({'export', 'exports'} & said)

def defined(source:str)->list: # names, `Class.method` for a patch
    "The public functions and classes that a cell defines"
    res = []
    for d in ast.parse(source).body:
        if not isinstance(d, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or d.name.startswith('_'):
            continue
        patched = any(ast.unparse(o).split('(')[0]=='patch' for o in d.decorator_list)
        owners = ast.unparse(d.args.args[0].annotation).strip('()').split('|') if patched else ['']
        res += [f'{o.strip()}.{d.name}'.lstrip('.') for o in owners if not o.strip().startswith('_')]
    return res

class Site:
    "All pages, and where each public name is documented"
    def __init__(self):
        found = [f for f in sorted((root/'nbs').rglob('*.ipynb'))
                 if not any(p[0] in '._' for p in f.relative_to(root).parts)]
        self.pages = {}
        for p in map(Page, found):
            if p.name in self.pages:
                raise ValueError(f'{p.rel} and {self.pages[p.name].rel} would be the same page: {p.name}')
            if p.name not in unlisted: self.pages[p.name] = p
        self.home = {} # name → pages it is documented on
        for p in self.pages.values():
            for s,o in p.symbols.items():
                for n in [s, *(f'{s}.{m}' for m in members(o))]: self.home.setdefault(n, []).append(p.name)
            if p.module: self.home.setdefault(p.module.__name__, []).append(p.name)

    def linked(self, md:str, page:Page)->str:
        "Public names in backticks → links to their reference; other links → ones that work on the site"
        here = page.rel.parent.as_posix()
        def name(m):
            homes = self.home.get(m[1], [])
            home = page.name if page.name in homes else homes[0] if len(homes)==1 else None
            if not home: return m[0]
            to = '' if home==page.name else relpath(home, here)+'.html'
            if not m[1].startswith('imgqa_nb.'): to += '#'+m[1].lower()
            if not to: return m[0]
            code = f'<code class="docutils literal">{m[1]}{m[2] or ""}</code>'
            return f'<a class="name" href="{to}">{code}</a>'
        def other(m):
            target = normpath(join(here, m[2]))
            if target.startswith('../'): return f'{m[1]}{blob}{target[3:]}{m[3] or ""}'
            found = next((p for p in self.pages.values() if p.rel.as_posix()==target), None)
            return f'{m[1]}{relpath(found.name, here)}.ipynb{(m[3] or "").lower()}' if found else m[0]
        # not in code, not in headings
        parts = re.split(r'(^```.*?^```[^\n]*$|^#+ [^\n]*$|^    [^\n]*$)', md, flags=re.S|re.M)
        return ''.join(p if i%2 else link.sub(other, ticks.sub(name, p)) for i,p in enumerate(parts))

# -- one page ------------------------------------------------------------------------------------------------

def markdown(s:str)->dict: return dict(cell_type='markdown', metadata={}, source=s)

def code_cell(s:str, outputs:list, opts:dict)->dict:
    "A code cell, with what its directives ask for in the words of myst-nb"
    tags = []
    if opts.get('echo')=='false' or not s: tags = ['remove-input']
    elif opts.get('code-fold')=='true': tags = ['hide-input']
    return dict(cell_type='code', metadata=dict(tags=tags) if tags else {}, source=s, outputs=outputs,
                execution_count=None)

def page_cells(site:Site, page:Page):
    "What a page shows of each cell"
    first,level = True,1
    for c in page.cells:
        s = text(c['source'])
        if c['cell_type']=='markdown':
            level = ([level] + [len(h) for h in re.findall(r'^(#+) ',
                                                           re.sub(r'^```.*?^```', '', s, flags=re.S|re.M),
                                                           re.M)])[-1]
            head = re.match(r'# .*\n*(?:>.*\n?)*', s) if first else None
            if head: yield from map(markdown, (site.linked(head[0], page), origin(page)))
            yield markdown(site.linked(s[head.end() if head else 0:], page))
            first = False
            continue
        if c['cell_type']!='code': continue
        opts = dict(directive.findall(s))
        if {'hide','exporti',
            'default_exp'} & opts.keys() or opts.get('include')=='false' or 'nbdev_export(' in s:
            continue
        s = directive.sub('', s).strip()
        outputs = [] if opts.get('output')=='false' else [clean(o, site, page) for o in c['outputs']
                                                          if not empty(o)]
        asked = re.findall(r'^show_doc\(([\w.]+)', s, re.M)
        names = defined(s) if exported(c) else asked
        if exported(c) and 'exports' not in opts: s = constants(s)
        if exported(c) and s: yield markdown(f'```python\n{s}\n```')
        for n in names:
            if page.find(n) is not None:
                yield markdown(site.linked(reference(n, page.find(n), min(level+1, 4)), page))
        if exported(c): s = ''
        if asked: continue
        if s or outputs: yield code_cell(s, outputs, opts)

def constants(source:str)->str:
    "The constants (upper case) that an exported cell sets, as they are written"
    nodes = [n for n in ast.parse(source).body if isinstance(n, (ast.Assign, ast.AnnAssign))]
    targets = lambda n: [x.id for t in getattr(n, 'targets', None) or [n.target] for x in ast.walk(t)
                         if isinstance(x, ast.Name)]
    lines = source.split('\n')
    return '\n'.join('\n'.join(lines[n.lineno-1:n.end_lineno]) for n in nodes
                     if any(t.isupper() and t[0]!='_' for t in targets(n)))

def clean(o:dict, site:Site, page:Page)->dict:
    "An output with the links of its markdown mended"
    if 'text/markdown' in o.get('data', {}):
        o['data']['text/markdown'] = site.linked(text(o['data']['text/markdown']), page)
    return o

def empty(o:dict)->bool:
    "Does an output show nothing but white space?"
    words = [text(o.get('text', ''))] + [re.sub(r'<[^>]*>', '', text(v)) for k,
                                         v in o.get('data', {}).items() if k.startswith('text/')]
    tags = re.search(r'<(img|svg|canvas|iframe|video|hr)', text(o.get('data', {}).get('text/html', '')))
    return not any(w.strip() for w in words) and not tags and all(k.startswith('text/')
        for k in o.get('data', {})) and o['output_type']!='error'

def origin(page:Page)->str:
    "One line under the title: the module, and the notebook that the page is"
    nb = f'[this page as a notebook]({blob}nbs/{page.rel.as_posix()})'
    return '' if page.name=='index' else '<p class="origin"></p>\n\n' + (f'`{page.module.__name__}` · '
        if page.module else '') + nb

def toctrees(site:Site)->str:
    "The sidebar, at the foot of the home page"
    res = []
    for room,caption in sections.items():
        names = [p.name for p in site.pages.values() if p.rel.parent.as_posix()==room]
        if names:
            res.append('\n'.join(['```{toctree}', ':hidden:', f':caption: {caption}', '', *names, '```']))
    rest = [p.name for p in site.pages.values() if p.rel.parent.as_posix()=='.' and p.name!='index']
    return '\n\n'.join(res + (['\n'.join(['```{toctree}', ':hidden:', ':caption: One import', '', *rest,
                                          '```'])] if rest else []))

def write_stage()->Site:
    "Write every page, and copy what the pages show"
    site = Site()
    shutil.rmtree(stage, ignore_errors=True)
    for p in site.pages.values():
        cells = [c for c in page_cells(site, p) if text(c['source']).strip() or c.get('outputs')]
        if p.name=='index': cells.append(markdown(toctrees(site)))
        for i,c in enumerate(cells): c['id'] = f'c{i}'
        f = stage/f'{p.name}.ipynb'
        f.parent.mkdir(parents=True, exist_ok=True)
        f.write_text(json.dumps(dict(cells=cells, metadata=dict(kernelspec=dict(name='python3',
            display_name='python3', language='python')), nbformat=4, nbformat_minor=5)), encoding='utf-8')
    for f in (root/'nbs').rglob('*'):
        if f.is_file() and f.suffix in ('.png','.jpg','.svg',
                                        '.webp') and not any(p[0] in '._' for p in f.relative_to(root).parts):
            (stage/f.relative_to(root/'nbs')).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(f, stage/f.relative_to(root/'nbs'))
    return site

def undocumented(site:Site)->list:
    "Public functions, classes and parameters that nothing is said about"
    res = []
    for p in site.pages.values():
        for n,o in p.symbols.items():
            at = f'nbs/{p.rel.as_posix()}: {n}'
            if o is None:
                res.append(f'{at} is not in the library: export the notebook')
                continue
            if not inspect.getdoc(plain(o)): res.append(f'{at} has no docstring')
            # what the docstring speaks of needs no comment too
            doc = re.sub(r'[\W_]+', ' ', inspect.getdoc(plain(o)) or '').lower()
            if inspect.isclass(o) and not is_dataclass(o) and '__init__' not in vars(o): continue
            res += [f'{at}: the parameter {k} has no comment that says what it is' for k,t,_,
                    m in parameters(o)
                    if not m and k!='returns' and t not in site.home
                    and not re.search(rf'\b{k.lower().replace("_", " ")}s?\b', doc)]
    return res

if __name__=='__main__': sys.exit('\n'.join(undocumented(write_stage())) or None)
