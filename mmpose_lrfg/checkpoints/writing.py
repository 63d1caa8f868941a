"""Writing a checkpoint: whole or not at all."""

import io
import os
import warnings
from pathlib import Path

import torch
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.errors import UserError, check_not_input

COCO_METAINFO = dict(from_file='configs/_base_/datasets/coco.py')


def check_destination(path: str | Path, source: Path) -> Path:
    """Make sure that ``path`` can be written before the work begins.

    Raises:
        UserError: If it cannot, or is the source itself.
    """
    path = Path(path)
    if path.is_dir():
        raise UserError(f'{path} is a folder, not a file to write')
    if not path.parent.is_dir():
        raise UserError(f'the folder {path.parent} of {path} does not exist')
    check_not_input([path], [source])
    if not os.access(path.parent, os.W_OK):
        raise UserError(f'the folder {path.parent} cannot be written to')
    return path


def write_checkpoint(path: Path, state_dict: dict, cfg: Config, **meta) -> None:
    """Write a checkpoint of MMPose that loads with ``weights_only``.

    Args:
        path (Path): Replaced in one step once everything is written.
        state_dict (dict[str, Tensor]): The weights.
        cfg (Config): The whole config; its text goes into the checkpoint.
        **meta: More plain data for the checkpoint's ``meta``.

    Raises:
        OSError: If the file cannot be written.
    """
    content = dict(
        meta=dict(dataset_meta=dataset_meta(cfg), cfg=cfg.pretty_text, **meta),
        state_dict=state_dict,
    )
    # To memory first: of a full disk, torch would make an error that does not name it.
    data = io.BytesIO()
    torch.save(content, data)
    write_bytes(path, data.getbuffer())


def dataset_meta(cfg: Config) -> dict:
    """What MMPose's tools want to know of the keypoints, as plain data: COCO's 17, or numbered."""
    count = cfg.model.head.num_keypoints
    if count == 17:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # that it looks among MMPose's installed configs
            return _plain(parse_pose_metainfo(dict(COCO_METAINFO)))
    info = {i: dict(name=f'keypoint {i}', id=i, color=[0, 255, 0], swap='') for i in range(count)}
    return _plain(
        parse_pose_metainfo(
            dict(
                dataset_name='keypoints',
                keypoint_info=info,
                skeleton_info={},
                joint_weights=[1.0] * count,
                sigmas=list(cfg.model.head.sigmas),
            )
        )
    )


def _plain(value):
    """NumPy's arrays and numbers as Python's: no reader has to trust a type."""
    if hasattr(value, 'tolist'):
        return value.tolist()
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return value
