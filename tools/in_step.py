"""Are the notebooks clean, and are the library and README exactly what the notebooks make?

All is made again in a temporary copy, from the notebooks alone, so that a module whose notebook is gone shows
too. `--write` brings the differences back into the tree (the pre-commit hook does that)."""
import os, shutil, subprocess, sys, tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
patterns = dict(notebooks='nbs/**/*.ipynb', library='imgqa_nb/**/*.py', readme='README*')
make = """
from nbdev.clean import nbdev_clean
from nbdev.doclinks import nbdev_export
nbdev_clean.__wrapped__(); nbdev_export.__wrapped__(procs=None)
"""

def contents(top:Path, pattern:str)->dict: # name of each file → its bytes
    "The files under `top` that `pattern` and its folders hold"
    found = (f for p in top.glob(pattern) for f in ([p] if p.is_file() else p.rglob('*')))
    return {f.relative_to(top).as_posix(): f.read_bytes() for f in found
            if f.is_file() and '.ipynb_checkpoints' not in f.parts and '__pycache__' not in f.parts}

def copy(top:Path):
    "What the making needs, and nothing that it makes"
    shutil.copy2(root/'settings.ini', top)
    shutil.copytree(root/'nbs', top/'nbs', ignore=shutil.ignore_patterns('.*', '_*'))
    (top/'imgqa_nb').mkdir()
    shutil.copy2(root/'imgqa_nb'/'__init__.py', top/'imgqa_nb')

def differences()->dict: # kind → {file: its bytes as they should be, None where there should be no such file}
    "Make everything again and say what differs from the tree"
    with tempfile.TemporaryDirectory() as tmp:
        top = Path(tmp).resolve()
        copy(top)
        # nbdev keeps a settings file in HOME
        env = {k:v for k,v in os.environ.items() if k!='IN_TEST'} | dict(HOME=tmp)
        for cmd in (['-c', make], [str(root/'tools'/'readme.py')]):
            r = subprocess.run([sys.executable, *cmd], cwd=top, env=env, capture_output=True, text=True)
            if r.returncode: raise SystemExit(f'The notebooks cannot be exported:\n{r.stdout}{r.stderr}')
        res = {}
        for kind,pattern in patterns.items():
            now,made = contents(root, pattern),contents(top, pattern)
            res[kind] = {f: made.get(f) for f in sorted({*now, *made}) if now.get(f)!=made.get(f)}
    return res

def problems(kind:str, diff:dict)->list:
    "One line for each file that differs"
    return [f'{f}: {_why(kind, f, made)}' for f,made in diff[kind].items()]

def _why(kind, f, made):
    if made is None: return 'no notebook makes this file'
    if not (root/f).exists(): return 'missing'
    return dict(notebooks='not clean', library='not what its notebook exports',
                readme='not what nbs/index.ipynb makes')[kind]

def write(diff:dict)->list: # the files that changed
    "Bring the differences into the tree"
    for f,made in (kv for d in diff.values() for kv in d.items()):
        if made is None:
            (root/f).unlink()
            continue
        (root/f).parent.mkdir(parents=True, exist_ok=True)
        (root/f).write_bytes(made)
    return [f for d in diff.values() for f in d]

if __name__=='__main__':
    diff = differences()
    if sys.argv[1:]==['--write']:
        changed = write(diff)
        if changed:
            sys.exit('Cleaned and exported. These files changed: look at them, git add them, and commit '
                     'again.\n  ' + '\n  '.join(changed))
    else:
        bad = [p for kind in patterns for p in problems(kind, diff)]
        if bad: sys.exit('\n'.join(bad) + '\nTo mend it: .venv/bin/python tools/in_step.py --write')
