"""From the host's memory to a GPU that is busy, without waiting for it."""

import torch
from torch import Tensor


def send(tensor: Tensor, device: torch.device | str) -> Tensor:
    """A tensor on a device.

    Pageable memory is copied when all that was asked of the GPU before is done, and Python waits
    for that; memory that is pinned is not.
    """
    device = torch.device(device)
    if device.type == 'cuda' and tensor.device.type == 'cpu':
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)
