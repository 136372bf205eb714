"""Fuzz what reads pictures: `python tools/fuzz.py [--seconds 120] [--keep FOLDER]`; it needs atheris (`pip
install atheris`)

Random changes of small pictures of every kind, those of IMGQA_DATA/odd_files among them where they are, go
through `Frame.open` and the reader of EXIF. An `ImgqaError` or an `OSError` is an answer; any other
exception, a crash, a picture that takes 20 s or 2 GB is a finding. Findings are written to --keep, and their
bytes belong into nbs/core/40_frame.ipynb, so that each is tried again with every test."""
import argparse, io, os, subprocess, sys, tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
MOST = 200_000   # bytes of a picture
PIXELS = 4_000_000

def pictures():
    "Small pictures of many kinds: name → bytes"
    import numpy as np
    from PIL import Image
    rgb = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    modes = dict(rgb='RGB', grey='L', pair='LA', rgba='RGBA', palette='P', cmyk='CMYK', bits='1', deep='I;16')
    exif = Image.Exif()
    exif[0x0112], exif[0x9003], exif[0x010f] = 6, '2024:02:30 25:61:61', 'maker'
    for name, mode in modes.items():
        image = Image.fromarray(rgb.astype(np.uint16)[..., 0]) if mode == 'I;16' else Image.fromarray(rgb)
        image = image if mode == 'I;16' else image.convert(mode)
        for kind in ('JPEG', 'PNG', 'WEBP', 'GIF', 'TIFF', 'BMP', 'PPM', 'JPEG2000', 'AVIF', 'ICO', 'TGA'):
            out = io.BytesIO()
            try: image.save(out, kind, exif=exif.tobytes())
            except (OSError, KeyError, ValueError): continue     # this kind does not have this mode
            yield f'{name}.{kind.lower()}', out.getvalue()

def corpus(folder:Path):
    "What the changes begin with"
    for name, data in pictures(): (folder/name).write_bytes(data)
    odd = Path(os.environ.get('IMGQA_DATA', ''))/'odd_files'
    for f in odd.rglob('*') if os.environ.get('IMGQA_DATA') else ():
        if f.is_file() and f.stat().st_size <= MOST: (folder/f'odd_{f.name}').write_bytes(f.read_bytes())

def read(data:bytes):
    "What is tried with each"
    from imgqa_nb.core.errors import ImgqaError
    from imgqa_nb.core.frame import Frame, Limits
    from imgqa_nb.vision.exif import capture
    if not data: return
    try:
        frame = Frame.open(data, Limits(max_pixels=PIXELS))
        capture(frame.exif)
    except (ImgqaError, OSError): return
    rgb = frame.rgb
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != 'uint8' or not rgb.size:
        raise AssertionError(f'pixels of {rgb.shape} {rgb.dtype}')

def fuzz(folder, found, seconds):
    "Does not return: libFuzzer ends the process"
    import atheris
    with atheris.instrument_imports(include=['imgqa_nb', 'PIL']):
        import imgqa_nb.core.frame, imgqa_nb.vision.exif   # noqa: F401
        from PIL import Image
        Image.init()
    options = [f'-max_total_time={seconds}', f'-max_len={MOST}', '-timeout=20', '-rss_limit_mb=2000',
               '-verbosity=0', '-print_final_stats=1', f'-artifact_prefix={found}/']
    atheris.Setup([sys.argv[0], *options, str(folder)], read)
    atheris.Fuzz()

def run(seconds, found:Path)->tuple: # how many were tried; what was found; what was said
    "Fuzz in a process of its own"
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus(Path(folder))
        words = [sys.executable, __file__, '--inside', folder, '--keep', found, '--seconds', str(seconds)]
        r = subprocess.run([*map(str, words)], capture_output=True, text=True, errors='replace')
    tried = [line.split(':')[-1] for line in r.stderr.splitlines() if 'number_of_executed_units' in line]
    return int(tried[0]) if tried else 0, sorted(found.iterdir()), (r.stdout + r.stderr)[-3000:]

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--seconds', type=int, default=120)
    p.add_argument('--keep', type=Path, default=Path('fuzz-findings'), help='where findings are written')
    p.add_argument('--inside', type=Path, help=argparse.SUPPRESS)
    p.add_argument('--replay', type=Path, nargs='+', help='try these files once, without atheris')
    a = p.parse_args()
    if a.replay:
        for f in a.replay: read(f.read_bytes())
        return print(f'{len(a.replay)} files: nothing found')
    if a.inside: return fuzz(a.inside, a.keep, a.seconds)
    tried, found, said = run(a.seconds, a.keep)
    if found or not tried: print(said)
    print(f'tried {tried:,}; found {len(found)}', *found)
    sys.exit(bool(found) or not tried)

if __name__ == '__main__': main()
