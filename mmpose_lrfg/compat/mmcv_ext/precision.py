"""Number formats that torchvision's kernels take."""

import torch
from torch import Tensor


def kernel_ready(*tensors: Tensor | None) -> tuple[Tensor | None, ...]:
    """Cast to float32 what no kernel takes: bfloat16 anywhere, float16 on the CPU.

    Args:
        *tensors: floating point tensors of any shape, or None.

    Returns:
        tuple: the same tensors, in a format that torchvision's kernels compute in.
    """

    def ready(tensor):
        if tensor is None:
            return None
        half_on_cpu = tensor.dtype is torch.float16 and tensor.device.type == 'cpu'
        return tensor.float() if half_on_cpu or tensor.dtype is torch.bfloat16 else tensor

    return tuple(ready(tensor) for tensor in tensors)
