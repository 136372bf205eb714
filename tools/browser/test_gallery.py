"The gallery in JupyterLab: 20,000 and 100,000 rows, filters, selection, keys, and what it costs"
import json, re, time

# 240 small photos, and a table of N rows that shows them; some rows are bad, of some the file is gone
make = r'''
import numpy as np, pandas as pd, cv2
from pathlib import Path
from imgqa_nb.show.gallery import Gallery
from imgqa_nb.show.layers import box_layer, map_layer, mask_layer
from imgqa_nb.synthetic.samples import photos
rng, shots = np.random.default_rng(0), list(photos().values())
Path('pictures').mkdir(exist_ok=True)
for i in range(240):
    rgb = shots[i % len(shots)].rgb
    h, w = rgb.shape[:2]
    y, x = (int(rng.integers(0, h//3)), int(rng.integers(0, w//3)))
    spoiled = cv2.GaussianBlur(rgb[y:y + h//2, x:x + w//2], (0, 0), .1 + 3*rng.random())
    cv2.imwrite(f'pictures/{i}.jpg', np.clip(spoiled[..., ::-1]*rng.uniform(.5, 1.4), 0, 255).astype(np.uint8))
def table_of(n):
    sharpness = rng.gamma(2, 50, n)
    df = pd.DataFrame(dict(
        path=[f'shoot/<b>day {i//1000}</b>/IMG_{i:06}.jpg' for i in range(n)],
        quality=np.where(sharpness < 40, 'Poor', np.where(sharpness < 90, 'Fair', 'Good')),
        quality_score=np.clip(sharpness/200 + .1*rng.standard_normal(n), 0, 1),
        tags=np.where(sharpness < 40, 'blurry', '') + pd.Series(np.where(rng.random(n) < .1, ' dark', '')),
        sharpness=np.where(rng.random(n) < .02, np.nan, sharpness), brightness=rng.normal(120, 40, n), contrast=rng.gamma(3, 15, n),
        noise=rng.gamma(1, 2, n), file_size=rng.integers(10**6, 2**31, n), camera=rng.choice(['A7', 'X100', 'phone'], n),
        address=[str(Path(f'pictures/{i % 240}.jpg').absolute()) for i in range(n)],
        reason=[f'blurry: its sharpness is {s:.0f} & the least is 40' for s in sharpness], status='ok', error=''))
    df.loc[[3, 17], 'status'], df.loc[[3, 17], 'error'] = 'error', 'image file is truncated <img src=x>'
    df.loc[[5, 8], 'address'] = 'pictures/gone.jpg'
    df.index = [f'r{i}' for i in range(n)]
    return df
def layers(path):
    h, w = 120, 160
    y, x = np.mgrid[:h, :w]
    heat = 2.5*np.exp(-((x - 90)**2 + (y - 50)**2)/800)
    return [map_layer(heat, 'heat map'), mask_layer(heat > 1.5), box_layer([(60, 25, 60, 50, 'scratch <i>1</i>')], w, h)]
'''
root = '.imgqa-gallery'

def opened(lab, n, more='', **how):
    "A page with a gallery of n rows, and how long it took until 60 thumbnails were there"
    lab.open([make, f'df = table_of({n})', 'for p in Path("pictures").glob("*.jpg"): p.read_bytes()'], **how)
    lab.kernel(f'g = Gallery(df, title="Shoot", layers=layers{more})')
    start = time.monotonic()
    lab.page.evaluate("""async () => {
        const { content, context } = jupyterapp.shell.currentWidget
        await jupyterapp.commands.execute('notebook:insert-cell-below')
        content.activeCell.model.sharedModel.setSource('g')
        await jupyterapp.commands.execute('notebook:run-cell')
    }""")
    lab.page.wait_for_selector(f'{root} .tile')
    lab.page.locator(root).scroll_into_view_if_needed()
    return time.monotonic() - start

def thumbnails(lab): return lab.page.locator(f'{root} .tile img[src]').count()

def settled(lab):
    "Until every tile has its picture or its reason"
    lab.page.wait_for_function(f"document.querySelectorAll('{root} .tile .waiting').length === 0")

def tiles(lab): return lab.page.locator(f'{root} .tile').count()

def status(lab): return lab.page.locator(f'{root} .status').inner_text()

def told(lab):
    "The view tells Python a little after the last change"
    lab.page.wait_for_timeout(500)
    lab.idle()

def test_20000_rows(lab):
    seconds = opened(lab, 20_000)
    settled(lab)
    lab.shot('gallery-light')
    assert '20,000 images' in status(lab), status(lab)
    found = dict(tiles=tiles(lab))
    lab.page.evaluate(f"document.querySelector('{root} .grid').scrollTop = 1e9")
    lab.page.wait_for_timeout(300)
    settled(lab)
    assert lab.page.locator(f'{root} .tile').last.get_attribute('aria-posinset') == '20000'
    for k in range(0, 40):   # to and fro
        lab.page.evaluate(f"k => {{ const g = document.querySelector('{root} .grid'); g.scrollTop = g.scrollHeight*k }}", (k*7 % 40)/40)
        lab.page.wait_for_timeout(20)
        found['tiles'] = max(found['tiles'], tiles(lab))
    settled(lab)
    assert found['tiles'] <= 200, found
    heap, largest = lab.heap()/1e6, max(n for _,n in lab.frames)/1e6
    assert heap <= 256 and largest <= 8, (heap, largest)
    return f'{seconds:.1f} s to the first tiles, at most {found["tiles"]} tiles, heap {heap:.0f} MB, largest message {largest:.2f} MB'
