"The pictures on the home page, made anew from the sample images: `make pictures`. Needs a Chromium."
import signal, subprocess, sys, tempfile
from pathlib import Path
from docs_check import launch, root

def report_picture(browser, folder:Path)->bytes: # PNG
    "The upper part of the demo's report: the summary, the tags, and the images the first two describe best"
    page = browser.new_page(viewport=dict(width=1080, height=900))
    page.goto((folder/'report.html').as_uri())
    page.wait_for_timeout(500)
    box = lambda s: page.locator(s).bounding_box()
    top,last = box('section[aria-label="Summary"]'),box('#strips .strip >> nth=1')
    return page.screenshot(full_page=True, clip=dict(x=0, y=top['y']-8, width=1080,
                                                     height=last['y']+last['height']-top['y']+24))

def gallery_picture(browser, folder:Path)->bytes: # PNG
    "The gallery of the demo's run, as `imgqa explore` shows it"
    call = [sys.executable, '-c', 'from imgqa_nb.apps.cli import main; main()', 'explore', str(folder),
            '--no-open']
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        try:
            page = browser.new_page(viewport=dict(width=1180, height=640))
            page.goto(process.stdout.readline().strip())
            page.wait_for_selector('.imgqa-gallery .tile img[src]', timeout=60_000)
            page.wait_for_timeout(2000)
            return page.screenshot()
        finally: process.send_signal(signal.SIGINT)

def small(png:bytes, width:int=900)->bytes: # PNG of 256 colours
    "A picture that is quick to load"
    import io
    from PIL import Image
    im = Image.open(io.BytesIO(png)).convert('RGB')
    im = im.resize((width, round(im.height*width/im.width)), Image.Resampling.LANCZOS).quantize(256,
        dither=Image.Dither.NONE)
    out = io.BytesIO()
    im.save(out, 'PNG', optimize=True)
    return out.getvalue()

def main():
    with tempfile.TemporaryDirectory() as tmp, launch() as browser:
        run = Path(tmp).resolve()/'demo'
        subprocess.run([sys.executable, '-c', 'from imgqa_nb.apps.cli import main; main()', 'demo', '--out',
                        str(run)], check=True, stdout=subprocess.DEVNULL)
        for name,draw in (('tagging_report', report_picture), ('gallery', gallery_picture)):
            f = root/'nbs'/'images'/f'{name}.png'
            f.parent.mkdir(exist_ok=True)
            f.write_bytes(small(draw(browser, run)))
            print(f'{f.relative_to(root)}: {f.stat().st_size/1e3:.0f} kB')

if __name__=='__main__': main()
