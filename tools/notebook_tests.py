"""Run the notebooks, each in a process of its own: `python tools/notebook_tests.py [--slow] [notebook …]`.

Most run as nbdev_test runs them, without the cells whose flags are in settings.ini's tst_flags. What a
newcomer opens (home, start page and tutorials) runs whole, in a fresh kernel, offline and without IMGQA_DATA,
in under two minutes. With --slow: the notebooks that have cells flagged slow, those cells too; an hour each
at most (`make test-slow`)."""
import os, re, signal, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
import layers

root = Path(__file__).resolve().parent.parent
nbdev = """
import sys
from pathlib import Path
from nbdev.config import get_config
from nbdev.test import test_nb
settings = get_config()
flags = [f for f in settings.tst_flags.split() if f not in sys.argv[2:]]
passed, _ = test_nb(Path(sys.argv[1]), skip_flags=flags, basepath=settings.config_path)
sys.exit(not passed)
"""
kernel = """
import sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient
f = Path(sys.argv[1])
nb = nbformat.read(f, as_version=4)
nb.cells = [c for c in nb.cells if 'nbdev_export(' not in c.source and 'eval: false' not in c.source]
where = dict(metadata=dict(path=str(f.parent)))
NotebookClient(nb, timeout=300, kernel_name='python3', resources=where).execute()
"""
flag = re.compile(r'^\s*"#\|\s*(slow|weights|gpu|notest)\b', re.M)

def notebooks()->list:
    "Every notebook, in the order of the rooms"
    order = [r for r in layers.rooms if r not in ('experiments', 'all')]
    found = [f for f in (root/'nbs').rglob('*.ipynb')
             if not any(p[0] in '._' for p in f.relative_to(root).parts)]
    return sorted(found, key=lambda f: (order.index(f.parent.name) if f.parent.name in order else len(order),
                                        f))

def is_journey(f:Path)->bool:
    return f.parent.name=='tutorials' or f.parent.name=='nbs' and f.stem in ('index','start')

def run(f:Path, slow:bool=False)->tuple: # notebook, seconds, what went wrong ('' when nothing)
    "Run one notebook; with `slow`, its slow cells too"
    journey,start = is_journey(f),time.time()
    # several run at once: threads that wait for each other by spinning would take the processors away
    threads = dict(OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')
    env = threads | os.environ | dict(MPLBACKEND='agg', IMGQA_OFFLINE='1', PYTHONPATH=str(root),
                                      PYTHONWARNINGS='ignore::DeprecationWarning')
    if journey:
        env.pop('IMGQA_DATA', None)
        env.pop('MPLBACKEND')
    limit = 120 if journey else 600
    if slow: limit = 3600
    call = [sys.executable, '-c', kernel if journey else nbdev, str(f), *(['slow'] if slow else [])]
    with tempfile.TemporaryDirectory(prefix='imgqa-test-', ignore_cleanup_errors=True) as tmp:
        env['TMPDIR'] = tmp   # what a lesson leaves behind goes with it
        try: r = subprocess.run(call, cwd=root, env=env, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired: return f, time.time()-start, f'stopped after {limit} s'
    said = (r.stdout[-2000:] + r.stderr[-6000:]).strip() or f'exit status {r.returncode}'
    return f, time.time()-start, said if r.returncode else ''

def skipped(files:list)->dict: # flag → cells
    "How many cells do the flags leave out?"
    res = {}
    for f in files:
        if not is_journey(f):
            for k in flag.findall(f.read_text(encoding='utf-8')): res[k] = res.get(k, 0)+1
    return res

def run_all(files:list, slow:bool=False)->list: # problems, one list for each notebook
    "Run the notebooks, as many at once as there are processors (2 to 4)"
    res = []
    # a background job ignores Ctrl-C, and its children would too
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ThreadPoolExecutor(max(2, min(4, os.cpu_count() or 2))) as pool:
        for f,seconds,error in pool.map(partial(run, slow=slow), files):
            print(f'      {"FAILED" if error else "ok":6} {seconds:6.1f} s  '
                  f'{f.relative_to(root/"nbs").as_posix()}', flush=True)
            if error: print(re.sub('^', '        ', error, flags=re.M), flush=True)
            res.append([error] if error else [])
    left = skipped(files)
    if slow: left.pop('slow', None)
    if left: print('      not run: ' + ', '.join(f'{n} cells flagged {k}' for k,n in sorted(left.items())))
    return res

if __name__=='__main__':
    slow = '--slow' in sys.argv[1:]
    files = [Path(a).resolve() for a in sys.argv[1:] if a != '--slow'] or notebooks()
    if slow: files = [f for f in files if skipped([f]).get('slow')]
    sys.exit(any(run_all(files, slow)))
