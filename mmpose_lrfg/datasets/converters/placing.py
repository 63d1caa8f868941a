"""Puts a converted data set in its place only when all of it is there."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError


@contextlib.contextmanager
def new_folder(dest: Path) -> Iterator[Path]:
    """Yield a folder to fill beside ``dest``, which it becomes at the end.

    After an error it is removed.

    Raises:
        UserError: If ``dest`` is there already.
    """
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise UserError(f'{dest} exists; name another DEST or remove it first')
    partial = dest.with_name(f'.{dest.name}.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if dest.is_dir():
            dest.rmdir()
        partial.rename(dest)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
