"""Deformable convolution, plain (Dai et al., ICCV 2017) and modulated (Zhu et al., CVPR 2019).

With G offset groups and a kernel of K = kH * kW cells, all functions take

* input: (N, C, H, W);
* weight: (O, C / groups, kH, kW);
* offset: (N, 2 * G * K, H', W'), in cells, ordered (group, kernel row, kernel column, [y, x]);
* mask: (N, G * K, H', W'), of the modulated convolution;
* output: (N, O, H', W'), filled; gradients, filled, have the shapes of their tensors;
* bias: (O,), unused without ``with_bias``; ones, columns: scratch memory of mmcv, unused;
* settings: stride, padding, dilation, group, deformable_group, by mmcv's names.
"""

import torch
from torch import Tensor
from torchvision.ops import deform_conv2d

from .regions import as_supported


def modulated_deform_conv_forward(
    input, weight, bias, ones, offset, mask, output, columns, **settings
) -> None:
    """Fill ``output`` with the modulated deformable convolution."""
    bias = bias if settings['with_bias'] else None
    output.copy_(_convolve(input, weight, bias, offset, mask, settings))


def modulated_deform_conv_backward(
    input, weight, bias, ones, offset, mask, columns,
    grad_input, grad_weight, grad_bias, grad_offset, grad_mask, grad_output, **settings,
) -> None:  # fmt: skip
    """Fill the five gradients from ``grad_output``."""
    found = _gradients(grad_output, input, weight, offset, mask, settings)
    targets = (grad_input, grad_weight, grad_offset, grad_mask, grad_bias)
    for target, gradient in zip(targets if settings['with_bias'] else targets[:4], found):
        target.copy_(gradient)


def deform_conv_forward(input, weight, offset, output, columns, ones, **settings) -> None:
    """Fill ``output`` with the plain deformable convolution."""
    output.copy_(_convolve(input, weight, None, offset, None, settings))


def deform_conv_backward_input(
    input, offset, grad_output, grad_input, grad_offset, weight, columns, **settings
) -> None:
    """Fill ``grad_input`` and ``grad_offset``."""
    found = _gradients(grad_output, input, weight, offset, None, settings)
    grad_input.copy_(found[0])
    grad_offset.copy_(found[2])


def deform_conv_backward_parameters(
    input, offset, grad_output, grad_weight, columns, ones, scale: float = 1, **settings
) -> None:
    """Add ``scale`` times the gradient to ``grad_weight``."""
    # The gradient does not depend on the weights, only on their shape.
    weight = torch.zeros_like(grad_weight)
    found = _gradients(grad_output, input, weight, offset, None, settings)
    grad_weight.add_(found[1].to(grad_weight.dtype), alpha=scale)


def _convolve(input, weight, bias, offset, mask, settings: dict) -> Tensor:
    tensors = as_supported(input, offset, weight, bias, mask)
    input, offset, weight, bias, mask = tensors
    return deform_conv2d(input, offset, weight, bias, *_geometry(settings), mask)


def _gradients(grad_output, input, weight, offset, mask, settings: dict) -> tuple[Tensor, ...]:
    """Return the gradients of (input, weight, offset, mask, bias).

    torchvision's public function computes them by autograd only, mmcv requests them separately.
    """
    tensors = as_supported(grad_output, input, weight, offset, mask)
    grad_output, input, weight, offset, mask = tensors
    stride, padding, dilation = _geometry(settings)
    return torch.ops.torchvision._deform_conv2d_backward(
        grad_output,
        input,
        weight,
        offset,
        input.new_zeros(input.shape[0], 1) if mask is None else mask,
        input.new_zeros(weight.shape[0]),
        *stride,
        *padding,
        *dilation,
        settings['group'],
        settings['deformable_group'],
        mask is not None,
    )


def _geometry(settings: dict) -> list[tuple[int, int]]:
    """Return stride, padding and dilation as (rows, columns)."""
    if 'stride_h' in settings:  # names of the modulated convolution
        return [(settings[f'{n}_h'], settings[f'{n}_w']) for n in ('stride', 'pad', 'dilation')]
    return [(settings[f'{n}H'], settings[f'{n}W']) for n in ('d', 'pad', 'dilation')]
