"""Do exported cells import only from rooms above their own, or from smaller numbers in their own room?

The rooms and numbers are those of the notebooks. Each system (tagging, ranking, go/no-go, …) is a room;
systems never import each other. `experiments` holds what only experiments use and the wheel leaves out.
`imgqa_nb.all` stands below everything."""
import ast, re, sys
from collections import namedtuple
from pathlib import Path

root = Path(__file__).resolve().parent.parent
systems = ['tagging', 'ranking', 'gonogo', 'scratch', 'background']
rooms = ['core', 'synthetic', 'vision', 'models', 'evaluate', 'show', 'run', 'label', *systems, 'apps',
         'experiments', 'all']
Place = namedtuple('Place', 'room number module notebook')
origin = re.compile(r'^# %% (?:\.\./)+(nbs/\S+\.ipynb)', re.M)

def place(module:str, notebook:str)->Place: # 'core.frame', 'nbs/core/40_frame.ipynb'
    "Where a module stands; a notebook in no numbered room stands at number 0"
    number = re.match(r'\d+', Path(notebook).name)
    return Place(module.split('.')[0], int(number[0]) if number else 0, module, notebook)

def places()->dict: # module → Place
    "Every exported module, by the notebook that its header names"
    res = {}
    for f in sorted((root/'imgqa_nb').rglob('*.py')):
        nb = re.search(r'File to edit: (?:\.\./)+(nbs/\S+\.ipynb)', f.read_text(encoding='utf-8'))
        if nb:
            module = '.'.join(f.relative_to(root/'imgqa_nb').with_suffix('').parts)
            res[module] = place(module, nb[1])
    return res

def imported(node:ast.AST, module:str, known:dict):
    "The modules of this project that an import statement names"
    if isinstance(node, ast.Import):
        names = [a.name.removeprefix('imgqa_nb.') for a in node.names if a.name.startswith('imgqa_nb.')]
    else:
        base = node.module or ''
        if node.level: base = '.'.join([*module.split('.')[:-node.level], *filter(None, [base])])
        elif base.split('.')[0]=='imgqa_nb': base = base.removeprefix('imgqa_nb').lstrip('.')
        else: return
        names = [base, *(f'{base}.{a.name}'.lstrip('.') for a in node.names)]
    yield from (n for n in names if n in known)

def wrong(a:Place, b:Place)->str: # '' when all is well
    "Why may `a` not import `b`?"
    if a.room not in rooms or b.room not in rooms:
        return f'{(a if a.room not in rooms else b).room} is no room of the house ({" → ".join(rooms)})'
    if rooms.index(b.room)>rooms.index(a.room): return f'{b.room} lies below {a.room}'
    if b.room==a.room and b.module!=a.module and b.number>=a.number:
        return f'{b.number} does not come before {a.number} in {a.room}'
    if a.room!=b.room and a.room in systems and b.room in systems:
        return 'a system never imports another system'
    return ''

def problems()->list:
    "One line for each import that breaks the order"
    known,res = places(),[]
    for module,home in known.items():
        text = (root/'imgqa_nb'/Path(*module.split('.'))).with_suffix('.py').read_text(encoding='utf-8')
        cells = [(text.count('\n', 0, m.start())+1, m[1]) for m in origin.finditer(text)]
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, (ast.Import, ast.ImportFrom)): continue
            notebook = max((c for c in cells if c[0]<=node.lineno), default=(0, home.notebook))[1]
            here = place(module, notebook)
            for name in imported(node, module, known):
                why = wrong(here, known[name])
                if why: res.append(f'{notebook} imports imgqa_nb.{name}: {why}')
    return res

if __name__=='__main__': sys.exit('\n'.join(problems()) or None)
