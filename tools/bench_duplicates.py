"""How well and how fast are duplicates found? `make bench`, or `python tools/bench_duplicates.py [--million]`

Ours and imagededup's PHash and DHash (their default: 10 bits) on the same files in one run, one thread each:

- **real**: imagededup's own test images (the truth is in the names: one `ukbench` number, one picture) and
  PDQ's bridge (one photo under 11 edits and in 8 positions, 7 others), from `IMGQA_DATA`;
- **edited**: photos, each in eight more versions whose edit is known (smaller, JPEG 15, brighter, 4 % cut
  off, mirrored, turned, blurred, a logo).

Precision, recall and F1 are of pairs. Times are processor time, which other programs hardly change; images
are read, decoded and hashed. Then the search alone, among random hashes: all pairs within 8 bits. Where
imagededup cannot be installed, its two hashes are computed as its source says, for the figures of pairs
only."""
import argparse, json, os, subprocess, sys, tempfile, time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bench = root/'.bench'
IMAGEDEDUP = 'imagededup==0.3.3'
SUFFIXES = ('.jpg', '.jpeg', '.png', '.webp', '.bmp', '.tiff', '.gif', '.pgm', '.ppm', '.pbm')

def cpu():
    "Seconds of this process and of those that it started and that ended"
    return sum(os.times()[:4])

def run_ours(files, numbers, radius):
    import cv2
    import numpy as np
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.vision.duplicates import duplicate_pairs, near_values
    from imgqa_nb.vision.hashing import hashes
    cv2.setNumThreads(1)
    hashes(np.zeros((64, 64), np.uint8))
    start = cpu()
    rows = [hashes(Frame.open(f, colour=False).view) for f in files]
    encode, out = cpu()-start, {}
    columns = [[r[k] for r in rows] for k in ('phash', 'dhash', 'dhash_vertical')]
    for name,turns in (('ours', True), ('ours, not turned', False)):
        start = cpu()
        pairs = duplicate_pairs(*columns, turns=turns, threads=1)
        out[name] = dict(encode=encode, search=cpu()-start, pairs=pairs[['i', 'j']].to_numpy().tolist())
    h = np.unique(np.array([int(x, 16) for x in numbers], np.uint64))
    start = cpu()
    found = near_values(h, radius, threads=1)
    return out | dict(search=dict(n=len(h), seconds=cpu()-start, pairs=len(found[0])))

def near(codes, radius):
    "All pairs of hashes within `radius` bits"
    import numpy as np
    d = np.bitwise_count(codes[:, None] ^ codes[None])
    return np.argwhere(np.triu(d <= radius, 1)).tolist()

def run_documented(files, numbers, radius):
    "imagededup 0.3.3's hashes, as its source computes them, compared by brute force within 10 bits"
    import numpy as np
    from PIL import Image
    from scipy.fftpack import dct
    def load(f, size):
        im = Image.open(f)
        if im.mode != 'RGB': im = im.convert('RGBA').convert('RGB')
        return np.asarray(im.resize(size, Image.Resampling.LANCZOS).convert('L')).astype(np.uint8)
    def phash(f):
        low = dct(dct(load(f, (32, 32)).astype(float), axis=0), axis=1)[:8, :8]
        return low >= np.median(low.ravel()[1:])
    def dhash(f):
        a = load(f, (9, 8)).astype(int)
        return a[:, :-1] > a[:, 1:]
    out = {}
    for name,hash_of in (('PHash (as documented)', phash), ('DHash (as documented)', dhash)):
        bits = np.array([np.packbits(hash_of(f)) for f in files])
        out[name] = dict(pairs=near(bits.view(np.uint64).ravel(), 10))
    return out

def run_imagededup(files, numbers, radius):
    import types
    stub = types.ModuleType('imagededup.methods.cnn')   # its import asks the network for weights
    stub.CNN = object
    sys.modules['imagededup.methods.cnn'] = stub
    from imagededup.methods import DHash, PHash
    out = {}
    for name,cls in (('imagededup PHash', PHash), ('imagededup DHash', DHash)):
        m = cls()
        m.encode_image(image_file=files[0])
        start = cpu()
        codes = {str(i): m.encode_image(image_file=f) for i,f in enumerate(files)}
        encode, start = cpu()-start, cpu()
        found = m.find_duplicates(encoding_map={k: c for k,c in codes.items() if c}, num_dist_workers=0)
        pairs = set()
        for a,bs in found.items(): pairs.update(tuple(sorted((int(a), int(b)))) for b in bs)
        out[name] = dict(encode=encode, search=cpu()-start, pairs=sorted(pairs))
    start = cpu()
    maps = {str(i): x for i,x in enumerate(dict.fromkeys(numbers))}
    m = PHash(verbose=False)
    found = m.find_duplicates(encoding_map=maps, max_distance_threshold=radius, num_dist_workers=0)
    return out | dict(search=dict(n=len(maps), seconds=cpu()-start, pairs=sum(map(len, found.values()))//2))

def real():
    "(path, picture) of the duplicates that others collected"
    data = os.environ.get('IMGQA_DATA')
    if not data: return
    for p in sorted((Path(data)/'near_duplicates').rglob('*')):
        if p.suffix.lower() not in SUFFIXES or 'corrupt' in p.name: continue
        yield str(p), 'ukbench00120' if p.stem == 'alpha_channel_image' else p.stem.split('_')[0]
    for p in sorted((Path(data)/'pdq_bridge').rglob('*.jpg')):
        yield str(p), p.stem if 'labelme' in p.parent.name else 'bridge'

def edits():
    "What is done to each photo"
    import cv2, numpy as np
    from imgqa_nb.synthetic.samples import degrade
    def cut(a):
        h, w = a.shape[:2]
        return a[round(.04*h):round(.96*h), round(.04*w):round(.96*w)]
    def logo(a):
        a = a.copy()
        a[:a.shape[0]//10, :a.shape[1]//4] = 255
        return a
    def smaller(a): return cv2.resize(a, None, fx=.4, fy=.4, interpolation=cv2.INTER_AREA)
    return (lambda a: a, smaller, lambda a: degrade(a, 'jpeg', 15), lambda a: degrade(a, 'bright', 40), cut,
            lambda a: a[:, ::-1], np.rot90, lambda a: degrade(a, 'gaussian_blur', 3.), logo)

def edited(folder):
    "(path, picture) of photos and their edits, written into `folder`"
    import cv2, numpy as np
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.synthetic.samples import photos
    data = os.environ.get('IMGQA_DATA')
    files = sorted((Path(data)/'coco128'/'images').rglob('*.jpg')) if data else []
    frames = [Frame.open(f).rgb for f in files] or [f.rgb for f in photos('photo', 'other').values()]
    for n,a in enumerate(frames):
        for k,edit in enumerate(edits()):
            f = Path(folder)/f'{n:03}_{k}.jpg'
            cv2.imwrite(str(f), np.ascontiguousarray(edit(a))[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
            yield str(f), n

def other_python():
    "A Python that has imagededup, or None with a message"
    py = bench/'imagededup'/'bin'/'python'
    if py.exists(): return str(py)
    try:
        for command in ([sys.executable, '-m', 'venv', '--clear', bench/'imagededup'],
                        [py, '-m', 'pip', 'install', '--quiet', IMAGEDEDUP]):
            subprocess.run(command, check=True, capture_output=True, text=True)
        return str(py)
    except (subprocess.CalledProcessError, OSError) as e:
        print(f'{IMAGEDEDUP} cannot be installed: {str(getattr(e, "stderr", e)).strip()[-300:]}')

RUNS = dict(ours=run_ours, documented=run_documented, imagededup=run_imagededup)

def contest(files, numbers, radius, python):
    "What each finds, each in a process of its own"
    out = {}
    theirs = ('imagededup', python) if python else ('documented', sys.executable)
    for who,py in (('ours', sys.executable), theirs):
        with tempfile.TemporaryDirectory() as tmp:
            given, got = Path(tmp)/'in.json', Path(tmp)/'out.json'
            given.write_text(json.dumps([files, numbers, radius]))
            command = [py, __file__, '--run', who, str(given), str(got)]
            env = os.environ | dict(OMP_NUM_THREADS='1')
            r = subprocess.run(command, capture_output=True, text=True, env=env)
            if r.returncode: raise SystemExit(f'{who} failed:\n{r.stderr[-2000:]}')
            for k,v in json.loads(got.read_text()).items(): out[f'search, {who}' if k == 'search' else k] = v
    return out

def scored(found, same):
    "Precision, recall and F1 of pairs, and the rates"
    import numpy as np
    m = np.zeros_like(same)
    i, j = np.array(found.pop('pairs'), int).reshape(-1, 2).T
    m[i, j] = True
    hit = (m & same).sum()
    found |= dict(precision=hit/max(m.sum(), 1), recall=hit/same.sum(), f1=2*hit/(m.sum()+same.sum()),
                  images=len(same))
    if 'encode' in found: found['rate'] = len(same)/found['encode']
    return {k: float(v) for k,v in found.items()}

def show(title, same, rows):
    print(f'\n{title}: {len(same)} images, {same.sum()} pairs of the same picture')
    print(f'{"":22} precision  recall     F1   images/s   search s')
    for k,v in rows.items():
        speed = f'{v["rate"]:10,.0f} {v["search"]:10.3f}' if 'rate' in v else ''
        print(f'{k:22} {v["precision"]:9.3f} {v["recall"]:7.3f} {v["f1"]:6.3f} {speed}')

def million(rng):
    "Seconds to find all pairs within 8 bits among a million hashes"
    import numpy as np
    from imgqa_nb.vision.duplicates import near_values
    h = np.unique(rng.integers(0, 2**64, 1_000_000, dtype=np.uint64))
    start = cpu()
    near_values(h, 8, threads=1)
    print(f'{"search, ours":22} {len(h):>9,} hashes {cpu()-start:8.2f} s')
    return cpu()-start

def arguments():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('--python', help='a Python that has imagededup')
    a.add_argument('--no-imagededup', action='store_true', help='do not install it')
    a.add_argument('--million', action='store_true', help='search among a million hashes, too')
    return a.parse_args()

def main():
    import numpy as np
    a, rng, results = arguments(), np.random.default_rng(0), {}
    bench.mkdir(exist_ok=True)
    python = None if a.no_imagededup else a.python or other_python()
    numbers = [f'{x:016x}' for x in rng.integers(0, 2**64, 10_000, dtype=np.uint64).tolist()]
    with tempfile.TemporaryDirectory() as tmp:
        for title,truth in (('real', list(real())), ('edited', list(edited(tmp)))):
            if not truth:
                print('IMGQA_DATA is not set: no real duplicates to measure on')
                continue
            who = np.unique([str(g) for _,g in truth], return_inverse=True)[1]
            same = np.triu(who[:, None] == who, 1)
            got = contest([f for f,_ in truth], numbers if title == 'edited' else numbers[:10], 8, python)
            searches = {k: v for k,v in got.items() if k.startswith('search')}
            rows = {k: scored(v, same) for k,v in got.items() if k not in searches}
            show(title, same, rows)
            results[title] = rows | searches
    print('\nsearch for all pairs within 8 bits, one thread')
    for k,v in searches.items(): print(f'{k:22} {v["n"]:>9,} hashes {v["seconds"]:8.2f} s')
    if a.million: results['million'] = million(rng)
    (bench/'duplicates.json').write_text(json.dumps(results, indent=1))
    print(f'\nfigures: {bench/"duplicates.json"}')

if __name__ == '__main__':
    if sys.argv[1:2] == ['--run']:
        who, given, got = sys.argv[2:5]
        Path(got).write_text(json.dumps(RUNS[who](*json.loads(Path(given).read_text()))))
    else: main()
