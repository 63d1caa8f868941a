"""Keypoints and classes of a data set (MMPose's ``metainfo``)."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import mmpose
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.data_yaml import YoloSchema, is_data_yaml, read_schema
from mmpose_lrfg.utils.errors import UserError, nearest

SIGMA = 0.05  # of keypoints that COCO does not have
MAX_CLASSES = 127  # MMPose's codec keeps labels in 8 bits
SIDES = {'left': 'right', 'right': 'left', 'l': 'r', 'r': 'l'}
COCO_METAINFO = {'from_file': 'configs/_base_/datasets/coco.py'}
SIGMAS_HINT = (
    'one for each keypoint: the standard deviation of annotators divided by the root of the area, '
    '0.025 for an eye, 0.107 for a hip, 0.05 if unknown'
)


def read_metainfo(metainfo: Mapping) -> dict:
    """Read ``metainfo`` as MMPose does, and check it.

    Unlike in MMPose, entries beside ``from_file`` replace those of the file, ``skeleton_info`` and
    ``joint_weights`` are optional, and ``classes`` names the objects that have these keypoints.

    Args:
        metainfo (Mapping): ``from_file`` (also a ``data.yaml``), or ``dataset_name``,
            ``keypoint_info``, ``sigmas`` and so on; ``classes`` is a list of names of categories in
            the annotation file.

    Returns:
        dict: As ``parse_pose_metainfo`` returns it, and ``classes`` (a tuple) if given.

    Raises:
        UserError: If a part is missing or inconsistent.
    """
    info = dict(metainfo)
    source = info.pop('from_file', None)
    if source is not None:
        info = {**_load(source), **info}
    info.setdefault('skeleton_info', {})
    try:
        _check(info)
    except UserError as error:
        where = f'the metainfo of {source}' if source else 'metainfo'
        raise UserError(f'{where}: {error}') from None
    keypoints = info['keypoint_info']
    info['joint_weights'] = info.get('joint_weights') or [1.0] * len(keypoints)
    # Flip indices are made in the order of the entries, whatever their numbers.
    info['keypoint_info'] = {index: keypoints[index] for index in range(len(keypoints))}
    parsed = parse_pose_metainfo(info)
    if classes := info.get('classes'):
        parsed['classes'] = (classes,) if isinstance(classes, str) else tuple(classes)
    return parsed


def _load(source: str) -> dict:
    """Return ``dataset_info`` of a file, which may be one of MMPose's own by its base name."""
    path = Path(source)
    if is_data_yaml(path):
        return dataset_info_of(path)
    theirs = Path(mmpose.__file__).parent / '.mim' / 'configs' / '_base_' / 'datasets'
    if not path.is_file():
        path = theirs / path.name
    if not path.is_file():
        files = [*Path(source).parent.glob('*.py'), *theirs.glob('*.py')]
        hint = nearest(path.name, [file.name for file in files])
        raise UserError(f'metainfo file {source} does not exist, here or in MMPose.{hint}')
    info = load_config(str(path)).get('dataset_info')
    if not info:
        raise UserError(f'metainfo file {path} defines no dataset_info = dict(...)')
    return dict(info)


def _check(info: Mapping) -> None:
    missing = [key for key in ('dataset_name', 'keypoint_info') if not info.get(key)]
    if missing:
        raise UserError(f'no {" and no ".join(missing)}')
    keypoints = info['keypoint_info']
    count = len(keypoints)
    if set(keypoints) != set(range(count)):
        raise UserError(
            f'keypoint_info numbers its {count} keypoints {list(keypoints)}, not 0 to {count - 1}'
        )
    names = [point.get('name') for point in keypoints.values()]
    if len(set(names)) < count or not all(names):
        raise UserError('keypoint_info needs a name for each keypoint, all different')
    swaps = {point['name']: point.get('swap') or point['name'] for point in keypoints.values()}
    for name, swap in swaps.items():
        if swap not in swaps:
            raise UserError(
                f'{name} swaps with {swap}, which is no keypoint.{nearest(swap, names)}'
            )
        if swaps[swap] != name:
            raise UserError(f'{name} swaps with {swap}, but {swap} with {swaps[swap]}')
    for name in (name for link in info['skeleton_info'].values() for name in link['link']):
        if name not in swaps:
            hint = nearest(name, names)
            raise UserError(f'skeleton_info links {name}, which is no keypoint.{hint}')
    sigmas = info.get('sigmas')
    sigmas = [] if sigmas is None else list(sigmas)
    if len(sigmas) != count:
        raise UserError(f'{len(sigmas)} sigmas for {count} keypoints ({SIGMAS_HINT})')
    if min(sigmas) <= 0:
        raise UserError(f'sigmas must be positive, got {min(sigmas)} ({SIGMAS_HINT})')
    weights = info.get('joint_weights')
    if weights and len(weights) != count:
        raise UserError(f'{len(weights)} joint_weights for {count} keypoints')
    classes = info.get('classes') or ()
    if not isinstance(classes, str) and len(set(classes)) < len(classes):
        raise UserError(f'a class is named twice: {", ".join(classes)}')


def dataset_info(
    schema: YoloSchema, name: str, links: Sequence[tuple[int, int]] | None = None
) -> dict:
    """Return the metainfo of a schema; that of COCO if the keypoints are COCO's.

    Keypoints with a name of COCO's have its sigma, all others 0.05.

    Args:
        schema (YoloSchema): Classes and keypoints.
        name (str): Name of the data set.
        links (Sequence[tuple[int, int]], optional): Pairs of keypoints to link in drawings.
    """
    head = dict(dataset_name=name, classes=list(schema.classes))
    if is_coco(schema):
        coco = _load(COCO_METAINFO['from_file'])
        parts = ('keypoint_info', 'skeleton_info', 'joint_weights', 'sigmas')
        return {**head, **{part: coco[part] for part in parts}}
    names, known = schema.keypoints, read_metainfo(COCO_METAINFO)['sigmas'].tolist()
    known = dict(zip(COCO.names, known))
    swaps = [names[other] if other != n else '' for n, other in enumerate(schema.flip)]
    return {
        **head,
        'keypoint_info': {n: dict(name=names[n], id=n, swap=swaps[n]) for n in range(len(names))},
        'skeleton_info': {
            n: dict(link=(names[a], names[b]), id=n) for n, (a, b) in enumerate(links or ())
        },
        'joint_weights': [1.0] * len(names),
        'sigmas': [round(known.get(name, SIGMA), 4) for name in names],
    }


def dataset_info_of(path: Path) -> dict:
    """Return :func:`dataset_info` of a ``data.yaml``, named after its folder."""
    name = path.parent.resolve().name if path.stem == 'data' else path.stem
    return dataset_info(read_schema(path), name)


def is_coco(schema: YoloSchema) -> bool:
    """Return whether the keypoints are COCO's, by their names or, without names, by the pairs."""
    unnamed = schema.keypoints == YoloSchema((), schema.num_keypoints).keypoints
    flip = tuple(read_metainfo(COCO_METAINFO)['flip_indices'])
    return schema.keypoints == COCO.names or (unnamed and schema.flip == flip)


def unknown_sigmas(names: Sequence[str]) -> list[str]:
    """Return the keypoints that COCO does not have, for whose sigmas there is only a guess."""
    return [name for name in names if name not in COCO.names]


def flip_by_name(names: Sequence[str]) -> tuple[int, ...]:
    """Return flip indices by names: 'left_eye' swaps with 'right_eye', 'nose' with itself."""
    found = {name: index for index, name in enumerate(names)}
    mirrored = ('_'.join(SIDES.get(part, part) for part in name.split('_')) for name in names)
    return tuple(found.get(name, index) for index, name in enumerate(mirrored))


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
        chosen = [(str(each.get('name', each['id'])), each['id']) for each in listed]
        if names is not None and len(names) == 1 == len(listed):  # which may have any name
            chosen = [(names[0], listed[0]['id'])]
        elif names is not None:
            ids = dict(chosen)
            for name in names:
                if name not in ids:
                    raise UserError(
                        f'metainfo.classes names {name}, but the categories of {ann_file} are '
                        f'{", ".join(ids)}.{nearest(name, ids)}'
                    )
            chosen = [(name, ids[name]) for name in names]
        if len(chosen) > MAX_CLASSES:
            raise UserError(
                f'{ann_file} has {len(chosen)} categories, at most {MAX_CLASSES} are possible'
            )
        return cls(tuple(name for name, _ in chosen), tuple(number for _, number in chosen))
