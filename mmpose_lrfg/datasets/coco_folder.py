"""A folder of COCO people: where its parts lie, and whether all of it can be trained on."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from mmpose_lrfg.datasets.annotations import AnnotationChecks
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.runtime.images import decode
from mmpose_lrfg.utils.errors import UserError, nearest

SPLITS = ('train', 'val')
NUM_KEYPOINTS = 17
# Images and annotations of a split, under its name in the folder: ours, then COCO's own.
LAYOUTS = (
    ('{}', 'annotations/{}.json'),
    ('{}2017', 'annotations/person_keypoints_{}2017.json'),
)


@dataclass
class Split:
    """The train or val part of a folder.

    Attributes:
        name: 'train' or 'val'.
        images: The folder of its images.
        annotations: Its file of labels.
        content: What that file holds; every ``file_name`` is relative to ``images``.
        renamed: How many file names the file had otherwise (another suffix, another folder).
        cut: Whether images were left out.
        warnings: What a training will fill in or leave out.
    """

    name: str
    images: Path
    annotations: Path
    content: dict
    renamed: int = 0
    cut: bool = False
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        people = [ann for ann in self.content['annotations'] if not ann.get('iscrowd')]
        points = sum(sum(v > 0 for v in ann['keypoints'][2::3]) for ann in people)
        images = len(self.content['images'])
        return f'{self.name}: {images} images, {len(people)} people, {points} keypoints'


def open_folder(source: str | Path) -> list[Split]:
    """Find train and val in a folder, read their labels and find their images.

    Args:
        source (str | Path): With ``train/``, ``val/`` and ``annotations/train.json``, ``val.json``,
            or with COCO's own names.

    Raises:
        UserError: If a part is missing, labels are not what they should be, or images are missing.
    """
    return [_open_split(Path(source), name) for name in SPLITS]


def _open_split(source: Path, name: str) -> Split:
    return _checked(name, *find_layout(source, name))


def find_layout(source: str | Path, name: str) -> tuple[Path, Path]:
    """Folder of images and file of labels of 'train' or 'val' in a folder.

    Raises:
        UserError: If they are not there.
    """
    if not Path(source).is_dir():
        raise UserError(f'{source} is not a folder')
    for folder, file in LAYOUTS:
        images, annotations = Path(source, folder.format(name)), Path(source, file.format(name))
        if images.is_dir() and annotations.is_file():
            return images, annotations
    wanted = ' or '.join(f'{a.format(name)}/ with {b.format(name)}' for a, b in LAYOUTS)
    raise UserError(f'{source} has no {name} set: it needs {wanted}')


def open_labels(path: str | Path, images: str | Path | None = None) -> Split:
    """Read one file of labels and find its images.

    Args:
        path (str | Path): COCO keypoint JSON; or a folder as for :func:`open_folder`, whose val
            set is taken.
        images (str | Path, optional): Their folder. By default the one beside ``annotations``
            whose name the file ends in: ``val/`` or ``val2017/``.

    Raises:
        UserError: If one of them is not there, or as for :func:`open_folder`.
    """
    path = Path(path)
    if path.is_dir():
        return _open_split(path, 'val')
    if not path.is_file():
        hint = nearest(path.name, (p.name for p in path.parent.glob('*.json')))
        raise UserError(f'annotation file {path} does not exist.{hint}')
    if images is None:
        name = path.stem.rpartition('_')[2]
        folders = [path.parent.parent / name, path.parent / name, path.parent / 'images']
        images = next((folder for folder in folders if folder.is_dir()), None)
        if images is None:
            raise UserError(f'{folders[0]} does not exist; name the folder of the images of {path}')
    if not Path(images).is_dir():
        raise UserError(f'{images} is not a folder of images')
    return _checked(path.stem, Path(images), path)


def _checked(name: str, images: Path, annotations: Path) -> Split:
    split = Split(name, images, annotations, read_coco(annotations))
    split.warnings = _check_labels(split)
    _find_images(split)
    return split


def _check_labels(split: Split) -> list[str]:
    """Warnings; an error where a training would stop, by the same checks."""
    content, path = split.content, split.annotations
    checks = AnnotationChecks(str(path), NUM_KEYPOINTS)
    images = {image['id']: image['file_name'] for image in content['images']}
    if len(images) < len(content['images']):
        raise UserError(f'{path}: an image id is there twice; every image needs its own')
    categories = {c['id']: c for c in content.get('categories', ())}
    # Copies: the checks fill in what is missing, and this file is to stay as it is.
    people = [dict(ann) for ann in content['annotations']]
    for ann in people:
        checks.look_at(ann, categories)
    everything = SimpleNamespace(
        dataset=dict(content, annotations=people),
        imgs=images,
        anns={ann['id']: ann for ann in people},
    )
    checks.after_loading(everything)
    wrong = [
        ann['id']
        for ann in people
        if 'keypoints' in ann and ann['num_keypoints'] != sum(v > 0 for v in ann['keypoints'][2::3])
    ]
    if wrong:
        raise UserError(
            f'{path}: "num_keypoints" of {len(wrong)} annotations is not the number of their '
            f'keypoints with v > 0, e.g. of annotation {wrong[0]}'
        )
    return checks.warnings()


def _find_images(split: Split) -> None:
    """Make every ``file_name`` lead to a file; another suffix or folder than it says is found."""
    by_stem = {path.stem: path.name for path in sorted(split.images.iterdir())}
    missing = []
    for number, image in enumerate(split.content['images']):
        where = f'{split.annotations}: images[{number}].file_name'
        name = name_inside(split.images, image['file_name'], where)
        if (split.images / name).is_file():
            split.renamed += name != image['file_name']
            image['file_name'] = name
            continue
        found = by_stem.get(Path(name).stem)
        if found is None:
            missing.append(name)
            continue
        image['file_name'] = found
        split.renamed += 1
    if missing:
        raise UserError(
            f'{len(missing)} of {len(split.content["images"])} images of {split.annotations} are '
            f'not in {split.images}, e.g. {missing[0]} (with any suffix)'
        )


def check_images(
    splits: Iterable[Split],
    workers: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Decode every image and compare its size with the labels'.

    Args:
        splits (Iterable[Split]): Train and val.
        workers (int, optional): Threads. Defaults to the number of processors.
        on_progress (Callable[[int, int], None]): Called with images done and in all.

    Raises:
        UserError: How many do not decode or are of another size, and which is the first.
    """
    jobs = [(split.images / image['file_name'], image) for split in splits
            for image in split.content['images']]  # fmt: skip
    bad: dict[Path, str] = {}
    for done, (path, reason) in enumerate(_in_threads(jobs, workers), 1):
        if reason:
            bad[path] = reason
        on_progress(done, len(jobs))
    if bad:
        path = min(bad)
        raise UserError(
            f'{len(bad)} of {len(jobs)} images cannot be used, e.g. {path}: {bad[path]}'
        )


def _in_threads(jobs: list, workers: int | None) -> Iterator[tuple[Path, str | None]]:
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        for job in as_completed([pool.submit(_look_at, *job) for job in jobs]):
            yield job.result()
    finally:
        pool.shutdown(cancel_futures=True)  # also after Ctrl-C


def _look_at(path: Path, image: dict) -> tuple[Path, str | None]:
    """Why an image cannot be used; None if it can."""
    decoded, reason = decode(path)
    if decoded is None:
        return path, reason
    height, width = decoded.shape[:2]
    labelled = image.get('width', width), image.get('height', height)
    if labelled != (width, height):
        return path, (
            f'it is {width} x {height}, but the labels are for {labelled[0]} x {labelled[1]}'
        )
    return path, None
