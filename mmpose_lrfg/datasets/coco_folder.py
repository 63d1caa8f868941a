"""Opens and checks a folder of images of people with COCO annotations."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmpose_lrfg.datasets.checks import Labels, places
from mmpose_lrfg.datasets.checks.annotations import check
from mmpose_lrfg.datasets.checks.rules import refuse_errors
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.utils.errors import UserError, nearest

NUM_KEYPOINTS = 17
# Images and annotations of a split: the short layout, then COCO's own.
LAYOUTS = (
    ('{}', 'annotations/{}.json'),
    ('{}2017', 'annotations/person_keypoints_{}2017.json'),
)


@dataclass
class Split:
    """The train or val part of a folder.

    Attributes:
        name: 'train' or 'val'.
        images: Folder of the images.
        annotations: The annotation file.
        content: Its content; every ``file_name`` is relative to ``images``.
        renamed: Number of file names that were corrected (another suffix, another folder).
        cut: Whether images were left out.
        warnings: Findings that are no errors: what training fills in or ignores.
    """

    name: str
    images: Path
    annotations: Path
    content: dict
    renamed: int = 0
    cut: bool = False
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return describe(self.name, self.content)


def describe(name: str, content: dict) -> str:
    """Return the numbers of images, of objects by category without crowds, and of keypoints."""
    images = content['images']
    objects = [ann for ann in content['annotations'] if not ann.get('iscrowd')]
    names = {category['id']: category.get('name', 'objects') for category in content['categories']}
    counts = Counter(names.get(ann.get('category_id'), 'objects') for ann in objects)
    listed = ', '.join(f'{n} {kind}' for kind, n in counts.items()) or 'no objects'
    points = sum(v > 0 for ann in objects for v in (ann.get('keypoints') or ())[2::3])
    empty = len(images) - len({ann['image_id'] for ann in objects})
    return f'{name}: {len(images)} images ({empty} without objects), {listed}, {points} keypoints'


def open_folder(source: str | Path) -> list[Split]:
    """Read the annotations of train and val in a folder and find their images.

    Args:
        source (str | Path): With ``train/``, ``val/`` and ``annotations/train.json``, ``val.json``,
            or with COCO's own names.

    Raises:
        UserError: If a part or images are missing, or annotations are wrong.
    """
    return [_read_split(name, *find_layout(source, name)) for name in ('train', 'val')]


def find_layout(source: str | Path, name: str) -> tuple[Path, Path]:
    """Return the image folder and the annotation file of 'train' or 'val' in a folder.

    Raises:
        UserError: If they do not exist.
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
    """Read one annotation file and find its images.

    Args:
        path (str | Path): COCO keypoint JSON; or a folder as for :func:`open_folder`, whose val
            set is taken.
        images (str | Path, optional): Image folder (default: the one beside ``annotations`` whose
            name the file ends in, such as ``val`` or ``val2017``).

    Raises:
        UserError: If one of them does not exist, or as for :func:`open_folder`.
    """
    path = Path(path)
    if path.is_dir():
        return _read_split('val', *find_layout(path, 'val'))
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
    return _read_split(path.stem, Path(images), path)


def _read_split(name: str, images: Path, annotations: Path) -> Split:
    split = Split(name, images, annotations, read_coco(annotations))
    findings = check(split.content, NUM_KEYPOINTS)
    refuse_errors(annotations, findings, also=['num_keypoints'])
    split.warnings = [str(finding) for finding in findings]
    _find_images(split)
    return split


def _find_images(split: Split) -> None:
    """Correct every ``file_name`` whose file has another suffix or lies in another folder."""
    by_stem = {path.stem: path.name for path in sorted(split.images.iterdir())}
    missing = []
    for number, image in enumerate(split.content['images']):
        where = f'{split.annotations}: images[{number}].file_name'
        name = name_inside(split.images, image['file_name'], where)
        if not (split.images / name).is_file():
            found = by_stem.get(Path(name).stem)
            if found is None:
                missing.append(name)
                continue
            name = found
        split.renamed += name != image['file_name']
        image['file_name'] = name
    if missing:
        raise UserError(
            f'{len(missing)} of {len(split.content["images"])} images of {split.annotations} are '
            f'not in {split.images}, e.g. {missing[0]} (with any suffix)'
        )


def check_images(
    splits: Sequence[Split],
    workers: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Decode every image and compare its size with the annotations'.

    Args:
        splits (Sequence[Split]): Train and val.
        workers (int, optional): Number of threads (default: number of processors).
        on_progress (Callable[[int, int], None]): Called with images done and in all.

    Raises:
        UserError: With the number of unusable images and the first of them.
    """
    done, total = itertools.count(1), sum(len(split.content['images']) for split in splits)
    for split in splits:
        labels = Labels(split.annotations, split.content, split.images)
        found = places.check_images(labels, lambda *_: on_progress(next(done), total), workers)
        refuse_errors(split.images, found)
