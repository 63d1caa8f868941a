"""A stand-in for ``mmcv._ext``, the compiled module that mmcv-lite comes without.

The operators that MMPose and its detectors run are here, with the argument lists that
``mmcv.ops`` passes, on torchvision's kernels and plain PyTorch: they work on every device that
these work on, and need no compiler. Any other operator can be imported, since ``mmcv.ops`` imports
all of them at once, and says when called what is missing.
"""

from mmpose_lrfg.utils.errors import UserError

from .deform_conv import (
    deform_conv_backward_input,
    deform_conv_backward_parameters,
    deform_conv_forward,
    modulated_deform_conv_backward,
    modulated_deform_conv_forward,
)
from .ms_deform_attn import ms_deform_attn_backward, ms_deform_attn_forward
from .nms import nms, softnms
from .roi_align import roi_align_backward, roi_align_forward

__all__ = [
    'deform_conv_backward_input',
    'deform_conv_backward_parameters',
    'deform_conv_forward',
    'get_compiler_version',
    'get_compiling_cuda_version',
    'modulated_deform_conv_backward',
    'modulated_deform_conv_forward',
    'ms_deform_attn_backward',
    'ms_deform_attn_forward',
    'nms',
    'roi_align_backward',
    'roi_align_forward',
    'softnms',
]


def get_compiler_version() -> str:
    """What environment reports print for the compiler of mmcv's operators."""
    return 'n/a (mmcv-lite)'


def get_compiling_cuda_version() -> str:
    """What environment reports print for the CUDA of mmcv's operators."""
    return 'n/a (mmcv-lite)'


def __getattr__(name: str):
    """An operator that is not here: a function that says so when it is called."""
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
