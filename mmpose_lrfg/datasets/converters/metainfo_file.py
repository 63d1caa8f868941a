"""Writes and reads ``metainfo.py``: keypoints and classes of a data set in MMPose's format."""

import ast
import pprint
from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.datasets.converters.yolo_labels import YoloSchema
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo

SIGMA = 0.05
NAME = 'metainfo.py'
HEAD = "# Keypoints and classes in MMPose's format; one of the _base_ of a config.\n"
UNKNOWN = (
    '# Sigmas of 0.05 are guesses: standard deviation of annotators divided by the root of the\n'
    '# area (0.025 for an eye, 0.107 for a hip). skeleton_info links keypoints in drawings.\n'
)


def is_coco(schema: YoloSchema) -> bool:
    """Return whether the keypoints are COCO's, by their names or, without names, by the pairs."""
    unnamed = schema.keypoints == YoloSchema((), schema.num_keypoints).keypoints
    flip = tuple(read_metainfo(COCO_METAINFO)['flip_indices'])
    return schema.keypoints == COCO.names or (unnamed and schema.flip == flip)


def metainfo_text(
    schema: YoloSchema, name: str, links: Sequence[tuple[int, int]] | None = None
) -> str:
    """Return a config with ``dataset_info``; that of COCO if the keypoints are COCO's.

    Keypoints with a name of COCO's have its sigma.

    Args:
        schema (YoloSchema): Classes and keypoints.
        name (str): Name of the data set.
        links (Sequence[tuple[int, int]], optional): Pairs of keypoints to link in drawings.
    """
    coco = is_coco(schema)
    names = COCO.names if coco else schema.keypoints
    links, known = COCO.links if coco else links, known_sigmas()
    swaps = [names[other] if other != n else '' for n, other in enumerate(schema.flip)]
    links = [(names[a], names[b]) for a, b in links or ()]
    info = dict(
        dataset_name=name,
        classes=list(schema.classes),
        keypoint_info={n: dict(name=names[n], id=n, swap=swaps[n]) for n in range(len(names))},
        skeleton_info={n: dict(link=link, id=n) for n, link in enumerate(links)},
        joint_weights=[1.0] * len(names),
        sigmas=[known.get(name, SIGMA) for name in names],
    )
    return HEAD + (UNKNOWN if unknown_sigmas(names) else '') + _assignment(info)


def known_sigmas() -> dict[str, float]:
    """Return the sigmas of COCO's keypoints by name."""
    sigmas = read_metainfo(COCO_METAINFO)['sigmas']
    return {name: round(float(sigma), 4) for name, sigma in zip(COCO.names, sigmas)}


def unknown_sigmas(names: Sequence[str]) -> list[str]:
    """Return the keypoints that COCO does not have, for whose sigmas there is only a guess."""
    return [name for name in names if name not in COCO.names]


def _assignment(info: dict) -> str:
    return f'dataset_info = {pprint.pformat(info, sort_dicts=False, width=100)}\n'


def find_metainfo(annotations: Path) -> Path | None:
    """Return the metainfo file of the data set of an annotation file, if there is one."""
    folders = [annotations.parent]
    if annotations.parent.name == 'annotations':
        folders.append(annotations.parent.parent)
    return next((f / NAME for f in folders if (f / NAME).is_file()), None)


def read_plain_metainfo(path: Path) -> dict:
    """Read ``dataset_info`` of a file without executing it.

    Returns:
        dict: Input of ``read_metainfo``; sigmas are 0.05 if the file has none.

    Raises:
        UserError: If it is not plain data, or :func:`read_metainfo` refuses it.
    """
    try:
        for node in ast.parse(path.read_text(encoding='utf-8')).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == 'dataset_info':
                info = {'dataset_name': path.parent.name, **_plain(node.value)}
                info.setdefault('sigmas', [SIGMA] * len(info['keypoint_info']))
                info.pop('from_file', None)
                read_metainfo(info)
                return info
        raise KeyError('dataset_info')
    except UserError as error:
        raise UserError(f'{path}: {error}') from error
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f'{path} must define dataset_info with keypoint_info as plain data, got {error!r}'
        ) from error


def copied_metainfo(source: Path) -> str:
    """Return the text of a config with the plain data of a metainfo file, safe to execute."""
    return HEAD + _assignment(read_plain_metainfo(source))


def _plain(node: ast.expr):
    """Return the value of literals, ``dict(a=...)`` and ``[1.0] * 17``."""
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {ast.literal_eval(key): _plain(value) for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.Call) and ast.unparse(node.func) == 'dict' and not node.args:
        return {entry.arg: _plain(entry.value) for entry in node.keywords}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        values, count = ast.literal_eval(node.left), ast.literal_eval(node.right)
        if isinstance(values, list) and isinstance(count, int) and count <= 1000:
            return values * count
    return ast.literal_eval(node)
