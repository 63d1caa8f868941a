"""Write checkpoints that any MMPose loads with ``weights_only``, and publish trained ones."""

import io
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn

import mmpose_lrfg.models  # noqa: F401  registers them
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.metadata import RECOMMENDED
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.downloads import sha256_of
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo

from .loading import check_finite, compare, find_checkpoint, inference_state, read_checkpoint


def write_checkpoint(path: str | Path, state_dict: dict[str, Tensor], cfg: Config, **meta) -> None:
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
    meta = read_metainfo(dict(from_file=metainfo) if isinstance(metainfo, str) else metainfo)
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


def build_meta_model(cfg: Config) -> nn.Module:
    """Build the model of a config with names and shapes, but without memory for the weights."""
    init_default_scope('mmpose')
    with torch.device('meta'):
        return MODELS.build(cfg.model)


class Published(NamedTuple):
    """A written checkpoint."""

    path: Path
    num_tensors: int
    num_bytes: int
    sha256: str
    rounding: float
    """Largest absolute change of a weight by storing it in 16 bits."""


def publish(config: str, checkpoint: str, destination: str | Path, half: bool = True) -> Published:
    """Write the weights of a training as a checkpoint for inference and fine-tuning.

    Averaged weights (mmengine's ``EMAHook`` saves them as the model's) are taken where there are
    any. The optimizer, messages and the branches used in training only are left out.

    Args:
        config (str): Config of the network that the weights are for.
        checkpoint (str): Checkpoint of a training.
        destination (str | Path): The checkpoint to write.
        half (bool): Store floating-point weights in 16 bits, as far as their range allows it; they
            are loaded in 32 again.

    Raises:
        UserError: If a file is missing or damaged, or the weights are of another network or not
            finite.
    """
    file, cfg = find_checkpoint(checkpoint), load_config(config, 'model')
    content = read_checkpoint(file)
    state = inference_state(content)
    check_finite(file, state)
    if found := compare(state, build_meta_model(cfg)):
        raise UserError(f'checkpoint {file} is of another network than {config}: {found}')
    stored, rounding = {}, 0.0
    for name, value in state.items():
        in_range = value.is_floating_point() and value.abs().max() < torch.finfo(torch.half).max
        # A clone: several tensors of a file can share a storage.
        stored[name] = value.half() if half and in_range else value.clone()
        rounding = max(rounding, float((stored[name].float() - value.float()).abs().max()))
    score_thr = (content.get('meta') or {}).get(RECOMMENDED)
    write_checkpoint(destination, stored, cfg, **({RECOMMENDED: score_thr} if score_thr else {}))
    path = Path(destination)
    return Published(path, len(stored), path.stat().st_size, sha256_of(path), rounding)
