"""How fast are product photos prepared? `make bench`, or `python tools/bench_background.py [--repeats N]`

Photos of 512², drawn from a seed. Each contestant is a fresh process that prepares them from the files to
pictures, masks and measures, with two workers:

- **embedded**: our network finds the product;
- **border**: the colours along the border do;
- **u2net**: rembg's own session does, on a network of U²-Net's size (44 million weights, 176 MB) that is made
  here with random weights: its masks mean nothing, its speed is U²-Net's.

Wall time depends on what else the machine does; processor time (of the process and its children) hardly
does, so rates are given as images a second of two processors, from processor time. 'whole' counts the start
of Python, the imports and the loading of networks; 'running' is the rate between few and many photos."""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bench = root/'.bench'
GOAL = 20      # images a second at 512², two processors
COUNTS = dict(embedded=(40, 240), border=(40, 240), u2net=(2, 6))   # few, many photos

# ---- U²-Net's graph, with random weights -------------------------------------------------------------------

def u2net():
    "U²-Net (Qin et al., 2020) in torch: 44 million weights"
    import torch
    from torch import nn
    import torch.nn.functional as F

    def rebnconv(a, b, apart=1):
        conv = nn.Conv2d(a, b, 3, padding=apart, dilation=apart)
        return nn.Sequential(conv, nn.BatchNorm2d(b), nn.ReLU())

    def enlarged(x, like): return F.interpolate(x, size=like.shape[2:], mode='bilinear')

    class RSU(nn.Module):
        "A small U-Net within a block: `depth` levels, or dilated ones without pooling"
        def __init__(self, depth, a, mid, b, dilated=False):
            super().__init__()
            self.dilated, apart = dilated, [1, 1, 2, 4, 8] if dilated else [1]*depth + [2]
            self.first = rebnconv(a, b)
            n = 4 if dilated else depth
            rates = apart[1:n+1] if dilated else [1]*(n - 1) + [2]
            self.down = nn.ModuleList(rebnconv(b if i == 0 else mid, mid, r) for i,r in enumerate(rates))
            rates = rates[-2::-1] if dilated else [1]*(n - 1)
            self.up = nn.ModuleList(rebnconv(2*mid, b if i == n - 2 else mid, r) for i,r in enumerate(rates))
            self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)

        def forward(self, x):
            x = self.first(x)
            seen, h = [], x
            for i,layer in enumerate(self.down):
                if i and not self.dilated and i < len(self.down) - 1: h = self.pool(h)
                h = layer(h)
                seen.append(h)
            h = seen.pop()
            for layer in self.up:
                other = seen.pop()
                h = layer(torch.cat([h if h.shape == other.shape else enlarged(h, other), other], 1))
            return h + x

    class U2Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.ModuleList([RSU(7, 3, 32, 64), RSU(6, 64, 32, 128), RSU(5, 128, 64, 256),
                RSU(4, 256, 128, 512), RSU(4, 512, 256, 512, True), RSU(4, 512, 256, 512, True)])
            self.up = nn.ModuleList([RSU(4, 1024, 256, 512, True), RSU(4, 1024, 128, 256),
                RSU(5, 512, 64, 128), RSU(6, 256, 32, 64), RSU(7, 128, 16, 64)])
            self.side = nn.ModuleList(nn.Conv2d(n, 1, 3, padding=1) for n in (64, 64, 128, 256, 512, 512))
            self.out = nn.Conv2d(6, 1, 1)
            self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)

        def forward(self, x):
            seen, h = [], x
            for i,layer in enumerate(self.down):
                h = layer(self.pool(h) if i else h)
                seen.append(h)
            decoded = [seen.pop()]
            for layer in self.up:
                other = seen.pop()
                decoded.append(layer(torch.cat([enlarged(decoded[-1], other), other], 1)))
            sides = [enlarged(s(d), x) for s,d in zip(self.side, decoded[::-1])]
            return tuple(torch.sigmoid(s) for s in (self.out(torch.cat(sides, 1)), *sides))

    torch.manual_seed(0)
    return U2Net().eval()

def u2net_file():
    "The network as rembg loads it; made once"
    folder = bench/'u2net'
    file = folder/'u2net.onnx'
    if file.is_file(): return file
    import warnings
    import torch
    folder.mkdir(parents=True, exist_ok=True)
    net = u2net()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(net, torch.zeros(1, 3, 320, 320), str(folder/'part.onnx'), opset_version=13,
                          input_names=['input.1'], output_names=[f'd{i}' for i in range(7)],
                          dynamo=False)
    (folder/'part.onnx').rename(file)
    print(f'a network of U²-Net\'s size: {sum(p.numel() for p in net.parameters()):,} weights, '
          f'{file.stat().st_size/1e6:.0f} MB')
    return file

# ---- what is measured: each runs in a process of its own ---------------------------------------------------

def run_prepare(backend, folder, out, workers):
    from imgqa_nb.background.data import prepare
    from imgqa_nb.run.options import Options
    data = prepare(folder, out, None, backend, options=Options(workers=workers, progress=False))
    print(int((data.every.status == 'ok').sum()))

def measure(backend, folder, workers):
    "Prepare a folder once, in a fresh process"
    out = tempfile.mkdtemp(prefix='out-', dir=bench)
    env = os.environ | dict(IMGQA_WEIGHTS=str(bench/'u2net'), IMGQA_OFFLINE='1', OMP_NUM_THREADS='1')
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    typed = [sys.executable, __file__, '--run', backend, str(folder), out, str(workers)]
    said = subprocess.run(typed, env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    shutil.rmtree(out, ignore_errors=True)
    if said.returncode: raise SystemExit(f'{backend} failed:\n{said.stderr[-2000:]}')
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = r.ru_utime + r.ru_stime - before.ru_utime - before.ru_stime
    return dict(name=backend, images=int(said.stdout.split()[-1]), seconds=seconds, cpu=cpu)

def first(folder, n, to):
    "The first n photos in a folder of their own"
    to.mkdir(parents=True)
    for f in sorted((folder/'images').iterdir())[:n]: shutil.copy(f, to/f.name)
    return to

def compared(photos, work, workers, repeats, only):
    "Each contestant on few and on many photos: the least processor time of `repeats`"
    rows = []
    for backend,counts in COUNTS.items():
        if only and backend not in only: continue
        folders = [first(photos, n, work/f'{backend}{n}') for n in counts]
        tries = [[measure(backend, f, workers) for f in folders] for _ in range(repeats)]
        few, many = (min((t[i] for t in tries), key=lambda r: r['cpu']) for i in (0, 1))
        assert many['images'] == counts[1], many
        running = (many['cpu'] - few['cpu'])/(counts[1] - counts[0])
        rows.append(many | dict(cpu_ms=1e3*running, running=2/running, whole=2*many['images']/many['cpu'],
                                start=few['cpu'] - running*counts[0]))
        r = rows[-1]
        print(f"  {backend:9} {r['images']:4} photos  {r['seconds']:6.1f} s  {r['cpu']:6.1f} processor s  "
              f"{r['whole']:6.1f}/s whole  {r['running']:6.1f}/s running  {r['cpu_ms']:6.0f} ms each  "
              f"start {r['start']:.1f} s", flush=True)
        kept(rows)
    return {r['name']: r for r in rows}

def kept(rows):
    "Write the figures; those of contestants that did not run this time stay"
    file = bench/'background.json'
    before = json.loads(file.read_text()) if file.is_file() else {}
    file.write_text(json.dumps(before | {r['name']: r for r in rows}, indent=2))

def main():
    ap = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    ap.add_argument('--run', nargs=4, metavar=('BACKEND', 'FOLDER', 'OUT', 'WORKERS'), help=argparse.SUPPRESS)
    ap.add_argument('--only', nargs='*', choices=COUNTS, help='some of the contestants')
    ap.add_argument('--repeats', type=int, default=2, help='the best of so many')
    a = ap.parse_args()
    if a.run: return run_prepare(*a.run[:3], int(a.run[3]))
    from imgqa_nb.synthetic.products import product_folder
    bench.mkdir(exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix='work-', dir=bench))
    try:
        if not a.only or 'u2net' in a.only: u2net_file()
        photos = product_folder(bench/'products512', max(n for _,n in COUNTS.values()), 78, 512)
        print('prepare, photos of 512², 2 workers; a second of two processors; '
              f'load {os.getloadavg()[0]:.1f}')
        rows = compared(photos, work, 2, a.repeats, a.only)
        for kind in ('whole', 'running') if 'embedded' in rows else ():
            rate = rows['embedded'][kind]
            print(f'  embedded, {kind}: {rate:.1f} a second (goal {GOAL}: '
                  f'{"reached" if rate >= GOAL else "missed"})'
                  + (f', {rate/rows["u2net"][kind]:.0f} times U²-Net' if 'u2net' in rows else ''))
        print(f'written to {(bench/"background.json").relative_to(root)}')
    finally: shutil.rmtree(work, ignore_errors=True)

if __name__ == '__main__': main()
