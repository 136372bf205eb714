"""JupyterLab in a headless Chromium, for the browser's tests.

`Lab` starts JupyterLab on a free port, in a temporary folder with settings of its own, and opens a page that
notes what goes wrong in it: console errors, and requests to anything but this machine. A test is a function
`test_…(lab)`:

    def test_counts(lab):
        lab.open(['x = 1', 'x'])              # cells of a new notebook, run to the end
        lab.page.click('text=…')              # Playwright's page
        assert lab.kernel('x + 1') == '2'     # in the notebook's kernel
        lab.shot('counts')                    # _shots/counts.png
"""
import json, os, queue, secrets, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

root = Path(__file__).resolve().parent.parent.parent
shots = root/'_shots'
# names of other machines lead nowhere; what asks for them, or for an address, is noted
flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--enable-precise-memory-info',
         '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']
desktop = dict(width=1400, height=1000)
phone = dict(width=390, height=844)
# what JupyterLab and Chromium say that is nothing of ours
harmless = ('favicon', 'Download the React DevTools', 'ResizeObserver loop')
settings = {
    '@jupyterlab/notebook-extension/tracker': dict(windowingMode='none'),
    '@jupyterlab/apputils-extension/notification': dict(fetchNews='false', checkForUpdates=False),
    '@jupyterlab/docmanager-extension/plugin': dict(autosave=False),
}

class Skipped(Exception):
    "There is no browser, or no JupyterLab, to test with"

def free_port()->int:
    "A port of this machine that nobody listens to"
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

def wait_for(said, seconds:float=60, what:str='it', every:float=.1):
    "What `said()` gives as soon as that is true"
    end = time.monotonic() + seconds
    while not (found := said()):
        if time.monotonic() > end: raise AssertionError(f'{what} did not come within {seconds:g} s')
        time.sleep(every)
    return found

def answers(url:str)->bool:
    "Does a server answer there?"
    try: urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError: return True
    except OSError: return False
    return True

def stop(process, seconds:float=10):
    "End a server that we started, with what it started"
    if process.poll() is not None: return
    os.killpg(process.pid, signal.SIGTERM)
    try: process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(seconds)

@contextmanager
def chromium():
    "A headless Chromium: the system's, or Playwright's own. Raises `Skipped` where there is none"
    try: from playwright.sync_api import sync_playwright
    except ImportError: raise Skipped('playwright is not installed: make all') from None
    with sync_playwright() as p:
        found = map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))
        path = next(filter(None, found), p.chromium.executable_path)
        if not os.path.exists(path): raise Skipped('there is no Chromium (Debian: apt install chromium)')
        browser = p.chromium.launch(executable_path=path, args=flags)
        try: yield browser
        finally: browser.close()

class Lab:
    "JupyterLab, a page that shows it, and the kernel behind it; used with `with`"
    def __init__(self, browser):
        self.browser, self.tmp = browser, tempfile.TemporaryDirectory(prefix='browser-')
        self.folder = Path(self.tmp.name).resolve()/'notebooks'
        self.folder.mkdir()
        self.token, self.server, self.port = secrets.token_hex(16), None, None
        self.page = self.context = self.client = None
        self.problems = []  # what went wrong in the page
        self.frames = []    # ('sent' or 'received', bytes) of each message of a web socket
        self.number = 0     # of the notebook

    def __enter__(self): return self

    def __exit__(self, *_):
        self.close()
        if self.server: stop(self.server)
        self.tmp.cleanup()

    @property
    def env(self)->dict:
        "Of a process that sees this tree, and no person's settings"
        home = Path(self.tmp.name).resolve()
        places = dict(HOME='home', JUPYTER_CONFIG_DIR='config', JUPYTER_DATA_DIR='data', IPYTHONDIR='ipython',
                      JUPYTER_RUNTIME_DIR='runtime', JUPYTERLAB_SETTINGS_DIR='settings',
                      JUPYTERLAB_WORKSPACES_DIR='workspaces')
        for name in places.values(): (home/name).mkdir(exist_ok=True)
        return os.environ | {k: str(home/v) for k,v in places.items()} | dict(
            PYTHONPATH=str(root), IMGQA_OFFLINE='1', JUPYTER_PLATFORM_DIRS='0',
            PATH=f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}')

    def start(self):
        "Start JupyterLab, if that was not done"
        if self.server: return
        env, self.port = self.env, free_port()
        for name,value in settings.items():
            f = Path(env['JUPYTERLAB_SETTINGS_DIR'])/f'{name}.jupyterlab-settings'
            f.parent.mkdir(parents=True, exist_ok=True)
            f.write_text(json.dumps(value))
        command = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', '--ip=127.0.0.1',
                   f'--port={self.port}', '--ServerApp.port_retries=0',
                   f'--IdentityProvider.token={self.token}',
                   '--LabApp.expose_app_in_browser=True', '--LabApp.extension_manager=readonly',
                   f'--ServerApp.root_dir={self.folder}']
        self.log = open(Path(self.tmp.name)/'jupyterlab.log', 'wb')
        self.server = subprocess.Popen(command, cwd=self.folder, env=env, stdout=self.log, stderr=self.log,
                                       start_new_session=True)
        def ready():
            if self.server.poll() is not None: raise AssertionError(f'JupyterLab ended:\n{self.said()}')
            return answers(f'{self.address}/api')
        wait_for(ready, 90, 'JupyterLab')

    @property
    def address(self)->str: return f'http://127.0.0.1:{self.port}'

    def said(self)->str:
        "The end of JupyterLab's log"
        return (Path(self.tmp.name)/'jupyterlab.log').read_text(errors='replace')[-3000:]

    def api(self, path:str, method:str='GET'):
        "What the server's API answers"
        request = urllib.request.Request(f'{self.address}/api/{path}', method=method,
                                         headers=dict(Authorization=f'token {self.token}'))
        with urllib.request.urlopen(request, timeout=30) as r: text = r.read()
        return json.loads(text) if text else None

    def visit(self, url:str, viewport:dict=desktop, dark:bool=False, **how):
        "Open a page of a server on this machine, in place of the one before. Returns Playwright's page"
        self.close()
        self.context = self.browser.new_context(viewport=viewport, color_scheme='dark' if dark else 'light',
                                                **how)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on('request', self._request)
        self.page.on('console', self._console)
        self.page.on('pageerror', lambda e: self.problems.append(f'error: {str(e)[:300]}'))
        self.page.on('websocket', self._websocket)
        self.page.goto(url, wait_until='load')
        return self.page

    def _request(self, request):
        if not self._is_here(request.url): self.problems.append(f'asks for {request.url[:200]}')

    def _is_here(self, url):
        return url.startswith(('data:', 'blob:')) or urlsplit(url).hostname == '127.0.0.1'

    def _console(self, message):
        if message.type != 'error': return
        text = f'{message.text} {message.location.get("url", "")}'
        if not any(h in text for h in harmless): self.problems.append(f'console: {text[:300]}')

    def _websocket(self, ws):
        if not self._is_here(ws.url): self.problems.append(f'asks for {ws.url[:200]}')
        ws.on('framereceived', lambda data: self.frames.append(('received', len(data))))
        ws.on('framesent', lambda data: self.frames.append(('sent', len(data))))

    def open(self, notebook, run:bool=True, viewport:dict=desktop, dark:bool=False, seconds:float=120):
        """Open a notebook and run all its cells: a path, which is copied, or a list of the cells' sources.
        Returns Playwright's page"""
        self.start()
        name = self.write(notebook)
        workspace = f'w{self.number}'   # of its own: JupyterLab would open what was open before
        place = f'{self.address}/lab/workspaces/{workspace}/tree/{name}'
        self.visit(f'{place}?token={self.token}&reset', viewport, dark)
        self.page.wait_for_selector('.jp-Notebook .jp-Cell', timeout=60_000)
        self.theme(f'JupyterLab {"Dark" if dark else "Light"}')
        self.page.evaluate("jupyterapp.commands.execute('application:set-mode', {mode: 'single-document'})")
        self.page.evaluate("""jupyterapp.shell.collapseLeft()""")
        session = lambda: next((s for s in self.api('sessions') if s['path'] == name), None)
        self.kernel_id = wait_for(session, 60, 'the kernel')['kernel']['id']
        self._connect()
        if run: self.run_all(seconds)
        return self.page

    def write(self, notebook)->str: # its name in the server's folder
        "Put a notebook where JupyterLab finds it"
        self.number += 1
        name = f'test{self.number}.ipynb'
        if not isinstance(notebook, (list, tuple)):
            shutil.copy2(notebook, self.folder/name)
            return name
        import nbformat
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in notebook])
        nb.metadata.kernelspec = dict(name='python3', display_name='Python 3', language='python')
        nbformat.write(nb, self.folder/name)
        self.file = self.folder/name
        return name

    def theme(self, name:str='JupyterLab Dark'):
        "Another theme: 'JupyterLab Light' or 'JupyterLab Dark'"
        change = "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
        self.page.evaluate(change, name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def run_all(self, seconds:float=120):
        "Run every cell, and wait until the kernel is idle. Raises `AssertionError` when a cell fails"
        self.page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
                                    " === 'idle'", timeout=60_000)
        self.page.set_default_timeout(seconds*1000)
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.set_default_timeout(30_000)
        self.idle(seconds)
        broken = self.page.query_selector('.jp-OutputArea-output[data-mime-type*="stderr"] >> text=Traceback')
        broken = broken or self.page.query_selector('.jp-RenderedText[data-mime-type*="error"]')
        if broken: raise AssertionError(f'a cell failed:\n{broken.inner_text()}')

    def idle(self, seconds:float=60):
        "Wait until the kernel has nothing to do"
        self.kernel('None', seconds)

    def _connect(self):
        from jupyter_client import BlockingKernelClient
        f = Path(self.env['JUPYTER_RUNTIME_DIR'])/f'kernel-{self.kernel_id}.json'
        self.client = BlockingKernelClient(connection_file=str(f))
        self.client.load_connection_file()
        self.client.start_channels()
        def heard():
            self.client.kernel_info()
            try: return self.client.get_iopub_msg(timeout=1)
            except queue.Empty: return None
        wait_for(heard, 60, 'the first word of the kernel')

    def kernel(self, code:str, seconds:float=60)->str:
        "Run code in the notebook's kernel; returns what it prints, and what its last line gives"
        said = []
        def hear(message):
            content = message['content']
            if message['msg_type'] == 'stream' and content['name'] == 'stdout': said.append(content['text'])
            if message['msg_type'] == 'execute_result': said.append(content['data']['text/plain'])
        reply = self.client.execute_interactive(code, store_history=False, timeout=seconds, output_hook=hear,
                                                allow_stdin=False)['content']
        if reply['status'] != 'ok':
            raise AssertionError('in the kernel: ' + '\n'.join(reply.get('traceback', [reply['status']])))
        return ''.join(said).strip()

    def kill_kernel(self):
        "Kill the kernel, as a machine that loses its power does"
        pid = int(self.kernel('import os; os.getpid()'))
        self.client.stop_channels()
        os.kill(pid, signal.SIGKILL)

    def save(self)->Path:
        "Save the notebook as a person would; returns its file"
        self.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
        return self.file

    def heap(self)->int:
        "Bytes of the page's JavaScript heap, after what is not used was let go"
        session = self.context.new_cdp_session(self.page)
        session.send('HeapProfiler.collectGarbage')
        session.send('Performance.enable')
        metrics = {m['name']: m['value'] for m in session.send('Performance.getMetrics')['metrics']}
        session.detach()
        return int(metrics['JSHeapUsedSize'])

    def shot(self, name:str, element:str|None=None)->Path:
        "A picture of the page, or of one element, in _shots"
        shots.mkdir(exist_ok=True)
        f = shots/f'{name}.png'
        if element: self.page.locator(element).first.screenshot(path=f)
        else: self.page.screenshot(path=f)
        return f

    def check(self):
        "Raise `AssertionError` when something went wrong in the page"
        if self.page: self.page.wait_for_timeout(50)   # what is under way is noted
        bad, self.problems = list(dict.fromkeys(self.problems)), []
        if bad: raise AssertionError('in the page:\n' + '\n'.join(bad[:20]))

    def close(self):
        "Close the page, and end the kernel behind it"
        if self.client: self.client.stop_channels()
        if self.context: self.context.close()
        if self.server and self.server.poll() is None and self.client:
            for s in self.api('sessions'): self.api(f'sessions/{s["id"]}', 'DELETE')
        self.page = self.context = self.client = None
        self.frames = []
