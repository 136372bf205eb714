"The dashboards, as a visitor sees them: no code, nothing from elsewhere, no way to the kernel"
import os, shutil, subprocess, sys, tempfile
from pathlib import Path
import lab as bench
from imgqa_nb.apps.serve import start_serving

notebooks = bench.root/'nbs'/'apps'
make = {
    'quality': """
from imgqa_nb.all import *
tag(sample_folder(), out, workers=0, progress=False)
tag(make_folder(out + '-photos', 40, size=160), out + '-before', workers=0, progress=False)
""",
    'line': """
from imgqa_nb.all import *
from imgqa_nb.run.options import Options
parts = part_folder(Path(out + '-parts'), n_go=24, n_ng=6, n_new=30, size=128)
gonogo.fit(parts/'GO', parts/'NG', out + '-judge', alpha=.1, progress=False)
gonogo.predict_run(parts/'new', out + '-judge', out, maps=True, options=Options(progress=False, workers=0))
""",
    'background': """
from imgqa_nb.all import *
from imgqa_nb.run.options import Options
photos = product_folder(Path(out + '-photos'), n=26, size=192)
background.predict_run(photos/'images', 'rules', out, maps=True, options=Options(progress=False, workers=0))
""",
}

def made(kind, folder)->Path:
    "A small run, made in a process of its own"
    out = Path(folder)/kind
    env = os.environ | dict(PYTHONPATH=str(bench.root), IMGQA_OFFLINE='1')
    subprocess.run([sys.executable, '-c', f'out = {str(out)!r}\n{make[kind]}'], env=env, check=True,
                   capture_output=True)
    return out

def look(lab, kind, number, wanted, **environ):
    "Open a dashboard in light, dark and on a phone"
    with tempfile.TemporaryDirectory() as folder:
        run = made(kind, folder)
        given = {k: v.format(run=run) for k,v in environ.items()} | dict(IMGQA_RUN=str(run))
        with start_serving(notebooks/f'{number}_dashboard_{kind}.ipynb', given) as served:
            for name,how in dict(light={}, dark=dict(dark=True), phone=dict(viewport=bench.phone)).items():
                page = lab.visit('about:blank', **how)
                page.goto(served.url, timeout=150_000)   # the notebook runs before the page is whole
                page.wait_for_selector('.bd h2', timeout=90_000)
                page.wait_for_selector(f'h2 >> text={wanted}', timeout=90_000)
                page.wait_for_timeout(300)
                bench.shots.mkdir(exist_ok=True)
                page.screenshot(path=bench.shots/f'dashboard-{kind}-{name}.png', full_page=True)
                text = page.content()
                for code in ('import tempfile', 'asked_run', 'overview(run)', 'import_module'):
                    assert code not in text, f'{code} is seen'
                assert not page.query_selector('.jp-InputArea-editor'), 'there are cells of code'
                wide = page.evaluate('document.documentElement.scrollWidth - innerWidth')
                assert wide <= 0, f'{name}: {wide} pixels wider than the screen'
            lab.check()
            lab.close()

def test_quality(lab): look(lab, 'quality', 40, 'Correlations', IMGQA_REFERENCE='{run}-before')
def test_line(lab): look(lab, 'line', 42, 'The judge')
def test_background(lab): look(lab, 'background', 44, 'The judge')

def test_strangers_are_refused(lab):
    with tempfile.TemporaryDirectory() as folder:
        run = made('background', folder)
        with start_serving(notebooks/'44_dashboard_background.ipynb', dict(IMGQA_RUN=str(run))) as served:
            page = lab.visit(f'http://127.0.0.1:{served.port}/')
            assert '/login' in page.url and 'Backgrounds' not in page.content()
            lab.problems = []   # the page of the login has a style that it may not load
            lab.close()
