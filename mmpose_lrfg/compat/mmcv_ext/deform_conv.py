"""Deformable convolution, plain (Dai et al., ICCV 2017) and modulated (Zhu et al., CVPR 2019).

torchvision's kernel takes offsets and masks in the layout of mmcv's: (group, kernel row, kernel
column, [y, x]). Its gradient kernel computes all gradients in one go; it is called through the
operator registry because the public function reaches it by autograd alone, and mmcv asks for the
gradients by themselves.
"""

import torch
from torch import Tensor
from torchvision.ops import deform_conv2d

from .precision import kernel_ready


def _convolve(input, weight, bias, offset, mask, stride, padding, dilation) -> Tensor:
    tensors = kernel_ready(input, offset, weight, bias, mask)
    input, offset, weight, bias, mask = tensors
    return deform_conv2d(input, offset, weight, bias, stride, padding, dilation, mask)


def _gradients(
    grad_output, input, weight, offset, mask, stride, padding, dilation, groups, deform_groups
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients of (input, weight, offset, mask, bias)."""
    tensors = kernel_ready(grad_output, input, weight, offset, mask)
    grad_output, input, weight, offset, mask = tensors
    modulated = mask is not None
    if not modulated:
        mask = input.new_zeros(input.shape[0], 1)
    return torch.ops.torchvision._deform_conv2d_backward(
        grad_output,
        input,
        weight,
        offset,
        mask,
        input.new_zeros(weight.shape[0]),
        *stride,
        *padding,
        *dilation,
        groups,
        deform_groups,
        modulated,
    )


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    kernel_h: int,
    kernel_w: int,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    group: int,
    deformable_group: int,
    with_bias: bool,
) -> None:
    """Modulated deformable convolution, G = ``deformable_group``, K = kernel_h * kernel_w.

    Args:
        input: (N, C, H, W).
        weight: (O, C / group, kernel_h, kernel_w).
        bias: (O,), or empty without ``with_bias``.
        ones: scratch memory of mmcv's kernel, unused.
        offset: (N, 2 * G * K, H', W'), in cells.
        mask: (N, G * K, H', W').
        output: (N, O, H', W'), filled.
        columns: scratch memory, unused.
    """
    found = _convolve(
        input,
        weight,
        bias if with_bias else None,
        offset,
        mask,
        (stride_h, stride_w),
        (pad_h, pad_w),
        (dilation_h, dilation_w),
    )
    output.copy_(found)


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    kernel_h: int,
    kernel_w: int,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    group: int,
    deformable_group: int,
    with_bias: bool,
) -> None:
    """Fill the five gradients; shapes as in :func:`modulated_deform_conv_forward`."""
    found = _gradients(
        grad_output,
        input,
        weight,
        offset,
        mask,
        (stride_h, stride_w),
        (pad_h, pad_w),
        (dilation_h, dilation_w),
        group,
        deformable_group,
    )
    for target, grad in zip((grad_input, grad_weight, grad_offset, grad_mask), found):
        target.copy_(grad)
    if with_bias:
        grad_bias.copy_(found[4])


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **geometry: int,
) -> None:
    """Deformable convolution without mask and bias.

    Args:
        input: (N, C, H, W).
        weight: (O, C / group, kH, kW).
        offset: (N, 2 * deformable_group * kH * kW, H', W'), in cells.
        output: (N, O, H', W'), filled.
        columns: scratch memory of mmcv's kernel, unused.
        ones: likewise.
        **geometry: kW, kH, dW, dH (stride), padW, padH, dilationW, dilationH, group,
            deformable_group, im2col_step (unused).
    """
    output.copy_(_convolve(input, weight, None, offset, None, *_geometry(geometry)))


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """Fill ``grad_input`` and ``grad_offset``; see :func:`deform_conv_forward`."""
    found = _plain_gradients(grad_output, input, weight, offset, geometry)
    grad_input.copy_(found[0])
    grad_offset.copy_(found[2])


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_weight: Tensor,
    columns: Tensor,
    ones: Tensor,
    scale: float = 1,
    **geometry: int,
) -> None:
    """Add ``scale`` times the weight's gradient; see :func:`deform_conv_forward`."""
    # The weights' gradient does not depend on the weights: their shape is all that is wanted.
    found = _plain_gradients(grad_output, input, torch.zeros_like(grad_weight), offset, geometry)
    grad_weight.add_(found[1].to(grad_weight.dtype), alpha=scale)


def _plain_gradients(grad_output, input, weight, offset, geometry):
    groups, deform_groups = geometry['group'], geometry['deformable_group']
    where = _geometry(geometry)
    return _gradients(grad_output, input, weight, offset, None, *where, groups, deform_groups)


def _geometry(given):
    """Stride, padding and dilation as (rows, columns) from mmcv's names."""
    return tuple((given[f'{name}H'], given[f'{name}W']) for name in ('d', 'pad', 'dilation'))
