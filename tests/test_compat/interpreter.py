"""Runs code in a fresh interpreter, with packages of its own."""

import subprocess
import sys
from pathlib import Path

from mmpose_lrfg import compat

ROOT = Path(compat.__file__).resolve().parents[2]


def run(code, *paths):
    """Run ``code`` in a fresh interpreter that looks into ``paths`` first; return its output."""
    setup = f'import sys; sys.path[:0] = {[str(p) for p in (*paths, ROOT)]!r}\n'
    done = subprocess.run(
        [sys.executable, '-c', setup + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write_package(folder, name, **files):
    package = folder / name
    package.mkdir(parents=True)
    for stem, text in {'__init__': '', **files}.items():
        (package / f'{stem}.py').write_text(text)
