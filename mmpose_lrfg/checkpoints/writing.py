"""Write checkpoints that any MMPose loads with ``weights_only``."""

import io
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo


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
    """Return the metainfo of the head's keypoints as plain data; numbered where only counted."""
    head = cfg.model.head
    metainfo = head.get('metainfo') or COCO_METAINFO
    if isinstance(metainfo, str):
        metainfo = dict(from_file=metainfo)
    meta = read_metainfo(metainfo)
    count = head.get('num_keypoints') or meta['num_keypoints']
    if count != meta['num_keypoints']:
        info = {i: dict(name=f'keypoint {i}', id=i, color=[0, 255, 0]) for i in range(count)}
        meta = read_metainfo(
            dict(dataset_name='keypoints', keypoint_info=info, sigmas=list(head.sigmas))
        )
    return _plain(meta)


def _plain(value):
    """Return the arrays and numbers of NumPy in a structure as those of Python."""
    if hasattr(value, 'tolist'):
        return value.tolist()
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return value
