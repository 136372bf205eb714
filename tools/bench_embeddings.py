"""How fast are embeddings, and are they the same? `make bench`, or `python tools/bench_embeddings.py
[--images 128] [--rounds 5]`

ResNet-50, 224², batches of 8, on the processor, all in one run on the same images; decoding and resizing left
out:

- **baseline**: a plain torchvision loop, float32, eager, batches of 8 that are normalised already;
- **torch**: ours on torch: channels_last, and bfloat16 where the processor has it;
- **OpenVINO**: ours, bytes in, embeddings out, in float32 and in bfloat16.

The rounds take turns, so that whatever else the machine does falls on all of them. The rate is the median of
the rounds; the factor is the median of the factors of each round. Beside the wall time stands processor time,
which depends less on what else runs. The cosine is that of each image's embedding to the baseline's. With the
published weights where they are on this machine, else with random ones (speed is the same; the rounding error
is checked on the genuine SqueezeNet too, where IMGQA_DATA has it)."""
import argparse, itertools, os, statistics, sys, time, warnings
from pathlib import Path

warnings.filterwarnings('ignore')
import numpy as np

def frames(n):
    "Real photos where IMGQA_DATA has them, else the bundled ones, cut into different windows"
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.synthetic.samples import photos
    from imgqa_nb.core.source import discover
    data = os.environ.get('IMGQA_DATA')
    if data:
        return [Frame.open(r) for r in itertools.islice(discover(Path(data)/'coco128'/'images'),
                                                        n)], 'photos of coco128'
    rng, few = np.random.default_rng(0), list(photos().values())
    def window(f):
        h, w = f.height*2//3, f.width*2//3
        y, x = rng.integers(f.height - h), rng.integers(f.width - w)
        return Frame.of(np.ascontiguousarray(f.rgb[y:y+h, x:x+w]))
    return [window(few[i % len(few)]) for i in range(n)], 'windows of the bundled photos'

def once(run):
    "Wall and processor seconds of a run"
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu

def compare(name, net, pre, variants, pixels, rounds):
    "Measure the baseline and its rivals in turns, and print a table"
    import torch
    mean, std = (torch.tensor(v, dtype=torch.float32).view(1, 3, 1, 1) for v in (pre.mean, pre.std))
    xs = [((torch.from_numpy(pixels[i:i+8]).permute(0, 3, 1, 2).float() - mean)/std).contiguous()
          for i in range(0, len(pixels), 8)]
    def baseline():
        with torch.inference_mode(): return torch.cat([net(x).flatten(1) for x in xs]).numpy()
    runs = {'baseline': baseline} | {k: lambda v=v: v.of_pixels(pixels) for k,v in variants.items()}
    out = {k: f() for k,f in runs.items()}   # warms up, too
    times = {k: [] for k in runs}
    for _ in range(rounds):
        for k,f in runs.items(): times[k].append(once(f))
    print(f'\n{name}\n{"":18} {"images/s":>9} {"factor":>7} {"CPU ms/image":>13} {"factor":>7}  cosine to '
          'the baseline')
    res = {}
    for k,t in times.items():
        wall, cpu = zip(*t)
        fw, fc = (statistics.median(b[i]/a[i] for a,b in zip(t, times['baseline'])) for i in (0, 1))
        c = (out[k]*out['baseline']).sum(1)/np.linalg.norm(out[k], axis=1)/np.linalg.norm(out['baseline'],
            axis=1)
        res[k] = fw, c.min()
        print(f'{k:18} {len(pixels)/statistics.median(wall):9.1f} {fw:7.2f} '
              f'{1000*statistics.median(cpu)/len(pixels):13.1f} {fc:7.2f}  least {c.min():.5f}, mean '
              f'{c.mean():.5f}')
    return res

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--images', type=int, default=128)
    p.add_argument('--rounds', type=int, default=5)
    args = p.parse_args()
    import torch
    from imgqa_nb.models.embeddings import CAFFE, IMAGENET, TorchvisionNet, torch_net
    from imgqa_nb.models.weights import find_weights, get_weights
    fs, what = frames(args.images)
    t, pixels = time.perf_counter(), np.stack([IMAGENET(f) for f in fs])
    print(f'{len(fs)} {what}; {torch.get_num_threads()} threads; resizing to {IMAGENET.crop}² takes '
          f'{1000*(time.perf_counter()-t)/len(fs):.1f} ms an image on one core (with the decoding of JPEGs)')

    torch.manual_seed(0)
    found = find_weights('resnet50')
    net = torch_net('resnet50', found)
    def ours(**kw):
        if found: return TorchvisionNet('resnet50', found, **kw)
        torch.manual_seed(0)   # the same random numbers
        return TorchvisionNet('resnet50', None, **kw)
    res = compare(f'ResNet-50, {"the published weights" if found else "random weights"}', net, IMAGENET,
                  {'torch': ours(engine='torch', precision='auto'), 'OpenVINO f32': ours(engine='openvino'),
                   'OpenVINO': ours(engine='openvino', precision='auto')}, pixels, args.rounds)
    best, cosine = res['OpenVINO']
    print(f'\nThe goal is 4 times the baseline and a cosine of 0.999: {best:.2f} times, {cosine:.5f}: '
          f'{"reached" if best >= 4 and cosine >= .999 else "not reached"}')

    weights = 'weights/squeezenet/squeezenet1_0_torchvision_decoded_fp32.pth'
    genuine = os.environ.get('IMGQA_DATA') and Path(os.environ['IMGQA_DATA'])/weights
    if genuine and genuine.exists():
        found = get_weights('squeezenet1_0', genuine)
        compare('SqueezeNet 1.0, genuine weights', torch_net('squeezenet1_0', found), CAFFE,
                {'OpenVINO': TorchvisionNet('squeezenet1_0', found, CAFFE, engine='openvino',
                                            precision='auto')}, np.stack([CAFFE(f) for f in fs]), args.rounds)
    else: print('\nNot run: the genuine SqueezeNet, which needs IMGQA_DATA.')

if __name__ == '__main__': sys.exit(main())
