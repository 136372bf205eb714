"""Try to make imgqa lose something: `make torture`, or `python tools/torture.py [--minutes 2] [--seed N]`

Commands are killed at random moments and run again, also while they move images to another file system; disks
are full; servers, zips, lists, names and (with atheris) pictures are hostile. After each try it is checked
that no original is lost or changed, that the command that ran to its end has a row of every image, that
nothing is left behind, and that no message is a traceback. Started by root, the commands run as another user
where that is possible. The last line counts what was tried and what was lost; the exit status is 1 when
anything was."""
import argparse, collections, contextlib, hashlib, http.server, os, random, resource, shutil, socket
import subprocess, sys, tempfile, threading, time, zipfile
from importlib.util import find_spec
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
NOBODY = 65534
PROGRAM = 'import sys; from imgqa_nb.apps.cli import main; main()'
PIECES = ['\n', '\r', '"', "'", ',', ';', '=', '+', '-', '@', '\\', '\\udc80', '\udc80', '\x01', '\u202e',
          'é', 'e\u0301', 'a', 'A', '😀', ' ', '.', '..', '!', '%', '<b>', 'CON', '.jpg']

class Lost(Exception): "Something that was promised did not hold"

# ---- running a command ---------------------------------------------------------------------

def as_nobody(limits=()):
    "What a child does before it becomes the command"
    def prepare():
        for what, how_much in limits: resource.setrlimit(what, (how_much, how_much))
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    def limit_only():
        for what, how_much in limits: resource.setrlimit(what, (how_much, how_much))
    return prepare if can_be_nobody else limit_only

def start(words, limits=()):
    environment = os.environ | dict(PYTHONPATH=str(root), IMGQA_OFFLINE='1', IMGQA_PRIVATE_URLS='1')
    environment['HOME'] = str(work)
    line = [sys.executable, '-P', '-c', PROGRAM, *map(str, words)]
    return subprocess.Popen(line, cwd=work, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=as_nobody(limits))

def finish(words, limits=(), seconds=300):
    "Run a command to its end: its exit status and what it said. A traceback or a hang is a loss"
    p = start(words, limits)
    try: said = p.communicate(timeout=seconds)[0].decode('utf-8', 'replace')
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise Lost(f'it did not end within {seconds} s') from None
    if 'Traceback (most recent call last)' in said: raise Lost(f'a traceback:\n{said[-1500:]}')
    if p.returncode < 0: raise Lost(f'it died of signal {-p.returncode}')
    return p.returncode, said

def kill_after(words, seconds):
    "Run a command and kill it; True when it had ended before. Its workers must follow it"
    import psutil
    p = start(words)
    try: p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired: pass
    else: return True
    try: below = psutil.Process(p.pid).children(recursive=True)
    except psutil.Error: below = []
    p.kill()
    p.communicate()
    gone, alive = psutil.wait_procs(below, timeout=3)
    alive = [a for a in alive if a.is_running() and a.status() != psutil.STATUS_ZOMBIE]
    for a in alive: a.kill()
    if alive: raise Lost(f'{len(alive)} processes lived 3 s longer than their parent')
    return False

# ---- what must hold ------------------------------------------------------------------------

def contents(*folders):
    "How often there is which content, links not followed"
    files = [f for folder in folders for f in Path(folder).rglob('*') if f.is_file() and not f.is_symlink()]
    return collections.Counter(hashlib.blake2b(f.read_bytes()).hexdigest() for f in files)

def need(condition, what):
    if not condition: raise Lost(what)

def check_kept(before, *folders):
    missing = before - contents(*folders)
    need(not missing, f'{sum(missing.values())} of {sum(before.values())} originals are nowhere')

def check_clean(*folders):
    left = [f for folder in folders for f in Path(folder).rglob('.tmp-*')]
    need(not left, f'left behind: {[f.name for f in left[:5]]}')

def rows_of(run):
    import pyarrow.parquet as pq
    table = pq.read_table(run/'results.parquet')
    return dict(zip(table['path'].to_pylist(), table['status'].to_pylist()))

def handed_over(folder):
    "Give a folder and all in it to the user that the commands run as"
    if not can_be_nobody: return folder
    for f in [folder, *folder.rglob('*')]: os.chown(f, NOBODY, NOBODY, follow_symlinks=False)
    return folder

@contextlib.contextmanager
def room(where, name):
    "A new folder, and what is left of it removed"
    folder = Path(tempfile.mkdtemp(prefix=f'torture-{name}-', dir=where))
    os.chmod(folder, 0o755)
    try: yield handed_over(folder)
    finally: shutil.rmtree(folder, ignore_errors=True)

def photos(folder, n):
    from imgqa_nb.synthetic.samples import make_folder
    make_folder(folder, n, size=96)
    return handed_over(folder)

# ---- the tries -----------------------------------------------------------------------------

def killed_command(rng):
    "A command, killed again and again, ends with the same rows and no rests"
    command = rng.choice(['tag', 'inspect', 'dedup', 'rank'])
    with room(work, command) as here:
        source, run = photos(here/'in', 40), here/'run'
        before = contents(source)
        words = [command, source, '--out', run, '--workers', '2']
        for _ in range(rng.randint(1, 4)):
            if kill_after(words, rng.uniform(.2, 8)): break
            check_kept(before, source)
        code, said = finish(words)
        need(code == 0, f'{command} ended with {code}: {said[-500:]}')
        need(contents(source) == before, 'an original was changed')
        need(set(rows_of(run).values()) == {'ok'} and len(rows_of(run)) == 40, f'{command}: rows are missing')
        check_clean(run)
    return command

def killed_sorting(rng):
    "Parts are judged, and copied, linked or moved, to another file system perhaps; killed at any moment"
    how = rng.choice(['copy', 'link', 'move', 'move'])
    shm = Path('/dev/shm')
    elsewhere = shm if rng.random() < .5 and os.access(shm, os.W_OK) else work
    with room(work, 'parts') as here, room(elsewhere, 'run') as there:
        shutil.copytree(judge/'new', here/'in')
        handed_over(here/'in')
        before = contents(here/'in')
        words = ['gonogo', 'predict', here/'in', '--model', judge/'model', '--out', there/'run',
                 '--workers', '2', '--none', f'--{how}']
        ended = False
        for _ in range(rng.randint(1, 5)):
            ended = kill_after(words, rng.uniform(.5, 12))
            check_kept(before, here, there)
            if ended: break
        if not ended:
            code, said = finish(words)
            need(code == 0, f'predict --{how} ended with {code}: {said[-500:]}')
        check_kept(before, here, there)
        if how == 'move': need(not contents(here/'in'), 'images were not moved')
        else: need(contents(here/'in') == before, 'an original was changed')
        check_clean(there)
    return f'predict --{how}' + (' elsewhere' if elsewhere == shm else '')

def full_disk(rng):
    "The disk of the results is full; with room, the same command goes on"
    with room(work, 'full') as here:
        source, disk = photos(here/'in', 60), here/'disk'
        before = contents(source)
        disk.mkdir()
        size = rng.choice([40, 100, 300])
        mount = ['mount', '-t', 'tmpfs', '-o', f'size={size}k,mode=777', 'tmpfs', disk]
        mounted = os.getuid() == 0 and not subprocess.run(mount, capture_output=True).returncode
        handed_over(disk)
        limits = () if mounted else [(resource.RLIMIT_FSIZE, 1024*size//4)]
        words = ['tag', source, '--out', disk/'run', '--workers', '2']
        try:
            finish(words, limits)
            need(contents(source) == before, 'an original was changed')
            if mounted: subprocess.run(['mount', '-o', 'remount,size=500m', disk], check=True)
            code, said = finish(words)
            need(code == 0, f'with room it ended with {code}: {said[-500:]}')
            rows = rows_of(disk/'run')
            need(len(rows) == 60 and set(rows.values()) == {'ok'}, 'a row is missing, or is still bad')
        finally:
            if mounted: subprocess.run(['umount', '-l', disk], check=True)
    return 'full disk' if mounted else 'limit on files'

class Hostile(http.server.BaseHTTPRequestHandler):
    "A server that answers as badly as it can"
    def log_message(self, *a): pass
    def do_GET(self):
        try: getattr(self, self.path.split('/')[1].split('.')[0], self.send_nothing)()
        except OSError: pass
    def send_nothing(self): self.connection.close()
    def begin(self, length, code=200):
        self.send_response(code)
        self.send_header('Content-Length', str(length))
        self.end_headers()
    def short(self):
        self.begin(10**6)
        self.wfile.write(b'\xff\xd8\xff' + b'a'*1000)
    def huge(self):
        self.begin(10**15)
        while True: self.wfile.write(b'a'*2**16)
    def noise(self):
        self.begin(5000)
        self.wfile.write(os.urandom(5000))
    def trickle(self):
        self.begin(10**6)
        while True:
            self.wfile.write(b'a')
            time.sleep(.2)
    def slow_header(self):
        self.wfile.write(b'HTTP/1.1 200 OK\r\n')
        while True:
            self.wfile.write(b'X-A: b\r\n')
            time.sleep(.2)
    def loop(self):
        self.send_response(302)
        self.send_header('Location', '/loop.jpg')
        self.end_headers()
    def file(self):
        self.send_response(302)
        self.send_header('Location', 'file:///etc/passwd')
        self.end_headers()

def hostile_server(rng):
    "Addresses that never end, in a list; each has its row"
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kinds = ['short', 'huge', 'noise', 'trickle', 'slow_header', 'loop', 'file', 'nothing']
    try:
        with room(work, 'web') as here:
            addresses = [f'http://127.0.0.1:{port}/{k}.jpg' for k in rng.sample(kinds, len(kinds))]
            (here/'list.csv').write_text('url\n' + '\n'.join(addresses) + '\n')
            words = ['inspect', here/'list.csv', '--out', here/'run', '--timeout', '5', '--workers', '2']
            code, said = finish(words)
            rows = rows_of(here/'run')
            need(set(rows) == set(addresses), f'rows: {rows}; {said[-500:]}')
            need('ok' not in rows.values(), f'something was judged: {rows}')
    finally: server.shutdown()
    return 'hostile server'

def hostile_list(rng):
    "A zip or a CSV of noise, or one that was changed at random; every end is a message"
    with room(work, 'list') as here:
        source = photos(here/'in', 5)
        data = bytearray(b'path\n' + '\n'.join(map(str, source.rglob('*.jpg'))).encode())
        kind = rng.choice(['csv', 'zip'])
        if kind == 'zip':
            with zipfile.ZipFile(here/'z.zip', 'w') as z:
                for f in source.rglob('*.jpg'):
                    z.write(f, rng.choice(['', '../', '/', './']) + f.name)
            data = bytearray((here/'z.zip').read_bytes())
        for _ in range(rng.randint(0, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < .2:
            del data[rng.randrange(len(data)):]
        (here/f'list.{kind}').write_bytes(bytes(data))
        before = contents(source)
        code, said = finish(['inspect', here/f'list.{kind}', '--out', here/'run', '--workers', '1'])
        need(code in (0, 1, 2) and contents(source) == before, f'it ended with {code}: {said[-500:]}')
        need('this should not happen' not in said.lower(), said[-500:])
    return f'hostile {kind}'

def nasty_name(rng):
    name = ''.join(rng.choices(PIECES, k=rng.randint(1, 8))).strip('.') or 'a'
    if rng.random() < .1: name *= 300
    return os.fsdecode(os.fsencode(name)[:250] + b'.jpg')

def nasty_names(rng):
    "Names that few programs expect: every image has a row, in the table and in the CSV"
    import csv
    with room(work, 'names') as here:
        [good, *_] = photos(here/'one', 1).rglob('*.jpg')
        names = {nasty_name(rng) for _ in range(20)}
        (here/'in').mkdir()
        for name in names: shutil.copyfile(good, here/'in'/name)
        handed_over(here/'in')
        listed = [n for n in names if not n.startswith('.')]
        code, said = finish(['tag', here/'in', '--out', here/'run', '--workers', '1'])
        need(code == 0, f'it ended with {code}: {said[-500:]}')
        need(len(rows_of(here/'run')) == len(listed), f'{len(rows_of(here/"run"))} rows of {len(listed)}')
        with open(here/'run/results.csv', newline='', encoding='utf-8') as f: lines = [*csv.DictReader(f)]
        need(len(lines) == len(listed), f'results.csv has {len(lines)} rows of {len(listed)}')
    return 'nasty names'

def fuzzed_decoders(rng):
    "Random changes of pictures of every kind: each is decoded, or refused in words"
    from fuzz import run
    with room(work, 'fuzz') as here:
        tried, found, said = run(30, here/'found')
        need(tried and not found, f'{len(found)} findings: {said}')
    return 'fuzzed decoders'

TRIES = [killed_command, killed_sorting, killed_sorting, full_disk, hostile_server, hostile_list, nasty_names]

# ---- all of it -----------------------------------------------------------------------------

def make_judge(folder):
    "A go/no-go judge without maps, and new parts for it in the folder `new`"
    from imgqa_nb.synthetic.parts import part_folder
    parts = part_folder(folder/'parts', n_go=20, n_ng=8, n_new=12, size=128)
    shutil.copytree(parts/'new', folder/'new')
    handed_over(folder)
    code, said = finish(['gonogo', 'fit', '--go', parts/'GO', '--ng', parts/'NG', '--model', folder/'model',
                         '--alpha', '.1', '--backend', 'embedded', '--no-maps'])
    if code: raise SystemExit(f'no judge can be learned: {said[-1500:]}')
    return folder

def works_as_nobody():
    "Can this Python be run by another user?"
    if os.getuid() != 0: return False
    def become():
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    probe = [sys.executable, '-P', '-c', 'import imgqa_nb.apps.cli']
    try: return not subprocess.run(probe, preexec_fn=become, capture_output=True, cwd='/',
                                   env=os.environ | dict(PYTHONPATH=str(root))).returncode
    except OSError: return False

def run_tries(rng, until):
    "Try until the time is over: Counter of tries, list of losses"
    tried, lost, k = collections.Counter(), [], 0
    while not k or time.monotonic() < until:
        attempt = TRIES[k] if k < len(TRIES) else rng.choice(TRIES)
        seed = rng.randrange(10**9)
        k += 1
        try: name = attempt(random.Random(seed))
        except Lost as e:
            name = attempt.__name__
            lost.append(name)
            print(f'LOST  {name}, --only {name} --seed {seed}: {e}', flush=True)
        tried[name] += 1
        print(f'{k:4} {name}', flush=True)
    return tried, lost

def main():
    global work, judge, can_be_nobody
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--minutes', type=float, default=20)
    p.add_argument('--seed', type=int, default=random.randrange(10**6))
    names = sorted({t.__name__ for t in [*TRIES, fuzzed_decoders]})
    p.add_argument('--only', choices=names, help='one try, with the seed that was printed')
    a = p.parse_args()
    until = time.monotonic() + 60*a.minutes
    can_be_nobody = works_as_nobody()
    print(f'seed {a.seed}; the commands run as {"another user" if can_be_nobody else "this user"}')
    if os.getuid() == 0 and not can_be_nobody: print('no other user can read this Python, so it is root')
    if find_spec('atheris'): TRIES.append(fuzzed_decoders)
    else: print('skipped: fuzzing of the decoders (pip install atheris)')
    work = Path(tempfile.mkdtemp(prefix='torture-'))
    os.chmod(work, 0o755)
    try:
        handed_over(work)
        with room(work, 'judge') as folder:
            judge = make_judge(folder)
            if a.only:
                print(globals()[a.only](random.Random(a.seed)))
                return
            tried, lost = run_tries(random.Random(a.seed), until)
    finally: shutil.rmtree(work, ignore_errors=True)
    counts = ', '.join(f'{n} {name}' for name,n in tried.most_common())
    print(f'tried {sum(tried.values())} ({counts}); lost {len(lost)}')
    sys.exit(1 if lost else 0)

if __name__ == '__main__': main()
