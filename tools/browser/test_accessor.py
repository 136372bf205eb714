"What df.imgqa shows in JupyterLab: pictures, and the page in a frame of its own"
cells = [
    'from imgqa_nb.all import *\ndf = tag(sample_folder(), workers=0, progress=False)',
    'df.imgqa',
    'df.imgqa.explain(0)',
    'df.imgqa.compare(tag(sample_folder(), thresholds={"blurry": .5}, workers=0, progress=False))',
    'df.head(12).imgqa.report(height=500)',
]

def test_table_and_page(lab):
    lab.open(cells)
    page = lab.page
    pictures = page.locator('.jp-OutputArea-output img')
    assert pictures.count() >= 8
    broken = page.evaluate('[...document.images].filter(i => i.complete && !i.naturalWidth).length')
    assert broken == 0, f'{broken} pictures are broken'
    frame = page.frame_locator('iframe[title=report]')
    frame.locator('h1').first.wait_for(timeout=30_000)
    # the page in the frame can neither see the notebook nor be seen from it
    assert page.locator('iframe[title=report]').get_attribute('sandbox') == 'allow-scripts'
    page.locator('iframe[title=report]').scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    lab.shot('accessor')
