"""Writes and reads ``metainfo.py``: keypoints and classes of a data set in MMPose's format."""

import ast
import pprint
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import SIGMA, read_metainfo, unknown_sigmas

NAME = 'metainfo.py'
HEAD = "# Keypoints and classes in MMPose's format; one of the _base_ of a config.\n"
UNKNOWN = (
    '# Sigmas of 0.05 are guesses: standard deviation of annotators divided by the root of the\n'
    '# area (0.025 for an eye, 0.107 for a hip). skeleton_info links keypoints in drawings.\n'
)


def metainfo_text(info: dict) -> str:
    """Return a config with the ``dataset_info`` that :func:`dataset_info` returned."""
    names = [point['name'] for point in info['keypoint_info'].values()]
    return HEAD + (UNKNOWN if unknown_sigmas(names) else '') + _assignment(info)


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
