"""The labeller in JupyterLab: keys that answer, what is left when the kernel is killed, undo after a restart,
a box and a mask that were drawn, a file that is gone."""
import json, sqlite3
from lab import wait_for

LABELLER = '.imgqa-labeller'
images = """
import pandas as pd
from pathlib import Path
from PIL import Image
from imgqa_nb.synthetic.samples import photos
from imgqa_nb.label.labeller import Labeller
Path('images').mkdir(exist_ok=True)
for name,frame in photos('photo').items():
    for side in (480, 360, 240): Image.fromarray(frame.rgb).resize((side, side*3//4)).save(f'images/{name}_{side}.jpg')
table = pd.DataFrame(dict(path=sorted(map(str, Path('images').glob('*.jpg')))))
"""

def answers(lab, name='labels.sqlite'):
    "What is in the file, read by SQLite alone"
    db = sqlite3.connect(lab.folder/name)
    try: return db.execute('SELECT action, answer, detail FROM events ORDER BY id').fetchall()
    finally: db.close()

def is_ready(lab):
    "Wait until a picture is shown that can be answered"
    lab.page.wait_for_selector(f'{LABELLER}[data-ready=yes]')
    return lab.page.get_attribute(LABELLER, 'data-item')

def press(lab, key):
    "Press a key as a person would: when the picture is there; then wait for what comes next"
    before = is_ready(lab)
    lab.page.keyboard.press(key)
    lab.page.wait_for_function("""([of, before]) => {
        const e = document.querySelector(of)
        return e.dataset.item !== before || e.querySelector('.imgqa-error').textContent
    }""", arg=[LABELLER, before])

def open_labeller(lab, question, store='labels.sqlite', **how):
    options = ''.join(f', {k}={v!r}' for k,v in how.items())
    lab.open([images, f'ask = Labeller(table, {question!r}, {store!r}, person="ana"{options})\nask'])
    lab.page.click(f'{LABELLER} .imgqa-asked')
    is_ready(lab)

def test_keys_answer_and_survive_the_kernel(lab):
    open_labeller(lab, 'go_no_go')
    lab.shot('labeller', LABELLER)
    for key in 'gngnogg': press(lab, key)
    assert [a for _,a,_ in answers(lab)] == ['GO', 'NG', 'GO', 'NG', 'NONE', 'GO', 'GO']
    lab.kill_kernel()
    assert len(answers(lab)) == 7

    # another kernel, another day: what was answered is not asked again, and undo goes back over the restart
    lab.open([images, 'ask = Labeller(table, "go_no_go", "labels.sqlite", person="ana")\nask'])
    lab.page.click(f'{LABELLER} .imgqa-asked')
    assert '7 answered' in lab.page.inner_text('.imgqa-said')
    press(lab, 'u')
    press(lab, 'u')
    assert '5 answered' in lab.page.inner_text('.imgqa-said')
    press(lab, 'n')
    assert [a for a,_,_ in answers(lab)][7:] == ['undo', 'undo', 'answer']
    lab.check()

def test_keys_stay_out_of_jupyter(lab):
    open_labeller(lab, 'usable', 'usable.sqlite')
    cells = lab.page.locator('.jp-Cell').count()
    for key in ('d', 'd', 'a', 'b', 'x', 'm', 'y', '0', '0'): lab.page.keyboard.press(key)
    lab.page.wait_for_timeout(500)
    assert lab.page.locator('.jp-Cell').count() == cells, 'a key reached the notebook'
    assert lab.page.locator('.jp-MarkdownCell').count() == 0
    assert answers(lab, 'usable.sqlite') == []     # none of them answers this question
    press(lab, '2')
    assert [a for _,a,_ in answers(lab, 'usable.sqlite')] == ['Fair']
    lab.check()

def test_a_box_is_drawn(lab):
    open_labeller(lab, 'scratch_boxes', 'boxes.sqlite')
    size = json.loads(lab.kernel('import json\nprint(json.dumps(ask._size(ask.item.addresses[0])))'))
    box = lab.page.locator('.imgqa-sheet').bounding_box()
    def at(x, y): return box['x'] + x*box['width'], box['y'] + y*box['height']
    press_error(lab)
    lab.page.mouse.move(*at(.25, .25))
    lab.page.mouse.down()
    lab.page.mouse.move(*at(.5, .4), steps=4)
    lab.page.mouse.up()
    lab.shot('labeller_box', LABELLER)
    press(lab, 'Enter')
    press(lab, '0')
    marked, clean = answers(lab, 'boxes.sqlite')
    [[x, y, w, h]] = json.loads(marked[2])['boxes']
    height, width = size
    wanted = (.25*width, .25*height, .25*width, .15*height)
    assert max(abs(a - b) for a,b in zip((x, y, w, h), wanted)) < 3, (x, y, w, h, wanted)
    assert clean[1] == 'clean'
    lab.check()

def press_error(lab):
    "Nothing was drawn: that is said, and the image stays"
    before = is_ready(lab)
    lab.page.keyboard.press('Enter')
    lab.page.wait_for_selector('.imgqa-error:not(:empty)')
    assert 'no box is drawn' in lab.page.inner_text('.imgqa-error')
    assert is_ready(lab) == before

def test_a_mask_is_painted(lab):
    open_labeller(lab, 'scratch_mask', 'mask.sqlite')
    box = lab.page.locator('.imgqa-sheet').bounding_box()
    lab.page.mouse.move(box['x'] + .2*box['width'], box['y'] + .5*box['height'])
    lab.page.mouse.down()
    lab.page.mouse.move(box['x'] + .8*box['width'], box['y'] + .5*box['height'], steps=8)
    lab.page.mouse.up()
    lab.shot('labeller_mask', LABELLER)
    press(lab, 'Enter')
    found = lab.kernel("""
from imgqa_nb.evaluate.masks import runs_mask
d = ask.store.labels().detail[0]
m = runs_mask(d['runs'], d['size'])
print(m.any(0).mean(), m.any(1).mean(), m[len(m)//2].mean())""")
    across, down, middle = map(float, found.split())
    assert .58 < across < .66 and down < .06 and middle > .55, found
    lab.check()

def test_a_file_that_is_gone(lab):
    lab.open([images, 'table.loc[len(table)] = "images/gone.jpg"\n'
                      'ask = Labeller(table[::-1], "go_no_go", "gone.sqlite", seed=None)\nask'])
    lab.page.click(f'{LABELLER} .imgqa-asked')
    is_ready(lab)
    assert 'no such file any more' in lab.page.inner_text('.imgqa-problem')
    lab.shot('labeller_gone', LABELLER)
    press(lab, 's')
    assert [a for a,_,_ in answers(lab, 'gone.sqlite')] == ['skip']
    lab.check()

def test_two_pictures_in_the_dark(lab):
    lab.open([images, 'from imgqa_nb.label.choose import Choose\nask = Choose(table, "pairs.csv", seed=0)\nask'],
             dark=True)
    lab.page.click(f'{LABELLER} .imgqa-asked')
    is_ready(lab)
    lab.shot('labeller_pair', LABELLER)
    for key in ('ArrowLeft', 'ArrowDown', 'ArrowRight'): press(lab, key)
    assert [line.split(',')[-1] for line in (lab.folder/'pairs.csv').read_text().splitlines()[1:]] == [
        'left', 'tie', 'right']
    lab.check()
