"""Multi-scale deformable attention (Zhu et al., Deformable DETR, ICLR 2021, eq. 3)."""

import torch
from torch import Tensor


def ms_deform_attn_forward(
    value, value_spatial_shapes, value_level_start_index, sampling_locations, attention_weights,
    im2col_step=64,
) -> Tensor:  # fmt: skip
    """Sample each level at a few points per query and sum the samples by their weights.

    Args:
        value: (N, S, M, D), the cells of all levels one after the other, in M heads.
        value_spatial_shapes: (L, 2) int, height and width of each level.
        value_level_start_index: (L,) int, start of each level in S.
        sampling_locations: (N, Q, M, L, P, 2), x and y in 0..1 of a level.
        attention_weights: (N, Q, M, L, P).
        im2col_step: unused.

    Returns:
        Tensor: (N, Q, M * D).
    """
    # Not at the top: mmcv.ops imports this module.
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch(
        value, value_spatial_shapes, sampling_locations, attention_weights
    )


def ms_deform_attn_backward(
    value, value_spatial_shapes, value_level_start_index, sampling_locations, attention_weights,
    grad_output, grad_value, grad_sampling_loc, grad_attn_weight, im2col_step=64,
) -> None:  # fmt: skip
    """Fill the three gradients from ``grad_output`` (N, Q, M * D), by repeating the forward."""
    inputs = (value, sampling_locations, attention_weights)
    with torch.enable_grad():
        value, locations, weights = inputs = [each.detach().requires_grad_() for each in inputs]
        output = ms_deform_attn_forward(
            value, value_spatial_shapes, value_level_start_index, locations, weights
        )
        found = torch.autograd.grad(output, inputs, grad_output)
    for target, gradient in zip((grad_value, grad_sampling_loc, grad_attn_weight), found):
        target.copy_(gradient)
