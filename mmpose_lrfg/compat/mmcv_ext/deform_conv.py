"""Deformable convolution (Dai et al., ICCV 2017).

With G offset groups and a kernel of K = kH * kW cells, all functions take

* input: (N, C, H, W);
* weight: (O, C / groups, kH, kW);
* offset: (N, 2 * G * K, H', W'), in cells, ordered (group, kernel row, kernel column, [y, x]);
* output: (N, O, H', W'), filled; gradients, filled, have the shapes of their tensors;
* ones, columns: scratch memory of mmcv, unused;
* settings: stride, padding, dilation, group, deformable_group, by mmcv's names.
"""

import torch
from torch import Tensor
from torchvision.ops import deform_conv2d

from .regions import as_supported


def deform_conv_forward(input, weight, offset, output, columns, ones, **settings) -> None:
    """Fill ``output`` with the deformable convolution."""
    input, offset, weight = as_supported(input, offset, weight)
    output.copy_(deform_conv2d(input, offset, weight, None, *_geometry(settings)))


def deform_conv_backward_input(
    input, offset, grad_output, grad_input, grad_offset, weight, columns, **settings
) -> None:
    """Fill ``grad_input`` and ``grad_offset``."""
    found = _gradients(grad_output, input, weight, offset, settings)
    grad_input.copy_(found[0])
    grad_offset.copy_(found[2])


def deform_conv_backward_parameters(
    input, offset, grad_output, grad_weight, columns, ones, scale: float = 1, **settings
) -> None:
    """Add ``scale`` times the gradient to ``grad_weight``."""
    # The gradient does not depend on the weights, only on their shape.
    found = _gradients(grad_output, input, torch.zeros_like(grad_weight), offset, settings)
    grad_weight.add_(found[1].to(grad_weight.dtype), alpha=scale)


def _gradients(grad_output, input, weight, offset, settings: dict) -> tuple[Tensor, ...]:
    """Return the gradients of (input, weight, offset) and two of torchvision's unused arguments.

    torchvision's public function computes them by autograd only, mmcv requests them separately.
    """
    grad_output, input, weight, offset = as_supported(grad_output, input, weight, offset)
    mask, bias = input.new_zeros(input.shape[0], 1), input.new_zeros(weight.shape[0])
    geometry = [side for pair in _geometry(settings) for side in pair]
    groups = settings['group'], settings['deformable_group']
    return torch.ops.torchvision._deform_conv2d_backward(
        grad_output, input, weight, offset, mask, bias, *geometry, *groups, False
    )


def _geometry(settings: dict) -> list[tuple[int, int]]:
    """Return stride, padding and dilation as (rows, columns)."""
    return [(settings[f'{name}H'], settings[f'{name}W']) for name in ('d', 'pad', 'dilation')]
