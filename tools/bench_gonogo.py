"""How fast and how good is the go/no-go judge? `make bench`, or `python tools/bench_gonogo.py [--references
30] [--new 200] [--size 256] [--no-anomalib]`

Ours and anomalib's PatchCore on the same files in one run, each in a process of its own that may use one core
and one thread:

- **ours**: `PartJudge` with anomaly maps and without;
- **PatchCore, ResNet-18**: anomalib's usual choice for speed (layers 2 and 3, a coreset of 10 %, 9
  neighbours), eager and in OpenVINO as anomalib exports it. Its weights are random, as published ones are not
  fetched: that does not change its speed, but says nothing of how good it is, so its AUROC is not shown;
- **PatchCore, our network**: anomalib's memory bank, coreset and scores on the maps of our embedded network;
- **PatchCore, SqueezeNet**: on a network with genuine ImageNet weights, where IMGQA_DATA has them.

The speed is that of generated rings, JPEGs of 256², the input size of anomalib; with another --size, anomalib
takes that size too. A file is read, decoded and judged. PatchCore with ResNet-18 judges 1 or 16 images at a
time, and the faster counts; all others 1. Networks compute in f32; where the processor has matrix units for
bf16, which OpenVINO takes there unasked, both sides are shown in bf16, too. anomalib is called without its
training loop, which would only add to its time; it has no score without the map. Times are processor time,
which other programs hardly change, except 'wall'.

The AUROC is that of new images, good against bad: of generated parts, and of the folders casting and
scratch_text of IMGQA_DATA. Of these, half of the groups of like images give the references and the other half
the new images. There, anomalib scales images to 256², as is its habit; ours takes them as they are. Only ours
can use references that are bad; it is shown with and without them."""
import argparse, json, os, subprocess, sys, tempfile, time
from importlib.metadata import version
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bench = root/'.bench'
ANOMALIB = 'anomalib==2.7.0'

# ---- contestants: each fits references and judges new images -----------------------------------------------

class Clock:
    def __enter__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self
    def __exit__(self, *_): self.wall, self.cpu = time.perf_counter()-self.wall, time.process_time()-self.cpu

def peak_mb():
    "Memory at its highest so far"
    try:
        return int(next(l for l in Path('/proc/self/status').read_text().splitlines()
                        if l.startswith('VmHWM')).split()[1])/1024
    except (OSError, StopIteration):
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/(2**20 if sys.platform == 'darwin'
            else 1024)

def figures(fit, judge, scores, maps, masks, **more):
    n = len(scores)
    out = dict(fit=fit.cpu, fit_wall=fit.wall, rate=n/judge.cpu, rate_wall=n/judge.wall, peak_mb=peak_mb(),
               scores=[float(s) for s in scores]) | more
    return out | (dict(pixels=pixel_auroc(maps, masks)) if masks and maps else {})

def pixel_auroc(maps, masks):
    "Over all pixels of all images, every fourth in each direction"
    import cv2, numpy as np
    from sklearn.metrics import roc_auc_score
    truth = [cv2.imread(m, cv2.IMREAD_GRAYSCALE)[::4, ::4] > 127 for m in masks]
    return float(roc_auc_score(np.concatenate([t.ravel() for t in truth]),
                               np.nan_to_num(np.concatenate([m.ravel() for m in maps]))))

def run_ours(go, ng, new, masks=None, maps=True, precision='f32', **_):
    import cv2
    from imgqa_nb.core.frame import Frame
    from imgqa_nb.gonogo.judge import PartJudge
    from imgqa_nb.models.embedded import Embedder
    cv2.setNumThreads(1)
    Embedder().maps(Frame.open(go[0]))   # the network is loaded
    with Clock() as fit:
        judge = PartJudge(maps=maps, precision=precision)
        judge.fit([*go, *ng], ['GO']*len(go) + ['NG']*len(ng), progress=False)
    one = judge.judge_and_map if maps else lambda f: (judge.judge(f), None)
    for p in new[:5]: one(Frame.open(p))
    said, pictures = [], []
    with Clock() as t:
        for p in new:
            v, m = one(Frame.open(p))
            said.append(v)
            if m is not None: pictures.append(m[::4, ::4].copy())
    return figures(fit, t, [v['score'] for v in said], pictures, masks, verdicts=[v['verdict'] for v in said])

def our_maps(layers):
    "Our network in the place of anomalib's: batches of 0–1 in, two maps out"
    import numpy as np, torch
    from imgqa_nb.models.embedded import Embedder
    net = Embedder(threads=1)
    class Extractor(torch.nn.Module):
        def forward(self, x):
            pixels = (x*255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
            return {k: torch.from_numpy(np.stack(m)) for k,m in zip(layers, zip(*map(net.maps, pixels)))}
    return Extractor()

def squeezenet(weights):
    import torch, torchvision
    net = torchvision.models.squeezenet1_0(weights=None)
    net.load_state_dict(torch.load(weights, weights_only=True, map_location='cpu'))
    return net.eval()

def compiled(model, x, precision):
    "anomalib's model in OpenVINO, one thread"
    import openvino as ov, torch
    class Outputs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model
        def forward(self, x):
            o = self.model(x)
            return o.pred_score, o.anomaly_map
    net = ov.Core().compile_model(ov.convert_model(Outputs().eval(), example_input=x), 'CPU',
                                  dict(INFERENCE_NUM_THREADS=1, NUM_STREAMS=1,
                                       INFERENCE_PRECISION_HINT=precision))
    return lambda x: [torch.from_numpy(a.copy()) for a in net(x.numpy()).values()]

def heap_limit(mb):
    """From which size on memory is returned as soon as it is free (glibc). Without it, anomalib's
    coreset leaves holes in the heap that nothing fits in, and takes up to a hundred gigabytes for
    arrays of just under 32 MB, from where on this is glibc's own habit. In a small test this made
    its fit a quarter slower"""
    import ctypes
    try: ctypes.CDLL(None).mallopt(-3, mb << 20)
    except (AttributeError, OSError, TypeError): pass

def patchcore(network, size, weights):
    "anomalib's model, and how it prepares an image"
    import torch
    from anomalib.models.image.patchcore.lightning_model import Patchcore
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel
    resize, normalise = Patchcore.configure_pre_processor((size, size)).transform.transforms
    if network == 'squeezenet':
        mean = torch.tensor([104., 117, 123]).view(3, 1, 1)   # of blue, green, red
        return PatchcoreModel(['features.10', 'features.12'],
                              # the strides of ResNet's layers: 8 and 16
                              squeezenet(weights)), lambda x: resize(x).flip(0)*255 - mean
    model = PatchcoreModel(layers := ['layer2', 'layer3'], 'resnet18', pre_trained=False)
    if network == 'ours': model.feature_extractor = our_maps(layers)
    return model, resize if network == 'ours' else lambda x: normalise(resize(x))

def run_anomalib(go, new, network, masks=None, size=256, openvino=False, weights=None, batches=(1,),
                 precisions=('f32',), **_):
    import logging, torch, warnings
    warnings.filterwarnings('ignore')
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    from anomalib.data.utils import read_image
    from anomalib.models.components.sampling import k_center_greedy
    k_center_greedy.tqdm = lambda it, **_: it   # quiet
    model, prepare = patchcore(network, size, weights)
    def batch(files): return torch.stack([prepare(read_image(f, as_tensor=True)) for f in files])
    def eager(x):
        o = model(x)
        return o.pred_score, o.anomaly_map
    best, rates = None, {}
    with torch.inference_mode():
        model.train()
        model.feature_extractor.eval()
        model(batch(go[:2]))
        model.embedding_store.clear()   # warm
        heap_limit(4)
        with Clock() as fit:
            for i in range(0, len(go), 16): model(batch(go[i:i+16]))
            model.subsample_embedding(.1)
        model.eval()
        heap_limit(32)
        judges = [compiled(model, batch(new[:1]), p) for p in precisions] if openvino else [eager]
        kinds = [(p, j, n) for p,j in zip(precisions, judges) for n in batches]
        for p,judge,n in kinds:   # images at a time; the faster counts
            judge(batch(new[:n]))
            scores, maps = [], []
            with Clock() as t:
                for i in range(0, len(new), n):
                    s, m = judge(batch(new[i:i+n]))
                    scores += s.reshape(-1).tolist()
                    maps += [a[0, ::4, ::4].clone().numpy() for a in m]
            rates[p] = max(rates.get(p, 0), len(new)/t.cpu)
            if best is None or (len(precisions) == 1 and t.cpu < best[0]):
                best = t.cpu, figures(fit, t, scores, maps, masks, batch=n,
                                      bank=list(model.memory_bank.shape))
    best[1]['rates'] = rates
    return best[1]

RUNS = dict(ours=run_ours, anomalib=run_anomalib)

# ---- the peer's environment --------------------------------------------------------------------------------

def anomalib_python():
    "A Python that has anomalib, at the versions of constraints.txt, and our network; or None with a message"
    py = bench/'anomalib'/'bin'/'python'
    if py.exists() and subprocess.run([py, '-c', 'import importlib.metadata as m, imgqa_nb; assert '
                                                 f'm.version("anomalib") == "{ANOMALIB[10:]}"'],
                                                 capture_output=True).returncode == 0:
        return str(py)
    what = ['install', '--quiet', '--constraint', str(root/'constraints.txt'), ANOMALIB, '--editable',
            str(root)]
    def run(*command, **env):
        return subprocess.run(command, check=True, capture_output=True, text=True,
                              env=os.environ | env).stdout.strip()
    try:
        run(sys.executable, '-m', 'venv', '--clear', bench/'anomalib')
        try:   # uv links what .venv has already, torch above all, and does not read pip's settings
            index = subprocess.run([sys.executable, '-m', 'pip', 'config', 'get', 'global.index-url'],
                                   capture_output=True, text=True).stdout.strip()
            index = os.environ.get('PIP_INDEX_URL') or index
            env = dict(UV_DEFAULT_INDEX=index) if index and not {'UV_DEFAULT_INDEX',
                'UV_INDEX_URL'} & set(os.environ) else {}
            if 'PIP_CERT' in os.environ:
                env |= dict(SSL_CERT_FILE=os.environ.get('SSL_CERT_FILE', os.environ['PIP_CERT']))
            run(sys.executable, '-m', 'uv', 'pip', what[0], '--python', py, *what[1:], **env)
        except subprocess.CalledProcessError: run(py, '-m', 'pip', *what)
        return str(py)
    except (subprocess.CalledProcessError, OSError) as e:
        print(f'{ANOMALIB} cannot be installed, so it is not compared: '
              f'{str(getattr(e, "stderr", e)).strip()[-300:]}')

# ---- images ------------------------------------------------------------------------------------------------

def parts(folder, n, new, size):
    "Generated rings; half of the new ones with a defect"
    import pandas as pd
    from imgqa_nb.synthetic.parts import part_folder
    f = part_folder(Path(folder)/f'parts{size}', n, n, new, size=size)
    t = pd.read_csv(f/'labels.csv')
    listed = lambda d: sorted(map(str, (f/d).iterdir()))
    return dict(go=listed('GO'), ng=listed('NG'), new=[str(f/'new'/i) for i in t.image],
                masks=[str(f/'masks'/Path(i).with_suffix('.png')) for i in t.image],
                size=size), (t.label == 'NG').to_numpy(), None

def labelled(folder, good, n, new):
    "References from half of the groups, new images from the other half"
    import numpy as np, pandas as pd
    t = pd.read_csv(folder/'labels.csv').sample(frac=1, random_state=0)
    groups = np.random.default_rng(0).permutation(t.group.unique())
    t['bad'], first = t.label != good, t.group.isin(groups[:len(groups)//2])
    take = lambda rows, bad, n: rows[rows.bad == bad].head(n)
    go, ng, q = take(t[first], False, n), take(t[first], True,
                                               n), pd.concat([take(t[~first], b, new//2)
                                                              for b in (False, True)])
    paths = lambda rows: [str(folder/i) for i in rows.image]
    return dict(go=paths(go), ng=paths(ng), new=paths(q)), q.bad.to_numpy(), q.group.to_numpy()

# ---- measuring ---------------------------------------------------------------------------------------------

def measure(who, python, given):
    "One contestant in a process of its own, on one core"
    with tempfile.TemporaryDirectory() as tmp:
        i, o = Path(tmp)/'in.json', Path(tmp)/'out.json'
        i.write_text(json.dumps(given))
        r = subprocess.run([python, __file__, '--run', who, str(i), str(o)], capture_output=True, text=True,
                           env=os.environ | {f'{k}_NUM_THREADS': '1' for k in ('OMP', 'OPENBLAS', 'MKL')})
        if r.returncode: raise SystemExit(f'{who} {given.get("network", "")} failed:\n{r.stderr[-2000:]}')
        return json.loads(o.read_text())

def has_fast_bf16():
    from imgqa_nb.models.runtime import has_fast_bf16
    return has_fast_bf16()

def contestants(python, weights, speed):
    "Name → who, and what is particular about it"
    out = {'ours': ('ours', dict(ng=[])), 'ours, without maps': ('ours', dict(ng=[], maps=False)),
           'ours, good and bad references': ('ours', {})}
    if speed and has_fast_bf16(): out['ours, bf16'] = 'ours', dict(ng=[], precision='bf16')
    precisions = ['f32', 'bf16'] if has_fast_bf16() else ['f32']
    if python:
        if speed:
            out |= {'PatchCore, ResNet-18': ('anomalib', dict(network='resnet18', batches=(1, 16))),
                    'PatchCore, ResNet-18, OpenVINO': ('anomalib', dict(network='resnet18', openvino=True,
                                                                     precisions=precisions))}
        out['PatchCore, our network'] = 'anomalib', dict(network='ours')
        if weights:
            out['PatchCore, SqueezeNet'] = 'anomalib', dict(network='squeezenet', weights=str(weights))
    return out

def speed_table(res):
    print(f'  {"":32}{"fit, s":>8}{"wall":>8}{"images/s":>10}{"wall":>8}{"peak MB":>9}')
    for k,r in res.items():
        figures = f'{r["fit"]:8.1f}{r["fit_wall"]:8.1f}{r["rate"]:10.1f}{r["rate_wall"]:8.1f}'
        figures += f'{r["peak_mb"]:9.0f}'
        bank = ''
        if 'bank' in r:
            bank = f'   {r["bank"][0]:,} × {r["bank"][1]} in the bank, {r["batch"]} at a time'
        print(f'  {k:32}{figures}{bank}')
        for p,rate in list(r.get('rates', {}).items())[1:]: print(f'  {k + ", " + p:48}{rate:10.1f}')
    for ours,p in (('ours', 'f32'), ('ours, bf16', 'bf16')):
        for k in ('PatchCore, ResNet-18', 'PatchCore, ResNet-18, OpenVINO'):
            rate = res.get(k, {}).get('rates', {}).get(p)
            if ours not in res or not rate: continue
            print(f'  {ours} with maps against {k} in {p}: fitted in {res[ours]["fit"]/res[k]["fit"]:.2f} '
                  f'of its time, {res[ours]["rate"]/rate:.2f} × its images/s')

def accuracy_table(res, bad, groups):
    from imgqa_nb.evaluate.intervals import area_estimates
    print(f'  {"":32}{"AUROC":28}{"of pixels":>10}{"good rejected":>15}{"bad rejected":>14}')
    for k,r in res.items():
        if 'ResNet-18' in k: continue   # random weights
        r['auroc'] = (a := area_estimates(bad, r['scores'], groups)[0]).to_dict()
        said = [f'{sum(v != "GO" for v,b in zip(r["verdicts"], bad) if b == x)/sum(bad == x):.1%}'
                for x in (False, True)] if 'verdicts' in r else ['–', '–']
        print(f'  {k:32}{a!r:28}' + (f'{r["pixels"]:10.3f}' if 'pixels' in r else f'{"–":>10}')
              + f'{said[0]:>15}{said[1]:>14}')

def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--references', type=int, default=30, help='good ones, at least 20; PatchCore takes time '
                                                              'with their square')
    a.add_argument('--new', type=int, default=200, help='images to judge')
    a.add_argument('--size', type=int, default=256, help='of the generated parts')
    a.add_argument('--no-anomalib', action='store_true')
    a.add_argument('--no-ours', action='store_true')
    a.add_argument('--speed-only', action='store_true', help='generated parts only, without the networks '
                                                             'that are compared for their AUROC')
    a = a.parse_args()
    bench.mkdir(exist_ok=True)
    python, results = None if a.no_anomalib else anomalib_python(), {}
    data = os.environ.get('IMGQA_DATA') and Path(os.environ['IMGQA_DATA'])
    squeezenet = 'weights/squeezenet/squeezenet1_0_torchvision_decoded_fp32.pth'
    weights = data and not a.speed_only and data/squeezenet
    with tempfile.TemporaryDirectory() as tmp:
        sets = {'parts': lambda: parts(tmp, a.references, a.new, a.size)}
        if data and not a.speed_only:
            sets |= {d: lambda d=d, g=g: labelled(data/d, g, a.references, a.new) for d,
                     g in (('casting', 'GO'), ('scratch_text', 'good'))}
        for title,make in sets.items():
            given, bad, groups = make()
            speed = title == 'parts'
            who = contestants(python, weights if weights and weights.exists() else None, speed)
            res = results[title] = {k: measure(w, python if w == 'anomalib' else sys.executable,
                                               given | more) for k,(w,more) in who.items()
                                    if not (w == 'ours' and a.no_ours)
                                    and not (a.speed_only and k == 'PatchCore, our network')}
            print(f'\n{title}' + (f', JPEGs of {a.size}²' if speed else '')
                  + f': {len(given["go"])} good references ({len(given["ng"])} bad ones), {(~bad).sum()} '
                    f'good and {bad.sum()} bad images to judge; one thread')
            if speed: speed_table(res)
            if not a.speed_only: accuracy_table(res, bad, groups)
            sys.stdout.flush()
    if not data: print('\nIMGQA_DATA is not set: no real parts to judge')
    print("\nSpeed: the whole way from file to verdict and map, one thread. AUROC: 'PatchCore, our network' "
          "is anomalib's algorithm on the network that ours uses;\nPatchCore with its published weights was "
          "not run, so nothing is said of how good it is. Its threshold needs bad images, so it has no "
          "verdicts here.")
    versions = (f'{n} {version(n)}' for n in ('openvino', 'torch', 'numpy', 'opencv-python-headless'))
    print(f'{ANOMALIB}, {", ".join(versions)}, Python {sys.version.split()[0]}')
    for r in results.values():
        for v in r.values():
            v.pop('scores')
            v.pop('verdicts', None)
    (bench/'gonogo.json').write_text(json.dumps(results, indent=1))
    print(f'figures: {(bench/"gonogo.json").relative_to(root)}')

if __name__ == '__main__':
    if sys.argv[1:2] == ['--run']:
        if hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        settings = json.loads(Path(sys.argv[3]).read_text())
        Path(sys.argv[4]).write_text(json.dumps(RUNS[sys.argv[2]](**settings)))
    else: main()
