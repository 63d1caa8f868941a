"""Multi-scale deformable attention (Zhu et al., Deformable DETR, ICLR 2021, eq. 3).

Each query samples every feature level at a few points and sums the samples by its weights.
Sampling is ``grid_sample``, level by level, so the memory is that of one level's samples.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def ms_deform_attn_forward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    im2col_step: int = 64,
) -> Tensor:
    """Sample and sum.

    Args:
        value: (N, S, M, D), the cells of all levels one after the other, in M heads.
        value_spatial_shapes: (L, 2) int, height and width of each level.
        value_level_start_index: (L,) int, where each level starts in S.
        sampling_locations: (N, Q, M, L, P, 2), x and y in 0..1 of a level.
        attention_weights: (N, Q, M, L, P).
        im2col_step: how mmcv's kernel cuts the batch; nothing here.

    Returns:
        Tensor: (N, Q, M * D).
    """
    batch, _, heads, dim = value.shape
    queries, points = sampling_locations.shape[1], sampling_locations.shape[4]
    by_head = value.permute(0, 2, 3, 1).flatten(0, 1)  # (N*M, D, S)
    grids = (2 * sampling_locations - 1).transpose(1, 2).flatten(0, 1)  # (N*M, Q, L, P, 2)
    weights = attention_weights.transpose(1, 2).reshape(batch * heads, 1, queries, -1, points)
    total = value.new_zeros(batch * heads, dim, queries)
    starts = value_level_start_index.tolist()
    for level, (height, width) in enumerate(value_spatial_shapes.tolist()):
        cells = by_head[..., starts[level] : starts[level] + height * width]
        samples = F.grid_sample(
            cells.unflatten(-1, (height, width)), grids[:, :, level], align_corners=False
        )  # (N*M, D, Q, P), zero outside the level
        total = total + (samples * weights[:, :, :, level]).sum(dim=-1)
    return total.unflatten(0, (batch, heads)).flatten(1, 2).transpose(1, 2).contiguous()


def ms_deform_attn_backward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_loc: Tensor,
    grad_attn_weight: Tensor,
    im2col_step: int = 64,
) -> None:
    """Fill the three gradients from ``grad_output`` (N, Q, M * D), running forward once more."""
    with torch.enable_grad():
        inputs = [t.detach().requires_grad_() for t in (value, sampling_locations)]
        inputs.append(attention_weights.detach().requires_grad_())
        output = ms_deform_attn_forward(
            inputs[0], value_spatial_shapes, value_level_start_index, inputs[1], inputs[2]
        )
        found = torch.autograd.grad(output, inputs, grad_output)
    for target, grad in zip((grad_value, grad_sampling_loc, grad_attn_weight), found):
        target.copy_(grad)
