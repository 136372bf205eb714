"""Does every module import with the base package alone, quickly, and without the heavy libraries?

The libraries of the extras are hidden while the modules are imported, so that this holds in an environment
that has them."""
import json, resource, subprocess, sys
from importlib import metadata
from pathlib import Path

root = Path(__file__).resolve().parent.parent
heavy = {'torch', 'torchvision', 'fastai', 'open_clip', 'rembg', 'onnxruntime', 'openvino', 'sklearn',
         'skimage', 'matplotlib', 'seaborn'}
limits = {'import imgqa_nb': .3, 'imgqa --help': 1.} # seconds of processor time

try_modules = """
import importlib, json, sys
hidden, heavy, modules = map(set, json.loads(sys.argv[1])[:2] + [[]]); modules = json.loads(sys.argv[1])[2]
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in hidden:
            raise ModuleNotFoundError(f'no {name} in the base package', name=name)
sys.meta_path.insert(0, Hide())
res = []
for m in modules:
    before = heavy & sys.modules.keys()
    try: importlib.import_module(m)
    except Exception as e: res.append(f'{m}: {type(e).__name__}: {e}')
    new = (heavy & sys.modules.keys()) - before
    if new:
        res.append(f'{m} loads {", ".join(sorted(new))} when it is imported; import it in the function that '
                   'needs it')
print(json.dumps(res))
"""
try_command = """
import sys
sys.argv = sys.argv[1:]
try:
    if sys.argv[0]=='imgqa':
        from imgqa_nb.apps.cli import main
        main()
    else: import imgqa_nb
except SystemExit as e: assert not e.code, e.code
print('\\n' + ' '.join(m for m in sys.modules if '.' not in m))
"""

def modules()->list:
    "Every module of the library, by name"
    files = sorted((root/'imgqa_nb').rglob('*.py'))
    return ['.'.join(f.relative_to(root).with_suffix('').parts).removesuffix('.__init__') for f in files
            if f.name!='_modidx.py']

def base_distributions()->set:
    "The base package's requirements, theirs, and so on"
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name
    seen,todo = set(),[('imgqa_nb', '')]
    while todo:
        name,extra = todo.pop()
        if (canonicalize_name(name), extra) in seen: continue
        seen.add((canonicalize_name(name), extra))
        try: needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError: continue
        for r in map(Requirement, needs):
            if not r.marker or r.marker.evaluate(dict(extra=extra)):
                todo += [(r.name, e) for e in ('', *r.extras)]
    return {name for name,_ in seen}

def hidden()->list:
    "Modules that only an extra brings"
    from packaging.utils import canonicalize_name
    base = base_distributions()
    return [m for m,ds in metadata.packages_distributions().items()
            if not {canonicalize_name(d) for d in ds} & base]

def import_problems()->list:
    "Modules that fail without the extras, or load a heavy library at import"
    args = json.dumps([hidden(), sorted(heavy), modules()])
    r = subprocess.run([sys.executable, '-c', try_modules, args], cwd=root, capture_output=True, text=True)
    return json.loads(r.stdout.splitlines()[-1]) if r.returncode==0 else [r.stderr.strip()]

def run_light(command:str)->tuple: # processor seconds, names of the modules it loaded, what went wrong
    "Run `command` in a fresh interpreter"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = subprocess.run([sys.executable, '-c', try_command, *command.split()], cwd=root, capture_output=True,
                       text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime+after.ru_stime-before.ru_utime-before.ru_stime
    if r.returncode: return seconds, [], r.stderr.strip()
    return seconds, r.stdout.split('\n')[-2].split(), ''

def light_problems()->list:
    "`import imgqa_nb` and `imgqa --help` are quick and load nothing heavy"
    res = []
    for command,limit in limits.items():
        seconds,loaded,error = min((run_light(command) for _ in range(3)), key=lambda r: (bool(r[2]), r[0]))
        print(f'      {command}: {1000*seconds:.0f} ms')
        if error: res.append(f'{command} fails:\n{error}')
        elif heavy.intersection(loaded):
            res.append(f'{command} loads {", ".join(sorted(heavy.intersection(loaded)))}')
        elif seconds>limit:
            res.append(f'{command} takes {1000*seconds:.0f} ms of processor time; the limit is '
                       f'{1000*limit:.0f}')
    return res

if __name__=='__main__': sys.exit('\n'.join(import_problems()+light_problems()) or None)
