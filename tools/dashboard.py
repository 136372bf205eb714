"""Serve the dashboard of a run: `make dashboard RUN=folder [KIND=quality|line|background] [REFERENCE=folder]
[PORT=number]`. What is asked for comes through the environment, and is never part of a command line."""
import os, sys
from pathlib import Path
from imgqa_nb.apps.boards import dashboard
from imgqa_nb.core.errors import ImgqaError

notebooks = Path(__file__).resolve().parent.parent/'nbs'/'apps'

def main():
    asked = {name: os.environ.get(name.upper()) or None for name in ('run', 'kind', 'reference', 'port')}
    if asked['run'] is None: sys.exit('which run? make dashboard RUN=folder')
    try: port = None if asked['port'] is None else int(asked['port'])
    except ValueError: sys.exit(f'PORT={asked["port"]} is no number')
    look = not os.environ.get('NO_BROWSER')
    try: dashboard(asked['run'], asked['kind'], asked['reference'], notebooks, port, look)
    except ImgqaError as e: sys.exit(str(e))

if __name__=='__main__': main()
