"`imgqa explore`: the gallery without a notebook, and what its visitors cannot do"
import json, os, signal, subprocess, sys, urllib.error, urllib.request
from contextlib import contextmanager
from lab import answers, phone, root, stop, wait_for

command = [sys.executable, '-c', 'from imgqa_nb.apps.cli import main; main()']
# a name that a shell, Python or HTML would take for more than a name
name = "a `run`; $(touch shell) '+open('python','w')+'<b>"
execute = """([id, token, code, protocol]) => new Promise(done => {
    const where = `ws://${location.host}/api/kernels/${id}/channels?session_id=x&token=${token}`
    const socket = protocol ? new WebSocket(where, protocol) : new WebSocket(where), heard = []
    const size = 8, least = true, text = new TextDecoder(), bytes = x => new TextEncoder().encode(x)
    socket.binaryType = 'arraybuffer'
    socket.onmessage = m => {
        const at = i => Number(new DataView(m.data).getBigUint64(size*(i + 1), least))
        heard.push(JSON.parse(text.decode(m.data.slice(at(1), at(2)))).msg_type)
    }
    socket.onopen = () => {
        const kind = 'execute_request', version = '5.3', no = false
        const header = { msg_id: 'm1', username: 'u', session: 'x', msg_type: kind, version }
        const asked = { silent: no, store_history: no, user_expressions: {}, allow_stdin: no }
        const said = ['shell', ...[header, {}, {}, { code, ...asked }].map(x => JSON.stringify(x))].map(bytes)
        const ends = said.map((_, i) => said.slice(0, i + 1).reduce((n, x) => n + x.length, 0))
        const first = size*(said.length + 2), head = new DataView(new ArrayBuffer(first))
        const starts = [0, ...ends].map(n => n + first)
        for (const [i, n] of [said.length + 1, ...starts].entries()) head.setBigUint64(size*i, BigInt(n), least)
        socket.send(new Blob([head, ...said]))
    }
    socket.onerror = () => done(['no socket'])
    setTimeout(() => done(heard), 3000)
})"""

def made(lab):
    "A run of the sample images"
    run = lab.folder/name
    if not run.exists():
        tag = [*command, 'tag', str(root/'data'/'samples'), '--out', str(run), '--quiet']
        said = subprocess.run(tag, env=lab.env, cwd=lab.folder, capture_output=True, text=True)
        assert run.joinpath('run.json').exists(), said.stdout + said.stderr
    return run

@contextmanager
def exploring(lab):
    "The process that serves, and its address"
    explore = [*command, 'explore', str(made(lab)), '--no-open']
    process = subprocess.Popen(explore, env=lab.env, cwd=lab.folder, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        address = process.stdout.readline().strip()
        assert address.startswith('http://127.0.0.1:'), address
        yield process, address
    finally:
        lab.close()   # a page whose server is gone would say so
        stop(process)

def test_a_run_without_a_notebook(lab):
    with exploring(lab) as (process, address):
        page = lab.visit(address)
        page.wait_for_selector('.imgqa-gallery .tile', timeout=60_000)
        page.wait_for_function("document.querySelectorAll('.imgqa-gallery .tile .waiting').length === 0")
        lab.shot('explore-light')
        assert 'imgqa_nb.apps' not in page.content()          # no code
        page.click('.imgqa-gallery .word:has-text("Poor")')
        page.wait_for_selector('.imgqa-gallery .chip')
        page.dblclick('.imgqa-gallery .tile .picture >> nth=0')
        page.wait_for_selector('.imgqa-gallery .large .facts table')
        lab.shot('explore-large')
        assert page.locator('.imgqa-gallery .large .why p').count()
        lab.visit(address, phone)
        lab.page.wait_for_selector('.imgqa-gallery .tile img[src]', timeout=60_000)
        page = 'document.documentElement'
        wide = lab.page.evaluate(f'{page}.scrollWidth - {page}.clientWidth')
        assert wide <= 0, f'{wide} pixels wider than a phone'
        lab.page.wait_for_timeout(500)
        lab.shot('explore-phone')
        lab.visit(address, dark=True)
        lab.page.wait_for_selector('.imgqa-gallery.dark .tile img[src]', timeout=60_000)
        lab.page.wait_for_timeout(500)
        lab.shot('explore-dark')

def test_visitors_run_no_code(lab):
    with exploring(lab) as (process, address):
        token = address.split('token=')[1]
        page = lab.visit(address)
        page.wait_for_selector('.imgqa-gallery .tile', timeout=60_000)
        kernel = json.loads(page.locator('#jupyter-config-data').text_content())['kernelId']
        code = "open('executed', 'w').close()"
        assert page.evaluate(execute, [kernel, token, code, '']) == ['no socket']
        heard = page.evaluate(execute, [kernel, token, code, 'v1.kernel.websocket.jupyter.org'])
        assert not any(h in ('execute_reply', 'execute_input', 'execute_result') for h in heard), heard
        base = address.split('?')[0]
        closed = ('api/contents', 'api/sessions', 'api/terminals', 'files/run.json', 'voila/files/run.json')
        for path in closed:
            try: opened = urllib.request.urlopen(f'{base}{path}?token={token}', timeout=30).status
            except urllib.error.HTTPError as e: opened = e.code
            assert opened >= 400, (path, opened)
        with urllib.request.urlopen(base, timeout=30) as without:
            assert '/login' in without.url and 'kernelId' not in without.read().decode()
        made_by_code = {'executed', 'shell', 'python'} & {f.name for f in lab.folder.rglob('*')}
        assert not made_by_code, made_by_code
        lab.close()
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(30) == 0 and 'Ended' in process.stdout.read()
        assert not answers(base)
    lab.problems = [p for p in lab.problems if 'WebSocket' not in p]
    return f'answers to execute_request: {sorted(set(heard)) or "none"}'
