"The whole check, in order, with its times: `make test`. The last line counts what really ran."
import subprocess, sys, time, traceback
from pathlib import Path
import docs, hygiene, imports, in_step, layers, names, notebook_tests, stage_docs, style

root = Path(__file__).resolve().parent.parent

def run(*cmd)->list: # what it said, when it failed
    "Run a program in the repository"
    r = subprocess.run(cmd, cwd=root, capture_output=True, text=True)
    return [(r.stdout+r.stderr).strip()] if r.returncode else []

def lint()->list:
    return run(sys.executable, '-m', 'ruff', 'check', '--quiet', '--no-cache', '--isolated', '--select',
               'E9,F63,F7,F82', 'imgqa_nb', 'tools', 'setup.py')

def git_status():
    return subprocess.run(['git', 'status', '--porcelain'], cwd=root, capture_output=True, text=True).stdout

def tally(name:str, check)->bool: # did it pass?
    "Run one check, and say how it went"
    start = time.time()
    try: bad = check()
    except SystemExit as e: bad = [str(e)]
    except Exception: bad = [traceback.format_exc()]
    print(f'{"ok" if not bad else "FAILED":6} {time.time()-start:6.1f} s  {name}', flush=True)
    for b in bad: print('      ' + b.replace('\n', '\n      '), flush=True)
    return not bad

def main()->int: # exit status
    start,tree = time.time(),git_status()
    diff = {}
    def made(kind): return lambda: in_step.problems(kind, diff or diff.update(in_step.differences()) or diff)
    checks = {'notebooks are clean': made('notebooks'),
              'library is what the notebooks export': made('library'),
              'README.md is what nbs/index.ipynb makes': made('readme'),
              'rooms import only from rooms above': layers.problems,
              'no undefined names (ruff)': lint,
              'every module imports with the base package alone': imports.import_problems,
              'import imgqa_nb and imgqa --help are light': imports.light_problems,
              'notebooks and samples are small': hygiene.size_problems,
              'every public name and parameter is documented':
                  lambda: stage_docs.undocumented(stage_docs.Site()),
              'every name that is imported exists': names.problems, 'code is readable: width, statements, '
              'nesting': style.strict_problems,
              'no path, host or index of one machine': hygiene.leak_problems,
              'links to files lead somewhere': hygiene.link_problems,
              'nothing is loaded or run unsafely': hygiene.unsafe_problems}
    results = [tally(*c) for c in checks.items()]
    print('\nThe notebooks run (nbdev_test; tutorials in a fresh kernel)', flush=True)
    results += [not bad for bad in notebook_tests.run_all(notebook_tests.notebooks())]
    print()
    results.append(tally('the documentation builds, and its links lead somewhere', docs.build_problems))
    results.append(tally('the tree is as it was before',
                         lambda: [] if git_status()==tree else [f'now:\n{git_status()}']))
    print(f'\n{time.time()-start:.0f} s\n{sum(results)} passed, {len(results)-sum(results)} failed',
          flush=True)
    return not all(results)

if __name__=='__main__': sys.exit(main())
