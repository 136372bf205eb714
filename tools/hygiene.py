"""What must not be in the repository: large notebooks, dead links, paths of one machine, unsafe loading,
addresses of package indexes."""
import ast, json, re, socket, subprocess, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
suffixes = {'.py', '.ipynb', '.md', '.sh', '.ini', '.txt', '.yaml', '.yml', '.json', '.csv', '.html', '.css',
            ''}
machine = re.compile(r'(?<![\w.:])/(?:home|Users|root|tmp|work|opt)/[a-z]\S{0,40}|[A-Z]:\\+Users\\')
index = re.compile(r'^\s*(--(?:extra-)?index-url|--find-links|-i |-f )|https?://', re.M)

def files()->list:
    "The files git tracks or would track; all of them where there is no git"
    r = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=root,
                       capture_output=True, text=True)
    if r.returncode==0: found = [root/f for f in r.stdout.split('\0') if f]
    else:
        found = [f for d in ('nbs','imgqa_nb','tools','data','docs','.')
                 for f in (root/d).glob('*' if d=='.' else '**/*')]
    return sorted({f for f in found if f.is_file()})

def rel(f:Path)->str: return f.relative_to(root).as_posix()

def cells(nb:dict): return [(c['cell_type'], ''.join(c['source'])) for c in nb['cells']]

def size_problems()->list:
    "Notebooks over 200 KB or 60 visible cells are split; the samples stay under 5 MB"
    res = []
    for f in (f for f in files() if f.suffix=='.ipynb'):
        shown = [s for k,s in cells(json.loads(f.read_text(encoding='utf-8')))
                 if not re.match(r'#\|\s*hide\b', s)]
        if f.stat().st_size>200*1024: res.append(f'{rel(f)} is {f.stat().st_size//1024} KB; the limit is 200')
        if len(shown)>60: res.append(f'{rel(f)} has {len(shown)} cells; the limit is 60')
    data = sum(f.stat().st_size for f in files() if rel(f).startswith('data/'))
    if data>5e6: res.append(f'data/ holds {data/1e6:.1f} MB; the limit is 5')
    return res

def readable(f:Path)->str:
    "The text of a file; of a notebook, its text without the pictures in its outputs"
    t = f.read_text(encoding='utf-8', errors='replace')
    if f.suffix!='.ipynb': return t
    nb = json.loads(t)
    outs = [o.get('text') or [v for k,v in o.get('data', {}).items() if not k.startswith('image/')]
            for c in nb['cells'] for o in c.get('outputs', [])]
    return '\n'.join(s for _,s in cells(nb)) + re.sub(r'base64,[\w+/=]+', '', json.dumps(outs))

def leak_problems()->list:
    "A path, host or package index of one machine"
    names = [n for n in {socket.gethostname()} if len(n)>5 and n!='localhost']
    res = []
    for f in (f for f in files() if f.suffix in suffixes):
        t = readable(f)
        hits = [m[0] for m in machine.finditer(t)] + [n for n in names if n in t]
        res += [f'{rel(f)}: {h}' for h in sorted(set(hits))[:3]]
    bad = [l for l in (root/'constraints.txt').read_text().splitlines() if index.search(l)]
    return res + [f'constraints.txt names an address: {l}' for l in bad]

def link_problems()->list:
    "Links to files, in markdown and in notebooks, that lead nowhere"
    res = []
    for f in (f for f in files() if f.suffix in ('.md','.ipynb')):
        prose = f.read_text(encoding='utf-8') if f.suffix=='.md' else '\n'.join(s for k,
            s in cells(json.loads(f.read_text(encoding='utf-8'))) if k=='markdown')
        targets = re.findall(r'\]\((?!\w+:|#)([^)\s#]+)', re.sub(r'```.*?```|`[^`]*`', '', prose, flags=re.S))
        res += [f'{rel(f)} links to {t}, which is not there' for t in targets if not (f.parent/t).exists()]
    return res

def unsafe(node:ast.AST)->str: # '' when it is safe
    "Why could this call run what a file says?"
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or '']
        return next((f'imports {n}' for n in names
                     if n.split('.')[0] in ('pickle','cPickle','dill','cloudpickle','joblib','shelve',
                                            'marshal')), '')
    if not isinstance(node, ast.Call): return ''
    name,keys = ast.unparse(node.func),{k.arg: ast.unparse(k.value) for k in node.keywords}
    if name in ('eval','exec','os.system','os.popen','yaml.load','yaml.unsafe_load','pd.read_pickle',
                'pandas.read_pickle'):
        return f'calls {name}'
    if name=='torch.load' and keys.get('weights_only')!='True':
        return 'calls torch.load without weights_only=True'
    return next((f'{name}({k}=True)' for k in ('shell','allow_pickle') if keys.get(k)=='True'), '')

def sources(f:Path):
    "The Python in a file: all of it, or each code cell without its magics"
    if f.suffix=='.py': yield f.read_text(encoding='utf-8')
    else:
        yield from (re.sub(r'^\s*[%!].*$', '', s, flags=re.M) for k,
                    s in cells(json.loads(f.read_text(encoding='utf-8'))) if k=='code')

def unsafe_problems()->list:
    "Pickles, eval, shells and the like, in the library, the tools and the notebooks"
    res = []
    for f in (f for f in files() if f.suffix in ('.py','.ipynb')):
        for s in sources(f):
            try: tree = ast.parse(s)
            except SyntaxError: continue # a cell that shows a syntax error, or a whole-cell magic
            res += [f'{rel(f)} {why}' for why in map(unsafe, ast.walk(tree)) if why]
    return res

if __name__=='__main__':
    sys.exit('\n'.join(size_problems()+leak_problems()+link_problems()+unsafe_problems()) or None)
