"""Write checkpoints that any MMPose loads with ``weights_only``."""

import io
import warnings
from pathlib import Path

import torch
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_lrfg.runtime.files import write_bytes


def write_checkpoint(path: str | Path, state_dict: dict, cfg: Config, **meta) -> None:
    """Write weights with the metadata of their keypoints and the text of their config.

    Args:
        path (str | Path): The file, replaced once everything is written.
        state_dict (dict[str, Tensor]): The weights.
        cfg (Config): The whole config.
        **meta: More plain data for the checkpoint's ``meta``.

    Raises:
        OSError: If the file cannot be written.
    """
    meta = dict(dataset_meta=dataset_meta(cfg), cfg=cfg.pretty_text, **meta)
    # To memory first: of a full disk, torch would make an error that does not name it.
    data = io.BytesIO()
    torch.save(dict(meta=meta, state_dict=state_dict), data)
    write_bytes(path, data.getbuffer())


def dataset_meta(cfg: Config) -> dict:
    """Return the keypoints' metadata as plain data: COCO's for 17 keypoints, else numbered ones."""
    count = cfg.model.head.num_keypoints
    if count == 17:
        info = dict(from_file='configs/_base_/datasets/coco.py')
    else:
        info = dict(
            dataset_name='keypoints',
            keypoint_info={
                i: dict(name=f'keypoint {i}', id=i, color=[0, 255, 0], swap='')
                for i in range(count)
            },
            skeleton_info={},
            joint_weights=[1.0] * count,
            sigmas=list(cfg.model.head.sigmas),
        )
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that the file is found among MMPose's configs
        return _plain(parse_pose_metainfo(info))


def _plain(value):
    """Return the arrays and numbers of NumPy in a structure as those of Python."""
    if hasattr(value, 'tolist'):
        return value.tolist()
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return value
