"""Equal work for models with random or differently trained weights.

Random weights find hundreds of people or none, and trained models differ in confidence, so that
default thresholds would be timed. Instead, each model's threshold is set to find as many people as
the image shows.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_lrfg.deploy.images import trial_images

STEPS = 40


def find_threshold(count: Callable[[float], int], people: int) -> float:
    """Return the highest threshold tried at which ``count`` returns ``people`` or more.

    Args:
        count (Callable[[float], int]): Number of detections by threshold in 0..1, falling.
        people (int): Target; the result is 1.0 for 0, and 0.0 where there are always fewer.
    """
    if people == 0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        found = count(middle)
        low, high = (middle, high) if found >= people else (low, middle)
        if found == people:
            break
    return low


def calibrate_batch_norm(model: nn.Module, run: Callable[[], object]) -> None:
    """Set the BatchNorm statistics of random weights to those of one forward pass.

    Otherwise values grow or fade to zero in a deep network, and arithmetic with numbers close to
    zero is slower than in a trained one.

    Args:
        model (nn.Module): Changed in place; it stays in evaluation mode.
        run (Callable): A forward pass of two or more images.
    """
    for layer in model.modules():
        if isinstance(layer, _BatchNorm):
            layer.train()
            layer.momentum = 1.0
    with torch.no_grad():
        run()
    model.eval()


class PeopleImage(NamedTuple):
    """An image (H, W, 3) uint8 BGR, and x1, y1, x2, y2 around its people, (N, 4) float32."""

    image: np.ndarray
    boxes: np.ndarray


def people_image(people: int, size: tuple[int, int]) -> PeopleImage:
    """Arrange copies of a portrait in a grid on a grey image of ``size`` (height, width)."""
    height, width = size
    image = np.full((height, width, 3), 114, np.uint8)
    columns = max(1, round((people * width / height) ** 0.5))
    side = min(width // columns, height // max(1, -(-people // columns)))
    portrait = cv2.resize(trial_images()[0], (side, side))
    boxes = np.zeros((people, 4), np.float32)
    for number in range(people):
        row, column = divmod(number, columns)
        x, y = column * side, row * side
        image[y : y + side, x : x + side] = portrait[:, :: 1 if number % 2 else -1]
        boxes[number] = x, y, x + side, y + side
    return PeopleImage(image, boxes)
