"""Writes and reads ``metainfo.py`` of a converted data set, a base of configs."""

import ast
import pprint
from pathlib import Path

from mmpose_lrfg.datasets.converters.yolo_labels import YoloSchema
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo

SIGMA = 0.05
NAME = 'metainfo.py'
HEAD = "# Keypoints and classes in MMPose's format; one of the _base_ of a config.\n"
UNKNOWN = (
    '# The sigmas are guesses: standard deviation of annotators divided by the root of the area\n'
    '# (0.025 for an eye, 0.107 for a hip). skeleton_info links keypoints in drawings.\n'
)


def metainfo_text(schema: YoloSchema, name: str) -> str:
    """Return a config with ``dataset_info``; that of COCO if the keypoints are COCO's."""
    known = read_metainfo(COCO_METAINFO)
    unnamed = schema.keypoints == YoloSchema((), schema.num_keypoints).keypoints
    is_coco = schema.keypoints == COCO.names
    is_coco |= unnamed and schema.flip == tuple(known['flip_indices'])
    names = COCO.names if is_coco else schema.keypoints
    swaps = [names[other] if other != n else '' for n, other in enumerate(schema.flip)]
    links = [(names[a], names[b]) for a, b in COCO.links] if is_coco else []
    info = dict(
        dataset_name=name,
        classes=list(schema.classes),
        keypoint_info={n: dict(name=names[n], id=n, swap=swaps[n]) for n in range(len(names))},
        skeleton_info={n: dict(link=link, id=n) for n, link in enumerate(links)},
        joint_weights=[1.0] * len(names),
        sigmas=[round(float(s), 4) for s in known['sigmas']] if is_coco else [SIGMA] * len(names),
    )
    text = pprint.pformat(info, sort_dicts=False, width=100)
    return f'{HEAD}{"" if is_coco else UNKNOWN}dataset_info = {text}\n'


def find_metainfo(annotations: Path) -> Path | None:
    """Return the metainfo file of the data set of an annotation file, if there is one."""
    folders = [annotations.parent]
    if annotations.parent.name == 'annotations':
        folders.append(annotations.parent.parent)
    return next((f / NAME for f in folders if (f / NAME).is_file()), None)


def read_plain_metainfo(path: Path) -> dict:
    """Read the keypoints of a file by :func:`metainfo_text` without executing it.

    Returns:
        dict: Input of ``read_metainfo``, with sigmas of 0.05.

    Raises:
        UserError: If it is not plain data.
    """
    try:
        for node in ast.parse(path.read_text(encoding='utf-8')).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == 'dataset_info':
                info = _plain(_entries(node.value)['keypoint_info'])
                info = {index: dict(point) for index, point in info.items()}
                return dict(dataset_name=path.stem, keypoint_info=info, sigmas=[SIGMA] * len(info))
        raise KeyError('dataset_info')
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f'{path} must define dataset_info with keypoint_info as plain data, got {error!r}; '
            'give --metainfo FILE to run a file of your own'
        ) from error


def _entries(node: ast.expr) -> dict[str, ast.expr]:
    """Return the entries of ``dict(a=...)`` or ``{'a': ...}``."""
    if isinstance(node, ast.Dict):
        return {ast.literal_eval(key): value for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.Call) and ast.unparse(node.func) == 'dict' and not node.args:
        return {entry.arg: entry.value for entry in node.keywords}
    raise ValueError(ast.unparse(node))


def _plain(node: ast.expr):
    if isinstance(node, (ast.Dict, ast.Call)):
        return {key: _plain(value) for key, value in _entries(node).items()}
    return ast.literal_eval(node)
