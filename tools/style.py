"""How the code reads: `python tools/style.py [--count]`.

Cells keep to 110 characters, one statement a line; exported ones also to no conditional inside a conditional,
comprehensions of one loop, and exported cells to 30 lines. `--count` prints how often each rule is broken, by
room, instead of where."""
import ast, json, re, sys
from collections import Counter
from pathlib import Path

root = Path(__file__).resolve().parent.parent
WIDTH, CELL = 110, 30
exported = re.compile(r'^#\|\s*exporti?s?\b', re.M)
jumps = (ast.Return, ast.Raise, ast.Continue, ast.Break, ast.Pass)

def sources():
    "Name, kind ('export', 'cell' or 'file') and text of all the code that a person reads"
    for f in sorted((root/'nbs').rglob('*.ipynb')):
        if any(p[0] in '._' for p in f.relative_to(root).parts): continue
        for i,c in enumerate(json.loads(f.read_text(encoding='utf-8'))['cells']):
            text = ''.join(c['source'])
            if c['cell_type']!='code' or not text.strip() or 'nbdev_export(' in text: continue
            kind = 'export' if exported.search(text) else 'cell'
            yield f'{f.relative_to(root).as_posix()}, cell {i}', kind, text
    for f in sorted((root/'tools').glob('*.py')):
        yield f'tools/{f.name}', 'file', f.read_text(encoding='utf-8')

def parsed(text:str):
    "The syntax tree, or None for magics and cells that show an error"
    try: return ast.parse(re.sub(r'^\s*[%!].*$', 'pass', text, flags=re.M))
    except SyntaxError: return None

def bodies(node):
    "The blocks of a compound statement, each with the line of its head"
    for name in ('body', 'orelse', 'finalbody'):
        block = getattr(node, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt): yield name, block

def crowded(tree):
    "Lines that hold more than one statement"
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.Interactive)): heads = []
        elif isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.FunctionDef, ast.ClassDef)):
            heads = [node]
        else: heads = []
        for name,block in bodies(node):
            lines = [s.lineno for s in block]
            yield from (b for a,b in zip(lines, lines[1:]) if a==b)
            same = heads and name=='body' and block[0].lineno==last_head_line(node)
            if same and not short_body(node, block): yield block[0].lineno

def last_head_line(node)->int:
    "The line on which the head of a compound statement ends"
    parts = [getattr(node, k, None) for k in ('test', 'iter', 'returns')]
    parts += [i.context_expr for i in getattr(node, 'items', [])]
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        parts += getattr(getattr(node, 'args', None), 'args', [])
    return max([node.lineno, *(p.end_lineno for p in parts if p is not None)])

def short_body(node, block)->bool:
    "May this body stand beside its head? One statement of a lesson's or a method's plain kind"
    plain = (*jumps, ast.Expr, ast.Assign, ast.AugAssign, ast.Assert)
    return len(block)==1 and isinstance(block[0], plain)

def tangled(tree):
    "Conditionals in conditionals, comprehensions of two loops or two conditions"
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp):
            inner = [n for part in (node.test, node.body, node.orelse) for n in ast.walk(part)
                     if isinstance(n, ast.IfExp)]
            if inner: yield node.lineno, 'a conditional inside a conditional'
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            if len(node.generators)>1: yield node.lineno, 'a comprehension of two loops'
            elif len(node.generators[0].ifs)>1: yield node.lineno, 'a comprehension of two conditions'

def problems()->list:
    "(rule, where, what) for each place"
    res = []
    for where,kind,text in sources():
        for n,line in enumerate(text.splitlines(), 1):
            if len(line)>WIDTH: res.append(('long', where, f'line {n} has {len(line)} characters'))
        lines = [l for l in text.splitlines() if l.strip() and not l.startswith('#|')]
        if kind=='export' and len(lines)>CELL: res.append(('cell', where, f'{len(lines)} lines'))
        tree = parsed(text)
        if tree is None: continue
        res += [('crowded', where, f'line {n} holds more than one statement')
                for n in sorted(set(crowded(tree)))]
        if kind=='export': res += [('tangled', where, f'line {n}: {what}') for n,what in tangled(tree)]
    return res

def strict_problems()->list:
    "What `make test` refuses"
    return [f'{where}: {what}' for rule,where,what in problems() if kept(rule, where)]

def kept(rule, where)->bool:
    "Is this rule enforced there? Experiments are records of what was run, and keep their form"
    if where.startswith('nbs/experiments'): return False
    return rule in ('crowded', 'tangled', 'long')

if __name__=='__main__':
    found = problems()
    if '--count' in sys.argv:
        rooms = Counter((rule, '/'.join(where.split('/')[:2]) if where.startswith('nbs/') else 'tools')
                        for rule,where,_ in found)
        for (rule,room),n in sorted(rooms.items()): print(f'{n:5} {rule:8} {room}')
        print(f'{len(found)} in all: {dict(Counter(r for r,_,_ in found))}')
    else:
        for rule,where,what in found: print(f'{where}: {what}')
        sys.exit(bool(found))
