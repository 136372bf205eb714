"""Test in a headless Chromium what only a browser shows: `make browser-test`, or
`python tools/browser_tests.py [word …]` for the tests whose file or name has one of the words.

Runs the functions `test_…(lab)` of every tools/browser/test_*.py; `lab` is made by tools/browser/lab.py, one
a file. One line a test, with its seconds; pictures in `_shots`. Where there is no Chromium it says so, and
passes."""
import importlib, sys, time, traceback
from pathlib import Path

here = Path(__file__).resolve().parent/'browser'
sys.path.insert(0, str(here))
import lab

def wanted(words:list)->dict: # module → its tests
    "The tests that were asked for"
    res = {}
    for f in sorted(here.glob('test_*.py')):
        module = importlib.import_module(f.stem)
        tests = [t for name,t in vars(module).items() if name.startswith('test_') and callable(t)]
        asked = [t for t in tests if not words or any(w in f'{f.stem} {t.__name__}' for w in words)]
        if asked: res[module] = asked
    return res

def run(test, bench)->bool: # did it pass?
    "Run one test, and say how it went"
    start, error, name = time.monotonic(), '', f'{test.__module__}: {test.__name__.removeprefix("test_")}'
    try:
        said = test(bench)
        bench.check()
    except lab.Skipped as e: error, said = '', f'left out: {e}'
    except Exception:
        error, said = traceback.format_exc(), ''
        if bench.page: bench.shot(f'FAILED-{test.__name__}')
        bench.problems = []
    print(f'{"FAILED" if error else "ok":6} {time.monotonic()-start:6.1f} s  {name}'
          f'{f" ({said})" if said else ""}', flush=True)
    if error: print('      ' + error.strip().replace('\n', '\n      '), flush=True)
    return not error

def main()->int: # exit status
    tests = wanted(sys.argv[1:])
    if not tests: sys.exit(f'no test of tools/browser has {" or ".join(sys.argv[1:]) or "a name"}')
    results = []
    try:
        with lab.chromium() as browser:
            for functions in tests.values():
                with lab.Lab(browser) as bench: results += [run(t, bench) for t in functions]
    except lab.Skipped as e:
        print(f'browser tests are left out: {e}')
        return 0
    print(f'{sum(results)} passed, {len(results)-sum(results)} failed; pictures: _shots')
    return not all(results)

if __name__=='__main__': sys.exit(main())
