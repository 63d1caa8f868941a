"""Several processes without a GPU, which mmengine's own start does not provide for."""

import os

import torch
from mmengine.config import Config
from mmengine.device import get_device

from mmpose_lrfg.utils.errors import UserError


def prepare_cpu_processes(cfg: Config) -> None:
    """Join the process group over gloo when a launcher is asked for and there is no accelerator.

    mmengine calls ``torch.cuda.set_device`` unless the group exists already, and wraps the model
    for a GPU unless the config says how; changes ``cfg`` in place.

    Raises:
        UserError: If the launcher is not torchrun, or did not start this process.
    """
    if cfg.get('launcher', 'none') == 'none' or get_device() != 'cpu':
        return
    if cfg.launcher != 'pytorch':
        raise UserError(f'--launcher {cfg.launcher} needs GPUs, and PyTorch sees none')
    if 'RANK' not in os.environ:
        raise UserError('--launcher pytorch is for torchrun; start it by tools/dist_train.sh')
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = {
        'type': 'MMDistributedDataParallel',
        'broadcast_buffers': False,
        'find_unused_parameters': cfg.get('find_unused_parameters', False),
        **(cfg.get('model_wrapper_cfg') or {}),
        'device_ids': None,
    }
