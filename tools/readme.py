"README.md from nbs/index.ipynb, which is the home page too. Links become links within the repository."
import base64, json, re, shutil
from pathlib import Path
from posixpath import normpath

warning = '<!-- Made from nbs/index.ipynb by tools/readme.py: edit that. -->'
directive = re.compile(r'^#\|[ \t]*([\w-]+)[ \t]*:?[ \t]*(.*?)[ \t]*$', re.M)
link = re.compile(r'(\]\(|src="|href=")(?!\w+:|#|/)([^)"\s]+)')
ansi = re.compile(r'\x1b\[[0-9;]*m')

def text(v)->str: return v if isinstance(v, str) else ''.join(v)

def from_root(md:str)->str: # links as a file at the top of the repository needs them
    "`images/x.png` in nbs/ → `nbs/images/x.png`; `../data` → `data`"
    return link.sub(lambda m: m[1] + normpath('nbs/'+m[2]), md)

def output(o:dict, files:Path)->str:
    "One output as markdown; a picture is written into `files`"
    data = o.get('data', {})
    if o['output_type']=='stream': return f'```text\n{ansi.sub("", text(o["text"])).rstrip()}\n```'
    for kind,ext in (('image/svg+xml','svg'), ('image/png','png'), ('image/jpeg','jpg')):
        if kind not in data: continue
        files.mkdir(exist_ok=True)
        f = files/f'{len(list(files.iterdir()))+1}.{ext}'
        f.write_bytes(text(data[kind]).encode() if ext=='svg' else base64.b64decode(text(data[kind])))
        return f'![]({files.name}/{f.name})'
    if 'text/markdown' in data: return from_root(text(data['text/markdown']))
    if 'text/html' in data:
        return re.sub(r'\n\s*\n', '\n', re.sub(r'<style.*?</style>', '', text(data['text/html']), flags=re.S))
    return f'```text\n{text(data.get("text/plain", "")).rstrip()}\n```'

def code(cell:dict, files:Path):
    "The parts of a code cell that show"
    s = text(cell['source'])
    flags = dict(directive.findall(s))
    if 'hide' in flags or flags.get('include')=='false': return
    s = directive.sub('', s).strip()
    if s and flags.get('echo')!='false': yield f'```python\n{s}\n```'
    if flags.get('output')!='false': yield from (output(o, files) for o in cell['outputs'])

def write_readme(top:Path):
    "Write README.md, and README_files where there are pictures in outputs"
    files = top/'README_files'
    shutil.rmtree(files, ignore_errors=True)
    parts = [warning]
    for cell in json.loads((top/'nbs'/'index.ipynb').read_text(encoding='utf-8'))['cells']:
        if cell['cell_type']=='markdown': parts.append(from_root(text(cell['source']).strip()))
        elif cell['cell_type']=='code': parts += code(cell, files)
    (top/'README.md').write_text('\n\n'.join(p for p in parts if p)+'\n', encoding='utf-8')

if __name__=='__main__': write_readme(Path.cwd())
