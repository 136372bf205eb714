"The threshold explorer: a slider that is moved in the browser judges anew in the kernel"
cells = [
    'from imgqa_nb.all import *\n'
    'from imgqa_nb.show.explorer import Explorer\n'
    'df = tag(sample_folder(), workers=0, progress=False)\n'
    'labels = pd.DataFrame(dict(image=df.path, blurry=df.path.str.contains("blur").astype(int)))',
    'explorer = Explorer(df, labels=labels)\nexplorer',
]

def pull(lab, name, value):
    "Move a slider as a hand does: many small moves, each seen by the page"
    lab.page.locator(f'[data-knob={name}] input[type=range]').evaluate(
        """(slider, value) => { const from = slider.valueAsNumber
           for (let i = 1; i <= 12; i++) {
             slider.value = from + (value - from)*i/12
             slider.dispatchEvent(new Event('input', { bubbles: true })) } }""", value)

def settled(lab, value):
    "Wait until the kernel has judged by this limit"
    for _ in range(100):
        if abs(float(lab.kernel('explorer.values["blurry"]')) - value) < .05: return
        lab.page.wait_for_timeout(100)
    raise AssertionError(f'the kernel stayed at {lab.kernel("explorer.values")}')

def test_slider(lab):
    lab.open(cells)
    lab.page.wait_for_selector('.imgqa-explorer .ix-knob')
    assert lab.page.locator('.ix-knob').count() == int(lab.kernel('len(explorer.knobs)'))
    before = int(lab.kernel('int(explorer.counts.loc[("tag", "blurry"), "now"])'))
    received = sum(kind == 'sent' for kind, _ in lab.frames)
    pull(lab, 'blurry', .5)
    settled(lab, .5)
    now = int(lab.kernel('int(explorer.counts.loc[("tag", "blurry"), "now"])'))
    assert now > before, (before, now)
    shown = f'.imgqa-explorer tr[data-word=blurry] td:nth-child(3) >> text="{now}"'
    lab.page.wait_for_selector(shown)
    changed = int(lab.kernel('int(explorer.moved.sum())'))
    lab.page.wait_for_selector(f'.ix-status >> text=/^{changed} of /')
    assert lab.page.locator('.ix-pictures img').count() == min(changed, 12)
    lab.shot('explorer', '.imgqa-explorer')
    sent = sum(kind == 'sent' for kind, _ in lab.frames) - received
    assert sent < 40, f'{sent} messages for one pull'

def test_number_and_reset(lab):
    lab.open(cells)
    lab.page.wait_for_selector('.imgqa-explorer .ix-knob')
    lab.page.locator('[data-knob=blurry] input[type=number]').fill('2')
    settled(lab, 2)
    lab.page.click('.imgqa-explorer .ix-reset')
    settled(lab, 1)
    lab.page.wait_for_selector('.ix-status >> text=/^0 of /')

def test_keys_stay_in_the_explorer(lab):
    lab.open(cells)
    lab.page.wait_for_selector('.imgqa-explorer .ix-knob')
    n = lab.page.locator('.jp-Notebook .jp-Cell').count()
    lab.page.locator('[data-knob=blurry] input[type=range]').click()
    lab.page.wait_for_function("document.activeElement.type === 'range'")
    for key in 'ddab': lab.page.keyboard.press(key)
    lab.page.wait_for_timeout(300)
    assert lab.page.locator('.jp-Notebook .jp-Cell').count() == n

def test_dark_and_narrow(lab):
    lab.open(cells, dark=True)
    lab.page.wait_for_selector('.imgqa-explorer .ix-knob')
    pull(lab, 'blurry', .5)
    settled(lab, .5)
    lab.page.wait_for_selector('.ix-pictures img')
    lab.shot('explorer-dark', '.imgqa-explorer')
