"""How fast is the tagging pass? `make bench`, or `python tools/bench_tagging.py [--quick] [--no-cleanvision]`

On one folder of JPEGs of about 512² and one of 12 megapixels, in one run, with the same number of worker
processes:

- **decode**: read every file and decode it to RGB with libjpeg-turbo (simplejpeg), in the same chunks: a bare
  loop in plain processes;
- **decode+**: the same with the memory settings of our workers (they keep the memory of one image for the
  next);
- **imgqa**: the whole tagging pass: every measure, both hashes, tags, and the results written;
- **cleanvision**: the default audit of cleanvision 0.3.7, in an environment of its own.

Each is a fresh process, timed from its start to its end. As starting Python weighs on short runs, 'running'
is the rate between a small and a large number of images. Wall time depends on what else the machine does;
processor time (of the process and its children) hardly does. Peak memory is that of all processes together,
shared pages counted once (PSS)."""
import argparse, json, os, shutil, subprocess, sys, tempfile, threading, time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bench = root/'.bench'
CLEANVISION = 'cleanvision==0.3.7'

# ---- what is measured: each runs in a process of its own ---------------------------------------------------

def decode_chunk(paths):
    import simplejpeg
    for p in paths:
        with open(p, 'rb') as f: simplejpeg.decode_jpeg(f.read(), 'RGB')
    return len(paths)

def run_decode(folder, out, workers):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    from imgqa_nb.core.source import discover
    from imgqa_nb.run.tasks import chunked
    chunks = [[t.ref.address for t in c] for c in chunked(discover(folder), workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        print(sum(pool.map(decode_chunk, chunks)))

def run_imgqa(folder, out, workers):
    from imgqa_nb.tagging.run import tag
    print(len(tag(folder, out, workers=workers, report=False, progress=False)))

def run_report(folder, out, workers):
    from imgqa_nb.tagging.run import tag
    print(len(tag(folder, out, workers=workers, report=True, progress=False)))

def run_inspect(folder, out, workers):
    from imgqa_nb.run.pipeline import inspect
    print(len(inspect(folder, out=out, workers=workers, progress=False)))

def run_cleanvision(folder, out, workers):
    from cleanvision import Imagelab
    lab = Imagelab(data_path=str(folder), verbose=False)
    lab.find_issues(n_jobs=workers, verbose=False)
    print(len(lab.issues))

def run_decode_plus(folder, out, workers):
    from imgqa_nb.run.workers import WORKER_ENVIRONMENT
    os.environ.update(WORKER_ENVIRONMENT)   # for the processes that it starts
    run_decode(folder, out, workers)

RUNS = {'decode+': run_decode_plus} | dict(decode=run_decode, imgqa=run_imgqa, report=run_report,
                                           inspect=run_inspect, cleanvision=run_cleanvision)

# ---- measuring ---------------------------------------------------------------------------------------------

def processes(pid):
    import psutil
    try:
        p = psutil.Process(pid)
        return [p, *p.children(recursive=True)]
    except psutil.Error: return []

def pss(p):
    import psutil
    try:
        m = p.memory_full_info()
        return getattr(m, 'pss', m.rss)
    except psutil.Error: return 0

def measure(name, folder, workers, python=sys.executable): # → dict
    "Run one contestant once"
    import resource
    out = tempfile.mkdtemp(prefix='out-', dir=bench)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    p = subprocess.Popen([python, __file__, '--run', name, str(folder), out, str(workers)],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = dict(all=0, one=0)
    def watch():
        while p.poll() is None:
            each = [pss(q) for q in processes(p.pid)]
            peak['all'] = max(peak['all'], sum(each))
            peak['one'] = max(peak['one'], *each[1:], 0)
            time.sleep(.1)
    t = threading.Thread(target=watch)
    t.start()
    said, err = p.communicate()
    seconds = time.perf_counter() - start
    t.join()
    shutil.rmtree(out, ignore_errors=True)
    if p.returncode: raise SystemExit(f'{name} failed:\n{err.decode()[-2000:]}')
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = r.ru_utime + r.ru_stime - before.ru_utime - before.ru_stime
    return dict(name=name, images=int(said.split()[-1]), seconds=seconds, cpu=cpu, peak_mb=peak['all']/2**20,
                worker_mb=peak['one']/2**20)

# a folder of links to the first n files of a folder; again and again if there are fewer
def first(folder, n, to):
    files, to = sorted(f for f in Path(folder).iterdir() if f.suffix.lower() == '.jpg'), Path(to)
    to.mkdir(parents=True)
    for i in range(n):
        os.symlink(files[i % len(files)].resolve(), to/f'{i//len(files):03}_{files[i % len(files)].name}')
    return to

def small_photos(work):
    data = os.environ.get('IMGQA_DATA')
    if data and (Path(data)/'biq2021/images').is_dir():
        return Path(data)/'biq2021/images', 'photos of BIQ2021, 512²'
    from imgqa_nb.synthetic.samples import make_folder
    return make_folder(work/'generated', 600, size=512), 'generated from bundled photos, 512²'

def large_photos(work, n=32):
    "JPEGs of 12 megapixels: photos enlarged, with the grain of a sensor"
    import cv2, numpy as np, simplejpeg
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.synthetic.samples import photos
    data = os.environ.get('IMGQA_DATA')
    rng = np.random.default_rng(0)
    files = sorted((Path(data)/'coco128').rglob('*.jpg'))[:n] if data else []
    frames = [Frame.open(f) for f in files] or list(photos('photo').values())
    (work/'large').mkdir()
    for i in range(n):
        im = cv2.resize(frames[i % len(frames)].rgb, (4000, 3000), interpolation=cv2.INTER_CUBIC)
        noise = cv2.resize(rng.normal(0, 3, (3000, 4000)).astype(np.float32), (4000, 3000))
        im = np.clip(im + noise[..., None], 0, 255).astype(np.uint8)
        (work/'large'/f'{i:03}.jpg').write_bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(im), quality=90,
            colorsubsampling='420'))
    return work/'large', ('coco128' if files else 'bundled photos') + ' enlarged to 4000 × 3000, quality 90'

def cleanvision_python():
    "A Python that has cleanvision, or None with a message"
    py = bench/'cleanvision'/'bin'/'python'
    if py.exists() and subprocess.run([py, '-c', 'import cleanvision'], capture_output=True).returncode == 0:
        return str(py)
    try:
        subprocess.run([sys.executable, '-m', 'venv', '--clear', bench/'cleanvision'], check=True,
                       capture_output=True)
        subprocess.run([py, '-m', 'pip', 'install', '--quiet', CLEANVISION], check=True, capture_output=True,
                       text=True)
        return str(py)
    except (subprocess.CalledProcessError, OSError) as e:
        print(f'{CLEANVISION} cannot be installed, so it is not compared: '
              f'{str(getattr(e, "stderr", e)).strip()[-300:]}')

def table(rows, columns):
    text = [[c if isinstance(c, str) else f'{c:,.{d}f}' for c,d in zip(r, (0,0,2,1,1,2,0,0))] for r in rows]
    widths = [max(len(r[i]) for r in [columns, *text]) for i in range(len(columns))]
    for r in [columns, *text]:
        print('  ' + '  '.join(c.ljust(w) if i == 0 else c.rjust(w) for i,(c,w) in enumerate(zip(r, widths))))

def compare(title, small, large, workers, python, repeats):
    "Each contestant on two folders, in turn, the best of `repeats`; returns and prints rows"
    names = ['decode', 'decode+', 'imgqa', 'report', *(['cleanvision'] if python else [])]
    tries = {}
    for k in range(repeats):   # in turn, so that a busy moment of the machine does not hit one of them alone
        for n in names:
            if n == 'cleanvision' and k: continue
            tries.setdefault(n, []).append([measure(n, f, workers,
                                                    python if n == 'cleanvision' else sys.executable)
                                                    for f in (small, large)])
    rows = []
    for n,t in tries.items():
        best = [{k: min(x[i][k] for x in t) for k in ('images', 'seconds', 'cpu', 'peak_mb', 'worker_mb')}
                for i in (0, 1)]
        more = best[1]['images'] - best[0]['images']
        rows.append(best[1] | dict(name=n, running=more/max(best[1]['seconds'] - best[0]['seconds'], 1e-9),
                                   running_cpu_ms=1e3*max(best[1]['cpu'] - best[0]['cpu'], 0)/more))
    print(f'\n{title}; {workers} workers')
    table([[r['name'], r['images'], r['seconds'], r['images']/r['seconds'], r['running'], r['running_cpu_ms'],
            r['peak_mb'], r['worker_mb']] for r in rows],
          ['', 'images', 'seconds', 'images/s', 'running/s', 'CPU ms/image', 'peak MB', 'one worker MB'])
    return rows

def goals(what, rows):
    "Against the goals: 60 % of bare decode, 5 times cleanvision"
    by = {r['name']: r for r in rows}
    ours, out = by['imgqa'], {}
    for floor in ('decode', 'decode+'):
        out[f'of {floor}, running'] = ours['running']/by[floor]['running']
        out[f'of {floor}, processor time'] = by[floor]['running_cpu_ms']/ours['running_cpu_ms']
    if theirs := by.get('cleanvision'):
        out['times cleanvision, whole run'] = theirs['seconds']/ours['seconds']
        out['times cleanvision, running'] = ours['running']/theirs['running']
        out['times cleanvision, processor time'] = theirs['running_cpu_ms']/ours['running_cpu_ms']
    print()
    for k,v in out.items():
        goal = 5 if 'clean' in k else .6
        print(f'  {what}: {v:.2f} {k}' + ('' if 'decode+' in k else f' (goal {goal}: '
                                          f'{"reached" if v >= goal else "missed"})'))
    return out

def starts():
    "Processor seconds of `import imgqa_nb` and `imgqa --help`"
    import resource
    out = {}
    for name,code in (('import imgqa_nb', 'import imgqa_nb'), ('imgqa --help', 'import sys; '
                                                               'sys.argv=["imgqa","--help"]; from '
                                                               'imgqa_nb.apps.cli import main; main()')):
        best = (9e9, 9e9)
        for _ in range(5):
            a, t = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run([sys.executable, '-c', code], capture_output=True, check=True)
            b = resource.getrusage(resource.RUSAGE_CHILDREN)
            best = min(best, (time.perf_counter() - t, b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime))
        out[name] = dict(seconds=best[0], cpu=best[1])
        print(f'  {name}: {best[0]*1e3:.0f} ms ({best[1]*1e3:.0f} ms of processor time)')
    return out

def main():
    ap = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    ap.add_argument('--run', nargs=4, metavar=('WHAT','FOLDER','OUT','WORKERS'), help=argparse.SUPPRESS)
    ap.add_argument('--workers', type=int, default=0)
    ap.add_argument('--repeats', type=int, default=3, help='the best of so many')
    ap.add_argument('--no-cleanvision', action='store_true')
    ap.add_argument('--no-memory', action='store_true', help='leave out the 10,000 images')
    a = ap.parse_args()
    if a.run: return RUNS[a.run[0]](a.run[1], a.run[2], int(a.run[3]))
    from imgqa_nb.run.workers import cores
    workers = a.workers or cores()
    bench.mkdir(exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix='work-', dir=bench))
    try:
        python = None if a.no_cleanvision else cleanvision_python()
        photos, what = small_photos(work)
        many = 2400 if what.startswith('photos') else 1200
        result = dict(machine=dict(workers=workers, load=os.getloadavg()[0]), starts=starts())
        r = result['small'] = compare(f'{many:,} {what}', first(photos, 300, work/'s300'),
                                      first(photos, many, work/'many'), workers, python, a.repeats)
        result['small_goals'] = goals('512²', r)
        big, what = large_photos(work)
        size = sum(f.stat().st_size for f in big.iterdir())/32/1e6
        r = result['large'] = compare(f'32 {what}, {size:.1f} MB each', first(big, 8, work/'l8'), big,
                                      workers, python, a.repeats)
        result['large_goals'] = goals('12 megapixels', r)
        if not a.no_memory:
            m = result['memory'] = [measure('imgqa', first(photos, n, work/f'm{n}'), workers)
                                    for n in (1000, 10_000)]
            grown = m[1]['peak_mb'] - m[0]['peak_mb']
            print('\n' + '\n'.join(f'  {x["images"]:,} images: peak {x["peak_mb"]:.0f} MB, one worker '
                                   f'{x["worker_mb"]:.0f} MB, {x["seconds"]:.1f} s' for x in m))
            print(f'  from 1,000 to 10,000 images: {grown:+.0f} MB ({grown*1024/9000:.1f} KB an image)')
        (bench/'tagging.json').write_text(json.dumps(result, indent=2))
        print(f'\nwritten to {(bench/"tagging.json").relative_to(root)}')
    finally: shutil.rmtree(work, ignore_errors=True)

if __name__ == '__main__': main()
