"""Prepares ``data/coco``, the folder of the configs: all images of a COCO folder, or some."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from mmpose_lrfg.datasets.coco_folder import LAYOUTS, Split, check_images, open_folder
from mmpose_lrfg.runtime.files import replacing, write_json
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.json_files import read_bytes, read_json

NOTE = 'prepared.json'  # lists the files that this module wrote and may replace
IMAGES, ANNOTATIONS = LAYOUTS[1]


class _Note(msgspec.Struct):
    made: list[str]


def prepare(
    source: str | Path,
    dest: str | Path,
    ids: Iterable[int] | None = None,
    copy: bool = False,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Split]:
    """Check a COCO folder and link it, or a part of it, under COCO's names.

    Nothing is written before everything is checked. A second call changes nothing, or continues an
    interrupted copy.

    Args:
        source (str | Path): The folder, see :func:`open_folder`.
        dest (str | Path): Output folder for ``train2017/``, ``val2017/`` and
            ``annotations/person_keypoints_{train,val}2017.json``. If it is the source, it is only
            checked.
        ids (Iterable[int], optional): Ids of the images to take. A split without any of them is
            taken as a whole.
        copy (bool): Copy the files instead of linking to them.
        workers (int, optional): Number of threads that decode images.
        on_progress (Callable[[int, int], None]): Called with images decoded and in all.

    Returns:
        list[Split]: The linked splits.

    Raises:
        UserError: If the folder is incomplete, an id is unknown, or ``dest`` has other files.
    """
    source, dest = Path(source).resolve(), Path(dest)
    splits = open_folder(source)
    if ids is not None:
        _cut(splits, set(ids))
    only_check = source == dest.resolve()
    made = [place.format(s.name) for s in splits for place in (IMAGES, ANNOTATIONS)]
    if only_check:  # nothing may be replaced
        unchanged = not any(split.cut or split.renamed for split in splits)
        if not unchanged or any(s.images.name != IMAGES.format(s.name) for s in splits):
            raise UserError(f'{source} is SOURCE and DEST; name another DEST')
    else:
        _check_dest(dest, made)
    check_images(splits, workers, on_progress)
    if only_check:
        return splits
    dest.mkdir(parents=True, exist_ok=True)
    write_json(dest / NOTE, {'source': str(source), 'made': made})
    for split in splits:
        _place_images(split, dest / IMAGES.format(split.name), copy)
        target = dest / ANNOTATIONS.format(split.name)
        if split.cut or split.renamed:
            write_json(target, split.content)
        else:
            (_copy if copy else _link)(split.annotations.resolve(), target)
    return splits


def read_ids(path: str | Path) -> list[int]:
    """Read image ids from a JSON list, or one a line; empty lines and # comments are ignored.

    Raises:
        UserError: If it cannot be read or an id is no number.
    """
    data = read_bytes(path)
    if data.lstrip().startswith(b'['):
        ids = read_json(path, list[int])
    else:
        ids = []
        for number, line in enumerate(data.decode(errors='replace').splitlines(), 1):
            text = line.partition('#')[0].strip()
            try:
                ids += [int(text)] if text else []
            except ValueError:
                raise UserError(f'{path}, line {number}: {text!r} is not an image id') from None
    if not ids:
        raise UserError(f'file of ids {path} has no ids')
    return ids


def _cut(splits: list[Split], ids: set[int]) -> None:
    """Keep only the images with these ids, in the splits that have any of them."""
    known = {image['id'] for split in splits for image in split.content['images']}
    unknown = ids - known
    if unknown:
        raise UserError(
            f'{len(unknown)} of {len(ids)} ids are of no image in '
            f'{" or ".join(str(s.annotations) for s in splits)}, e.g. {min(unknown)}'
        )
    for split in splits:
        content = split.content
        images = [image for image in content['images'] if image['id'] in ids]
        if not images or len(images) == len(content['images']):
            continue
        people = [ann for ann in content['annotations'] if ann['image_id'] in ids]
        split.content = {**content, 'images': images, 'annotations': people}
        split.cut = True


def _check_dest(dest: Path, made: list[str]) -> None:
    """Refuse to replace files that are neither links nor listed in the note."""
    if dest.exists() and not dest.is_dir():
        raise UserError(f'{dest} is a file; name a folder')
    note = dest / NOTE
    ours = read_json(note, _Note)['made'] if note.is_file() else ()
    for name in made:
        path = dest / name
        if not path.parent.resolve().is_relative_to(dest.resolve()):
            raise UserError(
                f'{path.parent} is a link out of {dest}; remove it or name another DEST'
            )
        if path.exists() and not path.is_symlink() and name not in ours:
            raise UserError(
                f'{path} exists and was not made by this command; move it away or name another DEST'
            )


def _place_images(split: Split, target: Path, copy: bool) -> None:
    if not (split.cut or copy):
        _link(split.images.resolve(), target)
        return
    partial = target.with_name(f'.{target.name}.partial')
    if target.is_dir() and not target.is_symlink() and not partial.exists():
        target.rename(partial)  # complete what is there
    names = [image['file_name'] for image in split.content['images']]
    fill_folder(partial, {name: split.images / name for name in names}, copy)
    _remove(target)
    partial.rename(target)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def fill_folder(folder: Path, wanted: dict[str, Path], copy: bool) -> None:
    """Make ``folder`` contain exactly the wanted files; those that are there are kept."""
    if folder.is_symlink():
        folder.unlink()  # do not write to its target
    folder.mkdir(exist_ok=True)
    for path in [p for p in folder.rglob('*') if not p.is_dir() or p.is_symlink()]:
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, source in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (_copy if copy else _link)(source.resolve(), path)


def _link(source: Path, target: Path) -> None:
    if target.is_symlink() and target.readlink() == source:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_symlink():
        _remove(target)  # checked by _check_dest
    temporary = target.with_name(f'.{target.name}.{os.getpid()}')
    try:
        temporary.symlink_to(source)
    except OSError as error:
        raise UserError(
            f'{target} cannot be made a link ({error.strerror}); --copy copies the files'
        ) from error
    temporary.replace(target)


def _copy(source: Path, target: Path) -> None:
    if target.is_file() and not target.is_symlink():
        there, here = target.stat(), source.stat()
        if (there.st_size, there.st_mtime_ns) == (here.st_size, here.st_mtime_ns):
            return
    with replacing(target, durable=False) as temporary:
        shutil.copy2(source, temporary)
