"""Does memory have an end, however many sizes of image come? `make bench`, or `python tools/bench_memory.py
[--sizes 5000] [--seconds 45]`

Images of as many different sizes go through the embedder, the quality network and the patch grid, each in a
process of its own on one thread. The resident memory is read after every 500 (or every tenth part of fewer);
it is flat when the last reading is within 10 % of the first. Each gets so many seconds of wall time at most,
and says how many sizes it came to. Then the speed: the same number of pixels in images of one size."""
import argparse, subprocess, sys, time
from pathlib import Path

import numpy as np

JUDGES = ('embedder', 'quality', 'patches')

def judge_of(name):
    "The function of an image that is measured"
    from imgqa_nb.models.embedded import Embedder, QualityNet
    from imgqa_nb.models.patches import patch_grid
    return dict(embedder=Embedder(), quality=QualityNet(), patches=patch_grid)[name]

def resident():
    "MB of this process in memory"
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages*4096/1e6

def sizes(n, rng, low=64, high=320):
    "n different heights and widths, by chance"
    all_of_them = rng.permutation((high - low)**2)[:n]
    return [(low + int(i)//(high - low), low + int(i)%(high - low)) for i in all_of_them]

def measure(name, n, seconds):
    "Run one judge over n sizes, and print what it took"
    rng = np.random.default_rng(0)
    judge, noise = judge_of(name), rng.integers(0, 256, 320*320*3, np.uint8)
    def image(h, w): return noise[:h*w*3].reshape(h, w, 3)
    judge(image(320, 320))
    readings, pixels, every = [], 0, max(1, min(500, n//10))
    wall, cpu = time.perf_counter(), time.process_time()
    for done,(h,w) in enumerate(sizes(n, rng), 1):
        judge(image(h, w))
        pixels += h*w
        if done % every == 0: readings.append(round(resident()))
        if time.perf_counter() - wall > seconds: break
    many = (time.process_time() - cpu)/done
    side, cpu = round((pixels/done)**.5), time.process_time()
    for _ in range(30): judge(image(side, side))
    one = (time.process_time() - cpu)/30
    grown = readings[-1]/readings[0] - 1 if len(readings) > 1 else float('nan')
    print(f'{name}: {done:,} sizes; MB after every {every}: {readings}; grown by {grown:.1%}; '
          f'{1e3*many:.1f} ms of one core an image, {1e3*one:.1f} ms where all have one size', flush=True)
    return not grown > .1

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--sizes', type=int, default=5000)
    p.add_argument('--seconds', type=float, default=45, help='for each judge')
    p.add_argument('--judge', choices=JUDGES, help='this one alone, in this process')
    args = p.parse_args()
    if not Path('/proc/self/statm').exists():
        return print('Not run: resident memory is read from /proc, which this system lacks.')
    if args.judge: return int(not measure(args.judge, args.sizes, args.seconds))
    command = [sys.executable, __file__, '--sizes', str(args.sizes), '--seconds', str(args.seconds),
               '--judge']
    failed = [j for j in JUDGES if subprocess.run([*command, j]).returncode]
    print(f'Not flat: {", ".join(failed)}' if failed else 'Flat within 10 %')
    return int(bool(failed))

if __name__ == '__main__': sys.exit(main())
