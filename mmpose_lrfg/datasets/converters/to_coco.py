"""Converts YOLO-pose text labels to COCO JSON."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmpose_lrfg.datasets.coco_folder import describe
from mmpose_lrfg.datasets.converters.metainfo_file import NAME, metainfo_text
from mmpose_lrfg.datasets.yolo_folder import find_yaml, read_labels
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.data_yaml import read_data_yaml
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import dataset_info_of


class Converted(NamedTuple):
    """What was converted of a split."""

    split: str
    summary: str
    notes: list[str]


def yolo_to_coco(source: str | Path, dest: str | Path, copy: bool = False) -> list[Converted]:
    """Convert a data set of YOLO-pose text labels.

    Writes to ``dest``, for each split: the images, for example in ``train/``, and
    ``annotations/train.json`` as :func:`read_labels` reads it; and ``metainfo.py``.

    Args:
        source (str | Path): Its ``data.yaml``, or the folder of that file.
        dest (str | Path): A folder that does not exist, or is empty.
        copy (bool): Copy the images instead of linking to them.

    Raises:
        UserError: With file and line of what is wrong; ``dest`` is not written then.
    """
    path, dest = find_yaml(Path(source)), Path(dest)
    found = {split: read_labels(path, split) for split in read_data_yaml(path)[1]}
    with new_folder(dest) as folder:
        for split, (content, images, _) in found.items():
            names = [image['file_name'] for image in content['images']]
            fill_folder(folder / split, {n: (images / n).resolve() for n in names}, copy)
            write_json(folder / 'annotations' / f'{split}.json', content)
        info = dataset_info_of(path)
        (folder / NAME).write_text(metainfo_text(info), encoding='utf-8')
    return [Converted(split, describe(split, c), notes) for split, (c, _, notes) in found.items()]


@contextlib.contextmanager
def new_folder(dest: Path) -> Iterator[Path]:
    """Yield a folder to fill, which is renamed to ``dest`` at the end and removed after an error.

    Raises:
        UserError: If ``dest`` exists and is not empty.
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


def fill_folder(folder: Path, named: dict[str, Path], copy: bool) -> None:
    """Link or copy images to a new folder; a file system without links gets copies.

    Args:
        folder (Path): The folder.
        named (dict[str, Path]): Absolute paths of the images by their names in the folder.
        copy (bool): Copy the images instead of linking to them.
    """
    for name, source in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not copy:
            with contextlib.suppress(OSError):
                path.symlink_to(source)
                continue
        shutil.copy2(source, path)
