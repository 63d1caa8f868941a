"""Images with a given number of people."""

from dataclasses import dataclass

import cv2
import numpy as np

from mmpose_lrfg.deploy.images import trial_images


@dataclass(frozen=True)
class PeopleImage:
    """An image and its people.

    Args:
        image (ndarray): (H, W, 3) uint8 BGR.
        boxes (ndarray): (N, 4) float32, x1, y1, x2, y2 around each person.
    """

    image: np.ndarray
    boxes: np.ndarray


def people_image(people: int, size: tuple[int, int]) -> PeopleImage:
    """Arrange copies of a portrait in a grid on a grey image.

    Args:
        people (int): How many.
        size (tuple[int, int]): Height and width in pixels.
    """
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
