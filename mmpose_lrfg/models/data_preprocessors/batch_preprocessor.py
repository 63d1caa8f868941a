"""Data preprocessor with few operations and no synchronisation with the GPU."""

from collections.abc import Mapping

import torch
from mmengine.structures import BaseDataElement
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class PoseBatchPreprocessor(PoseDataPreprocessor):
    """``PoseDataPreprocessor`` that copies images as uint8 in one piece and no labels.

    The base class copies every label of every image separately and converts images one by one: for
    a batch of 64 more than a thousand small operations, during which the GPU is idle. Here images
    of one size are stacked before the conversion, and labels stay in the CPU's memory, where
    ``YOLOPoseHead`` assigns them to anchors.

    Args:
        *args, **kwargs: Those of ``PoseDataPreprocessor``.
        non_blocking (bool): Copy asynchronously from pinned memory (``pin_memory`` of the data
            loader).
    """

    def __init__(self, *args, non_blocking: bool = True, **kwargs):
        super().__init__(*args, non_blocking=non_blocking, **kwargs)

    def _get_pad_shape(self, data: dict) -> list[tuple[int, int]]:
        """Support stacked images, whose channels the base class takes for rows."""
        return super()._get_pad_shape({**data, 'inputs': list(data['inputs'])})

    def cast_data(self, data):
        """Copy images, N times (3, H, W), to the device; stack them if they have one size."""
        if isinstance(data, BaseDataElement):
            return data
        data = super().cast_data(data)
        images = data.get('inputs') if isinstance(data, Mapping) else None
        if isinstance(images, list) and _stackable(images):
            data['inputs'] = torch.stack(images)
        return data


def _stackable(images: list) -> bool:
    return all(isinstance(i, Tensor) and i.dim() == 3 for i in images) and (
        len({i.shape for i in images}) == 1
    )
