"""From a list of images to a batch on the device, without making the device wait."""

from collections.abc import Mapping

import torch
from mmengine.structures import BaseDataElement
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class PoseBatchPreprocessor(PoseDataPreprocessor):
    """``PoseDataPreprocessor`` that sends images as bytes, and leaves labels where they are.

    The base class sends every label of every image by itself, and waits for each; then it converts
    images one by one. A batch of 64 is more than a thousand small operations, during which a GPU
    has nothing to do. Here images of one size are stacked before they become numbers, and labels
    stay in the host's memory, where ``YOLOPoseHead`` assigns them to anchors before they travel,
    all in one piece.

    Args: those of ``PoseDataPreprocessor``; ``non_blocking`` is True by default, which makes a
    difference where the data loader has ``pin_memory``.
    """

    def __init__(self, *args, non_blocking: bool = True, **kwargs):
        super().__init__(*args, non_blocking=non_blocking, **kwargs)

    def _get_pad_shape(self, data: dict) -> list[tuple[int, int]]:
        """Of stacked images, too: the base class takes channels for rows."""
        return super()._get_pad_shape({**data, 'inputs': list(data['inputs'])})

    def cast_data(self, data):
        """Send images (N times (3, H, W)) to the device; stack them if they are of one size."""
        if isinstance(data, BaseDataElement):
            return data
        data = super().cast_data(data)
        images = data.get('inputs') if isinstance(data, Mapping) else None
        if isinstance(images, list) and _alike(images):
            data['inputs'] = torch.stack(images)
        return data


def _alike(images: list) -> bool:
    return all(isinstance(i, Tensor) and i.dim() == 3 for i in images) and (
        len({i.shape for i in images}) == 1
    )
