"""Reader of MMPose's ``metainfo``, which names keypoints and classes; facts about COCO's."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import mmpose
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_lrfg.utils.errors import UserError, nearest

COCO_METAINFO = {'from_file': 'configs/_base_/datasets/coco.py'}
NEEDED = ('dataset_name', 'keypoint_info')
HINT = (
    'one number a keypoint, how far annotators stray divided by the root of the area: 0.025 for an '
    'eye, 0.107 for a hip, 0.05 where nothing is known'
)


def read_metainfo(metainfo: Mapping) -> dict:
    """Parse ``metainfo`` with MMPose's ``parse_pose_metainfo`` after checking it.

    Other than in MMPose, entries next to ``from_file`` replace those of the file, ``skeleton_info``
    and ``joint_weights`` are optional, and ``classes`` names the categories with these keypoints.

    Args:
        metainfo (Mapping): ``from_file``, or ``dataset_name``, ``keypoint_info``, ``sigmas`` and
            so on; ``classes`` is a list of names of categories in the annotation file.

    Returns:
        dict: Result of ``parse_pose_metainfo``, with ``classes`` (a tuple) if given.

    Raises:
        UserError: If a part is missing, or a name is not that of a keypoint.
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
    """``dataset_info`` of a file, which may be one of MMPose's own by its base name."""
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
                f'{where}: {name} swaps with {swap}, no keypoint.{nearest(swap, names)}'
            )
        if swaps[swap] != name:
            raise UserError(f'{where}: {name} swaps with {swap}, but {swap} with {swaps[swap]}')
    for link in skeleton.values():
        for name in link['link']:
            if name not in swaps:
                raise UserError(
                    f'{where}: skeleton_info links {name}, no keypoint.{nearest(name, names)}'
                )


def _check_numbers(where: str, count: int, info: Mapping) -> None:
    sigmas = info.get('sigmas')
    sigmas = [] if sigmas is None else list(sigmas)
    if len(sigmas) != count:
        raise UserError(f'{where} has {len(sigmas)} sigmas for {count} keypoints ({HINT})')
    if min(sigmas) <= 0:
        raise UserError(f'{where} has a sigma of {min(sigmas)}; they are all positive ({HINT})')
    if len(info['joint_weights']) != count:
        raise UserError(
            f'{where} has {len(info["joint_weights"])} joint_weights for {count} keypoints'
        )


def _class_names(where: str, classes: Sequence[str] | str) -> tuple[str, ...]:
    names = (classes,) if isinstance(classes, str) else tuple(classes)
    if len(set(names)) < len(names):
        raise UserError(f'{where} names a class twice: {", ".join(names)}')
    return names
