"""How fast are scratches found, and does memory have an end? `make bench`, or `python tools/bench_scratch.py
[--images 48] [--train 421] [--sizes 400]`

- **images a second** of 256²: the shipped segmenter, and a judge that was taught with forty generated
  plates; alone (`look`), and with all that a run keeps: mask, map and COCO. Beside them what a judge takes
  that runs the backbone once for the places and once more for the pixels.
- **training** of the embedded path on so many generated labels of 192², a third of them scratched, without
  masks.
- **memory** over images of as many different sizes, read ten times: it is flat when the last reading is
  within 10 % of the third.

All on one thread, in seconds of the processor, so that what else runs on the machine counts little; `two
cores` is twice the rate of one. One process each for speed, training and memory."""
import argparse, subprocess, sys, tempfile, time
from pathlib import Path

import numpy as np

PARTS = ('speed', 'training', 'memory')

def resident():
    "MB of this process in memory"
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages*4096/1e6

def taught(folder, n):
    "A judge taught with n generated plates of each kind"
    from imgqa_nb.scratch.data import open_scratch_set
    from imgqa_nb.scratch.judge import ScratchJudge
    from imgqa_nb.synthetic.scratches import scratch_folder
    return ScratchJudge(folds=5).fit(open_scratch_set(scratch_folder(folder, n, 1, 96, 'brushed')))

def two_passes(judge):
    "From an image to what `judge.look` sees, with one pass of the backbone for each of the two"
    from imgqa_nb.scratch.look import logit, look_of
    from imgqa_nb.scratch.segmenter import scratch_mask
    def look(image):
        opinion, seen = judge.classifier_(image), judge.segmenter_(image)
        a, b, c = judge.map_weights_
        probability = 1/(1 + np.exp(-(a*logit(seen) + b*opinion.map + c)))
        return look_of({}, probability, scratch_mask(probability), None)
    return look

def rate(run, images, rounds=3):
    "Images a second of one core: the best of the rounds"
    for image in images[:3]:
        run(image)
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        for image in images:
            run(image)
        best = min(best, (time.process_time() - start)/len(images))
    return 1/best

def speed(args):
    "Print rates"
    import cv2
    from imgqa_nb.scratch.judges import PlainJudge
    from imgqa_nb.scratch.look import kept_of
    from imgqa_nb.synthetic.scratches import scratch_image
    cv2.setNumThreads(1)
    images = [scratch_image(seed, 256)[0] for seed in range(args.images)]
    with tempfile.TemporaryDirectory() as tmp:
        judge, plain = taught(tmp, 20), PlainJudge()
    twice = two_passes(judge)
    runs = {'shipped': plain.look, 'shipped, with all that is kept': lambda image: kept_of(plain.look(image)),
            'trained': judge.look, 'trained, with all that is kept': lambda image: kept_of(judge.look(image)),
            'trained, two passes, with all': lambda image: kept_of(twice(image))}
    print(f'{"256²":34}{"one core":>10}{"two cores":>11}   images a second')
    for name, run in runs.items():
        found = rate(run, images)
        print(f'{name:34}{found:10.1f}{2*found:11.1f}', flush=True)
    return True

def training(args):
    "Print how long learning takes"
    from imgqa_nb.scratch.data import Sample, ScratchSet
    from imgqa_nb.scratch.judge import ScratchJudge
    from imgqa_nb.synthetic.scratches import background, draw_scratches
    import cv2
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as tmp:
        samples = []
        for i in range(args.train):
            image, bad, path = background(i, 192, 'label'), i % 3 == 0, f'{tmp}/{i}.png'
            cv2.imwrite(path, draw_scratches(image, i)[0] if bad else image)
            samples.append(Sample(path, 'bad' if bad else 'good', str(i)))
        start = time.process_time()
        ScratchJudge().fit(ScratchSet(samples))
    seconds = time.process_time() - start
    print(f'embedded path on {args.train} images of 192²: {seconds:.0f} s of one core')
    return True

def memory(args):
    "Print readings of the memory; say whether it is flat"
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as tmp:
        judge = taught(tmp, 6)
    noise, readings, every = rng.integers(0, 256, 512*512*3, np.uint8), [], max(1, args.sizes//10)
    judge.look(noise.reshape(512, 512, 3))
    for done in range(1, args.sizes + 1):
        h, w = rng.integers(60, 500, 2)
        judge.look(noise[:h*w*3].reshape(h, w, 3))
        if done % every == 0:
            readings.append(round(resident()))
    grown = readings[-1]/readings[min(2, len(readings) - 1)] - 1
    print(f'{args.sizes} sizes; MB after every {every}: {readings}; grown by {grown:.1%} since the third')
    return grown <= .1

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--images', type=int, default=48)
    p.add_argument('--train', type=int, default=421)
    p.add_argument('--sizes', type=int, default=400)
    p.add_argument('--part', choices=PARTS, help='this one alone, in this process')
    args = p.parse_args()
    if args.part: sys.exit(not globals()[args.part](args))
    if not Path('/proc/self/statm').exists():
        return print('Not run: resident memory is read from /proc, which this system lacks.')
    same = [f'--{name}={getattr(args, name)}' for name in ('images', 'train', 'sizes')]
    failed = [part for part in PARTS
              if subprocess.run([sys.executable, __file__, '--part', part, *same]).returncode]
    if failed: sys.exit(f"failed, or memory that grows: {', '.join(failed)}")

if __name__ == '__main__': main()
