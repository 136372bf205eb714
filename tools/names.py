"""Does every name that a notebook, a tool or the README imports from this package exist?

Cells that are flagged (slow, weights, gpu) do not run in the check; their imports are looked at all the
same."""
import ast, importlib, json, re, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent

def sources():
    "Where, and the Python there: each code cell and tool"
    for f in sorted((root/'nbs').rglob('*.ipynb')):
        if any(p[0] in '._' for p in f.relative_to(root).parts): continue
        for i,c in enumerate(json.loads(f.read_text(encoding='utf-8'))['cells']):
            if c['cell_type']=='code':
                yield f'{f.relative_to(root).as_posix()}, cell {i}', ''.join(c['source'])
    for f in sorted((root/'tools').glob('*.py')): yield f'tools/{f.name}', f.read_text(encoding='utf-8')

def imported(text):
    "Module and name of each import from this package in a text that may be Python"
    for m in re.finditer(r'^\s*from (imgqa_nb[\w.]*) import \(?([\w, \n]+?)\)?\s*(?:#.*)?$', text, re.M):
        names = [part.split(' as ')[0].strip() for part in m[2].replace('\n', ' ').split(',')]
        yield from ((m[1], name) for name in names if name and name!='*')

def problems()->list:
    "One line for each name that is not there"
    res = []
    for where,text in sources():
        for module,name in set(imported(text)):
            try: home = importlib.import_module(module)
            except ImportError as e:
                res.append(f'{where}: {module} cannot be imported ({e})')
                continue
            if hasattr(home, name): continue
            try: importlib.import_module(f'{module}.{name}')
            except ImportError: res.append(f'{where}: {module} has no {name}')
    return sorted(res)

if __name__=='__main__': sys.exit('\n'.join(problems()) or None)
