"""What a reader needs to know of one public name, in markdown: signature, parameters, errors, members, a link
to its source."""
import ast, inspect, re, sys, textwrap
from configparser import ConfigParser
from dataclasses import is_dataclass
from functools import cached_property
from pathlib import Path
from fastcore.docments import docments

root = Path(__file__).resolve().parent.parent
cfg = ConfigParser(delimiters=['='])
cfg.read(root/'settings.ini', encoding='utf-8')
blob = f'{cfg["DEFAULT"]["git_url"]}/blob/{cfg["DEFAULT"]["branch"]}/'

everywhere = dict( # names that mean the same in every function; others are explained where they stand
    path='file or folder', folder='a folder', url='a web address', name='which one, by name',
    seed='of the random numbers: the same seed gives the same result',
    df='the table: one row an image', columns='names of columns', ref='where one image is, from `discover`',
    refs='where the images are, from `discover`',
    frame='a decoded image', frames='decoded images', grey='H×W uint8', rgb='H×W×3 uint8',
    step='what to measure: a `Step`', steps='what to measure: `Step`s',
    limits='how large an image may be', workers='processes; one a processor when not given',
    resume='use what an earlier run with the same settings found',
    timeout='seconds an image may take', memory='bytes a worker may use', progress='show a bar',
    batch_size='images at once', threads='processor threads',
    n='how many', bins='how many bins', top='how many, the best first', folds='parts of the cross-validation',
    precision='of the numbers in a network',
    X='one row an image', y='one label an image', paths='one address an image',
    groups='what belongs together: never on both sides of a split',
    run='a `Run`', options='`Options` of the run', force='clear what another command wrote', port='of TCP',
    higher_better='which way is better', images='images, or one', seen='what was looked at', shots='pictures',
    passport='what judge.json says', things='arrays and texts of a saved judge, by name',
    settings='of the run', judge='that gave the verdicts', given='what a person typed',
    source='see `discover`',
    title='its heading', note='a sentence below it', notes='what there is to know', xlabel='below the axis',
    ylabel='beside the axis', t='the table of the page', tags='from `describe_tags`', scratches='found ones',
    counts='how many of each', retry_bad='try again the images that failed', tasks='what is to be done',
    allow_protocols='that a list may use besides http and https', places='where images are, or go',
    follow_links='also symbolic links out of the folder', listed='files and what they are', lines='texts',
    good='images without a defect', bad='images with one', found='what was found',
    ax='matplotlib axes to draw on; new ones when not given', kwargs='handed on', args='handed on')

def attribute(o, name:str): # a property stays one
    "`o.name`, or None"
    static = inspect.getattr_static(o, name, None)
    return static if isinstance(static, (property, cached_property)) else getattr(o, name, None)

def plain(o): # the function behind a property, classmethod, cached or wrapped function
    "What holds the source"
    for a in ('fget', '__func__', 'func'):
        if not inspect.isfunction(o) and not inspect.isclass(o) and getattr(o, a, None): o = getattr(o, a)
    return inspect.unwrap(o) if callable(o) else o

def members(cls)->list:
    "The public methods and properties written in a class's own body; nothing for what is no class"
    if not inspect.isclass(cls): return []
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    return [d.name for d in tree.body if isinstance(d, ast.FunctionDef) and not d.name.startswith('_')]

def source_of(o)->tuple: # text, link
    "The source of a function or class, and where it is"
    lines,n = inspect.getsourcelines(plain(o))
    f = Path(inspect.getsourcefile(plain(o))).resolve().relative_to(root).as_posix()
    return textwrap.dedent(''.join(lines)), f'{blob}{f}#L{n}'

def raised(o)->list:
    "The errors that the body raises by name"
    tree = ast.parse(source_of(o)[0])
    names = [ast.unparse(n.exc.func if isinstance(n.exc, ast.Call) else n.exc) for n in ast.walk(tree)
             if isinstance(n, ast.Raise) and n.exc]
    return sorted({n for n in names if n[0].isupper()})

def shown(v)->str: # a type, as a person would write it
    v = getattr(v, '__origin__', v) if hasattr(v, '__metadata__') else v # Annotated
    if v in (inspect.Parameter.empty, type(None), None): return ''
    return v.__name__ if inspect.isclass(v) and not getattr(v, '__args__',
                                                            None) else re.sub(r'\b(?:\w+\.)+(\w+)', r'\1',
                                                                v if isinstance(v, str) else repr(v))

def defaults(o)->dict: # parameter → its default as the source writes it
    "`200e6` and `Limits()`, where the value itself would be `200000000.0` and a long repr"
    s = source_of(o)[0]
    d = ast.parse(s).body[0]
    if isinstance(d, ast.ClassDef):
        inits = [f for f in d.body if isinstance(f, ast.FunctionDef) and f.name=='__init__']
        fields = {f.target.id: f.value for f in d.body if isinstance(f, ast.AnnAssign) and f.value}
        if not inits: return {k: ast.get_source_segment(s, v) for k,v in fields.items()}
        d = inits[0]
    given = [*d.args.posonlyargs, *d.args.args]
    pairs = [*zip(given[len(given)-len(d.args.defaults):], d.args.defaults),
             *zip(d.args.kwonlyargs, d.args.kw_defaults)]
    return {p.arg: ast.get_source_segment(s, v) for p,v in pairs if v}

def signature(name:str, o)->str:
    "`name(…)`, on one line or one line a parameter"
    if isinstance(o, (property, cached_property)): return name
    try: given = [p for p in inspect.signature(plain(o)).parameters.values() if p.name not in ('self','cls')]
    except (TypeError, ValueError): return name
    known,ps,star = defaults(o),[],False
    for p in given:
        if p.kind is p.KEYWORD_ONLY and not star: ps.append('*')
        star = star or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        ps.append({p.VAR_POSITIONAL: '*', p.VAR_KEYWORD: '**'}.get(p.kind, '') + p.name
                  + (f'={known.get(p.name, "…")}' if p.default is not p.empty else ''))
    line = f'{name}({", ".join(ps)})'
    return line if len(line)<=88 else f'{name}(\n    ' + ',\n    '.join(ps) + ',\n)'

def delegated(o):
    """The docs of a function whose further parameters are the fields of a dataclass (which has no
    `__init__` to read)"""
    to = getattr(plain(o), '__delwrap__', None)
    if to is None or to.__name__!='__init__': return None
    cls = getattr(sys.modules[to.__module__], to.__qualname__.split('.')[0])
    if not is_dataclass(cls): return None
    f = plain(o)
    del f.__delwrap__
    try: own = docments(f, full=True, returns=True)
    finally: f.__delwrap__ = to
    return docments(cls, full=True, returns=False) | own

def parameters(o)->list: # (name, type, default, meaning)
    "A row for each parameter, and one for what is returned"
    docs = delegated(o) or docments(o if inspect.isclass(o) else plain(o), full=True,
                                    returns=not inspect.isclass(o))
    known,source = defaults(o),source_of(o)[0]
    for k,d in docs.items(): # the comment of *args and **kwargs, which docments passes over
        d['docment'] = d['docment'] or next(iter(re.findall(rf'^\s*\*{{1,2}}{k}\b[^#\n]*#\s*(.*)$', source,
                                                            re.M)), None)
    for k,other in same_line(o): docs[k]['docment'] = docs[k]['docment'] or docs[other]['docment']
    rows = [('returns' if k=='return' else k, shown(d['anno']), known.get(k, ''),
             (d['docment'] or told(d['anno']) or everywhere.get(k, '')).replace('\n', ' '))
            for k,d in docs.items() if k not in ('self','cls')]
    return [r for r in rows if r[0]!='returns' or r[1] or r[3]]

def same_line(o)->list: # (parameter, the next one)
    "Parameters that share a line of the source, and so its comment"
    d = ast.parse(source_of(o)[0]).body[0]
    d = next((f for f in d.body if isinstance(f, ast.FunctionDef) and f.name=='__init__'),
             None) if isinstance(d, ast.ClassDef) else d
    a = [x for x in [*d.args.posonlyargs, *d.args.args, *d.args.kwonlyargs]
         if x.arg not in ('self','cls')] if d else []
    return [(x.arg, y.arg) for x,y in [*zip(a, a[1:])][::-1] if x.lineno==y.lineno!=d.lineno]

def told(anno)->str: # '' when it says nothing
    "The help that a command line's annotation holds"
    return next((m.help for m in getattr(anno, '__metadata__', ()) if getattr(m, 'help', None)), '')

def table(head:list, rows:list)->str:
    "A markdown table without its empty columns"
    keep = [i for i in range(len(head)) if any(r[i] for r in rows)]
    line = lambda r: '| ' + ' | '.join(r[i].replace('|', r'\|') for i in keep) + ' |'
    return '\n'.join([line(head), '|'+'---|'*len(keep), *map(line, rows)]) if rows else ''

def code(s:str)->str: return f'`{s}`' if s else ''

def member(name:str, m:str, f)->tuple: # its signature, what it gives, what it is
    "The row of a class's method or property, with a place to link to"
    line = re.sub(r'\(\n +', '(', re.sub(r',\n\)', ')', signature(m, f))).replace('\n   ', '')
    gives = shown(getattr(plain(f), '__annotations__', {}).get('return'))
    return f'<a id="{name.lower()}.{m.lower()}"></a>{code(line)}', code(gives), (inspect.getdoc(plain(f))
        or '').split('\n')[0]

def reference(name:str, o, level:int=3)->str:
    "What a reader needs to use `name`, in markdown, under a heading of that level"
    _,at = source_of(o)
    # of a plain name, Sphinx makes it
    anchor = f'<a id="{name.lower()}"></a>\n\n' if re.search(r'[._]', name) else ''
    parts = [anchor + '#'*level + ' ' + name.replace('_', r'\_'),
             f'<a class="source" href="{at}">source</a>', f'```python\n{signature(name, o)}\n```',
             inspect.getdoc(plain(o)) or '']
    rows = [(code(n) if n!='returns' else '*returns*', code(t), code(d), m) for n,t,d,m in parameters(o)]
    parts.append(table(['', 'type', 'default', 'meaning'], rows))
    parts.append(table(['member', 'gives', 'what it is'],
                       [member(name, m, attribute(o, m)) for m in members(o)]))
    if not inspect.isclass(o) and raised(o): parts.append('Raises ' + ', '.join(f'`{r}`' for r in raised(o)))
    return '\n\n'.join(p for p in parts if p)
