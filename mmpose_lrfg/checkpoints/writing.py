"""Writing a checkpoint: whole or not at all."""

import io
import os
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.errors import UserError, check_not_input
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo


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
    """NumPy's arrays and numbers as Python's: no reader has to trust a type."""
    if hasattr(value, 'tolist'):
        return value.tolist()
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return value
