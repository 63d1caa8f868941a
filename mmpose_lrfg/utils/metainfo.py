"""Keypoints and classes of a data set (MMPose's ``metainfo``)."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import mmpose
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_lrfg.utils.errors import UserError, nearest

MAX_CLASSES = 127  # MMPose's codec keeps labels in 8 bits
SIDES = {'left': 'right', 'right': 'left', 'l': 'r', 'r': 'l'}
COCO_METAINFO = {'from_file': 'configs/_base_/datasets/coco.py'}
NEEDED = ('dataset_name', 'keypoint_info')
HINT = (
    'one for each keypoint: the standard deviation of annotators divided by the root of the area, '
    '0.025 for an eye, 0.107 for a hip, 0.05 if unknown'
)


def read_metainfo(metainfo: Mapping) -> dict:
    """Read ``metainfo`` as MMPose does, and check it.

    Unlike in MMPose, entries beside ``from_file`` replace those of the file, ``skeleton_info`` and
    ``joint_weights`` are optional, and ``classes`` names the objects that have these keypoints.

    Args:
        metainfo (Mapping): ``from_file``, or ``dataset_name``, ``keypoint_info``, ``sigmas`` and
            so on; ``classes`` is a list of names of categories in the annotation file.

    Returns:
        dict: As ``parse_pose_metainfo`` returns it, and ``classes`` (a tuple) if given.

    Raises:
        UserError: If a part is missing or inconsistent.
    """
    info = dict(metainfo)
    source = info.pop('from_file', None)
    if source is not None:
        info = {**_load(source), **info}
    where = f'the metainfo of {source}' if source else 'metainfo'
    missing = [key for key in NEEDED if not info.get(key)]
    if missing:
        raise UserError(f'{where} has no {" and no ".join(missing)}')
    keypoints = dict(info['keypoint_info'])
    count = len(keypoints)
    info.setdefault('skeleton_info', {})
    info['joint_weights'] = info.get('joint_weights') or [1.0] * count
    _check_keypoints(where, keypoints, info['skeleton_info'])
    _check_numbers(where, count, info)
    # Flip indices are made in the order of the entries, whatever their numbers.
    info['keypoint_info'] = {index: keypoints[index] for index in range(count)}
    parsed = parse_pose_metainfo(info)
    if info.get('classes'):
        parsed['classes'] = _class_names(where, info['classes'])
    return parsed


def _load(source: str) -> dict:
    """Return ``dataset_info`` of a file, which may be one of MMPose's own by its base name."""
    path = Path(source)
    theirs = Path(mmpose.__file__).parent / '.mim' / 'configs' / '_base_' / 'datasets'
    if not path.is_file():
        path = theirs / path.name
    if not path.is_file():
        beside = [file.name for folder in (Path(source).parent, theirs) if folder.is_dir()
                  for file in folder.glob('*.py')]  # fmt: skip
        raise UserError(
            f'metainfo file {source} does not exist, here or in MMPose.{nearest(path.name, beside)}'
        )
    try:
        info = Config.fromfile(path).get('dataset_info')
    except SystemExit as error:
        raise UserError(f'metainfo file {path} calls sys.exit; remove that') from error
    if not info:
        raise UserError(f'metainfo file {path} defines no dataset_info = dict(...)')
    return dict(info)


def _check_keypoints(where: str, keypoints: Mapping, skeleton: Mapping) -> None:
    count = len(keypoints)
    if set(keypoints) != set(range(count)):
        raise UserError(f'{where}: keypoint_info numbers its {count} keypoints {list(keypoints)}, '
                        f'not 0 to {count - 1}')  # fmt: skip
    names = [point.get('name') for point in keypoints.values()]
    if len(set(names)) < count or not all(names):
        raise UserError(f'{where}: keypoint_info needs a name for each keypoint, all different')
    swaps = {point['name']: point.get('swap') or point['name'] for point in keypoints.values()}
    for name, swap in swaps.items():
        if swap not in swaps:
            raise UserError(
                f'{where}: {name} swaps with {swap}, which is no keypoint.{nearest(swap, names)}'
            )
        if swaps[swap] != name:
            raise UserError(f'{where}: {name} swaps with {swap}, but {swap} with {swaps[swap]}')
    for link in skeleton.values():
        for name in link['link']:
            if name not in swaps:
                raise UserError(
                    f'{where}: skeleton_info links {name}, which is no keypoint.'
                    f'{nearest(name, names)}'
                )


def _check_numbers(where: str, count: int, info: Mapping) -> None:
    sigmas = info.get('sigmas')
    sigmas = [] if sigmas is None else list(sigmas)
    if len(sigmas) != count:
        raise UserError(f'{where} has {len(sigmas)} sigmas for {count} keypoints ({HINT})')
    if min(sigmas) <= 0:
        raise UserError(f'{where} has a sigma of {min(sigmas)}; sigmas must be positive ({HINT})')
    if len(info['joint_weights']) != count:
        raise UserError(
            f'{where} has {len(info["joint_weights"])} joint_weights for {count} keypoints'
        )


def _class_names(where: str, classes: Sequence[str] | str) -> tuple[str, ...]:
    names = (classes,) if isinstance(classes, str) else tuple(classes)
    if len(set(names)) < len(names):
        raise UserError(f'{where} names a class twice: {", ".join(names)}')
    return names


def flip_by_name(names: Sequence[str]) -> tuple[int, ...]:
    """Return flip indices by names: 'left_eye' swaps with 'right_eye', 'nose' with itself."""
    found = {name: index for index, name in enumerate(names)}

    def mirrored(name: str) -> str:
        parts = name.split('_')
        return '_'.join(SIDES.get(part, part) for part in parts)

    return tuple(found.get(mirrored(name), index) for name, index in found.items())


class Classes(NamedTuple):
    """C classes in the order of their labels."""

    names: tuple[str, ...]
    category_ids: tuple[int, ...]
    """Ids in the annotation file."""

    @classmethod
    def choose(
        cls, categories: Iterable[Mapping], names: Sequence[str] | None, ann_file: str
    ) -> 'Classes':
        """Return the named categories in that order, or all by their ids.

        Args:
            categories (Iterable[Mapping]): Of the file, with ``id`` and ``name``.
            names (Sequence[str], optional): ``classes`` of the metainfo.
            ann_file (str): The file, named in messages.

        Raises:
            UserError: If a name is no category, or there are more than 127.
        """
        listed = sorted(categories, key=lambda category: category['id'])
        ids = {str(category.get('name', category['id'])): category['id'] for category in listed}
        # A single class may have any name.
        if names is None or (len(names) == 1 == len(listed)):
            names = names or [str(category.get('name', category['id'])) for category in listed]
            chosen = cls(tuple(names), tuple(category['id'] for category in listed))
        else:
            unknown = [name for name in names if name not in ids]
            if unknown:
                raise UserError(
                    f'metainfo.classes names {unknown[0]}, but the categories of {ann_file} are '
                    f'{", ".join(ids)}.{nearest(unknown[0], ids)}'
                )
            chosen = cls(tuple(names), tuple(ids[name] for name in names))
        if len(chosen.names) > MAX_CLASSES:
            raise UserError(
                f'{ann_file} has {len(chosen.names)} categories, at most {MAX_CLASSES} are possible'
            )
        return chosen
