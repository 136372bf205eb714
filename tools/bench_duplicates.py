"""How well and how fast are duplicates found? `make bench`, or `python tools/bench_duplicates.py [--python PY] [--no-imagededup] [--million]`

Ours and imagededup's PHash and DHash (their defaults: 10 bits) on the same files in one run, one thread each:

- **real**: imagededup's own test images (the truth is in the names: one `ukbench` number, one picture) and PDQ's bridge (one photo
  under 11 edits and in 8 positions, 7 others), from `IMGQA_DATA`;
- **edited**: photos, each in eight more versions whose edit is known (smaller, JPEG 15, brighter, 4 % cut off, mirrored, turned, blurred, a logo).

Precision, recall and F1 are of pairs. Times are processor time, which other programs hardly change; images are read, decoded and hashed. Then the search alone, among random hashes: all pairs within 8 bits."""
import argparse, json, os, subprocess, sys, tempfile, time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bench = root/'.bench'
IMAGEDEDUP = 'imagededup==0.3.3'

def cpu(): return sum(os.times()[:4])   # this process and those that it started and that ended

def run_ours(files, numbers, radius):
    import cv2
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.vision.duplicates import duplicate_pairs, near_values
    from imgqa_nb.vision.hashing import hashes
    import numpy as np
    cv2.setNumThreads(1)
    hashes(np.zeros((64, 64), np.uint8))
    start = cpu()
    rows = [hashes(Frame.open(f, colour=False).view) for f in files]
    encode = cpu()-start
    p, d = [r['phash'] for r in rows], [r['dhash'] for r in rows]
    out = {}
    for name,turns in (('ours', True), ('ours, not turned', False)):
        start = cpu()
        pairs = duplicate_pairs(p, d, turns=turns, threads=1)
        out[name] = dict(encode=encode, search=cpu()-start,
                         pairs=[[int(i), int(j)] for i,j in zip(pairs.i, pairs.j)])
    h = np.array([int(x, 16) for x in numbers], np.uint64)
    h = np.unique(h)
    start = cpu()
    found = near_values(h, radius, threads=1)
    return out | dict(search=dict(n=len(h), seconds=cpu()-start, pairs=len(found[0])))

def run_imagededup(files, numbers, radius):
    import types
    stub = types.ModuleType('imagededup.methods.cnn')
    stub.CNN = object
    sys.modules['imagededup.methods.cnn'] = stub   # its import asks the network for weights
    from imagededup.methods import DHash, PHash
    out = {}
    for name,cls in (('imagededup PHash', PHash), ('imagededup DHash', DHash)):
        m = cls()
        m.encode_image(image_file=files[0])
        start = cpu()
        codes = {str(i): m.encode_image(image_file=f) for i,f in enumerate(files)}
        encode = cpu()-start
        start = cpu()
        found = m.find_duplicates(encoding_map={k: c for k,c in codes.items() if c}, num_dist_workers=0)
        out[name] = dict(encode=encode, search=cpu()-start,
                         pairs=sorted({(min(int(a), int(b)), max(int(a), int(b))) for a,
                                       bs in found.items() for b in bs}))
    start = cpu()
    found = PHash(verbose=False).find_duplicates(encoding_map={str(i): x for i,
                                                               x in enumerate(dict.fromkeys(numbers))},
                                                               max_distance_threshold=radius,
                                                               num_dist_workers=0)
    return out | dict(search=dict(n=len(set(numbers)), seconds=cpu()-start,
                                  pairs=sum(map(len, found.values()))//2))

def real():
    data = os.environ.get('IMGQA_DATA')
    if not data: return
    for p in sorted((Path(data)/'near_duplicates').rglob('*')):
        if p.suffix.lower() in ('.jpg','.jpeg','.png','.webp','.bmp','.tiff','.gif','.pgm','.ppm',
                                '.pbm') and 'corrupt' not in p.name:
            yield str(p), 'ukbench00120' if p.stem == 'alpha_channel_image' else p.stem.split('_')[0]
    for p in sorted((Path(data)/'pdq_bridge').rglob('*.jpg')):
        yield str(p), p.stem if 'labelme' in p.parent.name else 'bridge'

def edited(folder):
    import cv2, numpy as np
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.synthetic.samples import degrade, photos
    data = os.environ.get('IMGQA_DATA')
    files = sorted((Path(data)/'coco128'/'images').rglob('*.jpg')) if data else []
    frames = [Frame.open(f).rgb for f in files] or [f.rgb for f in photos('photo', 'other').values()]
    def cut(a):
        h, w = a.shape[:2]
        return a[round(.04*h):round(.96*h), round(.04*w):round(.96*w)]
    def logo(a):
        a = a.copy()
        a[:a.shape[0]//10, :a.shape[1]//4] = 255
        return a
    edits = (lambda a: a, lambda a: cv2.resize(a, None, fx=.4, fy=.4, interpolation=cv2.INTER_AREA),
             lambda a: degrade(a, 'jpeg', 15), lambda a: degrade(a, 'bright', 40), cut,
             lambda a: a[:, ::-1], np.rot90, lambda a: degrade(a, 'gaussian_blur', 3.), logo)
    for n,a in enumerate(frames):
        for k,edit in enumerate(edits):
            f = Path(folder)/f'{n:03}_{k}.jpg'
            cv2.imwrite(str(f), np.ascontiguousarray(edit(a))[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
            yield str(f), n

def other_python():
    "A Python that has imagededup, or None with a message"
    py = bench/'imagededup'/'bin'/'python'
    if py.exists(): return str(py)
    try:
        subprocess.run([sys.executable, '-m', 'venv', '--clear', bench/'imagededup'], check=True,
                       capture_output=True)
        subprocess.run([py, '-m', 'pip', 'install', '--quiet', IMAGEDEDUP], check=True, capture_output=True,
                       text=True)
        return str(py)
    except (subprocess.CalledProcessError, OSError) as e:
        print(f'{IMAGEDEDUP} cannot be installed, so it is not compared: '
              f'{str(getattr(e, "stderr", e)).strip()[-300:]}')

def contest(files, numbers, radius, python):
    out = {}
    for who,py in (('ours', sys.executable), ('imagededup', python)):
        if not py: continue
        with tempfile.TemporaryDirectory() as tmp:
            given, got = Path(tmp)/'in.json', Path(tmp)/'out.json'
            given.write_text(json.dumps([files, numbers, radius]))
            r = subprocess.run([py, __file__, '--run', who, str(given), str(got)], capture_output=True,
                               text=True, env=os.environ | dict(OMP_NUM_THREADS='1'))
            if r.returncode: raise SystemExit(f'{who} failed:\n{r.stderr[-2000:]}')
            out |= {f'search, {who}' if k == 'search' else k: v for k,
                    v in json.loads(got.read_text()).items()}
    return out

def main():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('--python')
    a.add_argument('--no-imagededup', action='store_true')
    a.add_argument('--million', action='store_true')
    a = a.parse_args()
    import numpy as np
    bench.mkdir(exist_ok=True)
    python = None if a.no_imagededup else a.python or other_python()
    rng = np.random.default_rng(0)
    results = {}
    numbers = [f'{x:016x}' for x in rng.integers(0, 2**64, 10_000, dtype=np.uint64).tolist()]
    with tempfile.TemporaryDirectory() as tmp:
        for title,truth in (('real', list(real())), ('edited', list(edited(tmp)))):
            if not truth:
                print('IMGQA_DATA is not set: no real duplicates to measure on')
                continue
            files, who = [f for f,_ in truth], np.unique([str(g) for _,g in truth], return_inverse=True)[1]
            same = np.triu(who[:, None] == who, 1)
            got = contest(files, numbers if title == 'edited' else numbers[:10], 8, python)
            print(f'\n{title}: {len(files)} images, {same.sum()} pairs of the same picture\n{"":20} '
                  'precision  recall     F1   images/s   search s')
            for k,v in got.items():
                if k.startswith('search'): continue
                m = np.zeros_like(same)
                ij = np.array(v['pairs']).reshape(-1, 2)
                m[ij[:, 0], ij[:, 1]] = True
                hit = (m & same).sum()
                v |= dict(precision=hit/max(m.sum(), 1), recall=hit/same.sum(), f1=2*hit/(m.sum()+same.sum()),
                          images=len(files), rate=len(files)/v['encode'])
                v.pop('pairs')
                print(f'{k:20} {v["precision"]:9.3f} {v["recall"]:7.3f} {v["f1"]:6.3f} {v["rate"]:10,.0f} '
                      f'{v["search"]:10.3f}')
            results[title] = {k: {x: float(y) for x,y in v.items()} for k,v in got.items()}
    print('\nsearch for all pairs within 8 bits, one thread')
    for k,v in got.items():
        if k.startswith('search'): print(f'{k:20} {v["n"]:>9,} hashes {v["seconds"]:8.2f} s')
    if a.million:
        from imgqa_nb.vision.duplicates import near_values
        h = np.unique(rng.integers(0, 2**64, 1_000_000, dtype=np.uint64))
        start = cpu()
        near_values(h, 8, threads=1)
        s = cpu()-start
        print(f'{"search, ours":20} {len(h):>9,} hashes {s:8.2f} s')
        results['million'] = s
    (bench/'duplicates.json').write_text(json.dumps(results, indent=1))
    print(f'\nfigures: {bench/"duplicates.json"}')

if __name__ == '__main__':
    if sys.argv[1:2] == ['--run']:
        files, numbers, radius = json.loads(Path(sys.argv[3]).read_text())
        Path(sys.argv[4]).write_text(json.dumps(dict(ours=run_ours,
                                                     imagededup=run_imagededup)[sys.argv[2]](files, numbers,
                                                         radius)))
    else: main()
