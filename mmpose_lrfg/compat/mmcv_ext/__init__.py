"""Replace ``mmcv._ext``, the compiled module that mmcv-lite lacks.

The operators of MMPose and of MMDetection's usual detectors run on torchvision's kernels and plain
PyTorch, on all their devices. ``mmcv.ops`` calls them with tensors, of which some are to be filled,
and settings by name. All other operators can be imported, because ``mmcv.ops`` imports them at
once, and raise an error when they are called.
"""

from mmpose_lrfg.compat import UserError

from .deform_conv import (
    deform_conv_backward_input,
    deform_conv_backward_parameters,
    deform_conv_forward,
)
from .ms_deform_attn import ms_deform_attn_backward, ms_deform_attn_forward
from .regions import nms, roi_align_backward, roi_align_forward

__all__ = [
    'deform_conv_backward_input',
    'deform_conv_backward_parameters',
    'deform_conv_forward',
    'get_compiler_version',
    'get_compiling_cuda_version',
    'ms_deform_attn_backward',
    'ms_deform_attn_forward',
    'nms',
    'roi_align_backward',
    'roi_align_forward',
]


def get_compiler_version() -> str:
    """Return what environment reports print for the compiler and the CUDA version of mmcv."""
    return 'n/a (mmcv-lite)'


get_compiling_cuda_version = get_compiler_version


def __getattr__(name: str):
    """Return a function in place of a missing operator; calling it raises a UserError."""
    if name.startswith('__'):
        raise AttributeError(name)

    def missing(*args, **kwargs):
        raise UserError(
            f'the operator {name} is only in the compiled mmcv, and mmcv-lite is installed: '
            'uninstall mmcv-lite and run "mim install mmcv", or build mmcv 2.1 from source with '
            'MMCV_WITH_OPS=1'
        )

    missing.__name__ = name
    return missing
