"""Photographs that installed packages bring along, and images with many people made of them."""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.images import read_image

PHOTOGRAPHS = {  # public domain, one person each: 606 x 512 and 512 x 512 pixels
    'matplotlib': 'mpl-data/sample_data/grace_hopper.jpg',
    'skimage': 'data/astronaut.png',
}
SHAPE = (512, 512, 3)


@dataclass(frozen=True)
class PeopleImage:
    """An image and its people.

    Args:
        image (ndarray): (H, W, 3) uint8 BGR.
        boxes (ndarray): (N, 4) float32, x1, y1, x2, y2 around each person.
    """

    image: np.ndarray
    boxes: np.ndarray


@cache
def photographs() -> tuple[np.ndarray, ...]:
    """Return (H, W, 3) uint8 BGR photographs; random noise where no package has one."""
    found = []
    for package, path in PHOTOGRAPHS.items():
        spec = importlib.util.find_spec(package)
        image = read_image(Path(spec.origin).parent / path) if spec and spec.origin else None
        if image is not None:
            found.append(image)
    noise = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
    return tuple(found) or (noise,)


def sample_images() -> tuple[np.ndarray, ...]:
    """Return the photographs and a wide image of three people, (H, W, 3) uint8 BGR."""
    return (*photographs(), people_image(3, (240, 320)).image)


def people_image(people: int, size: tuple[int, int]) -> PeopleImage:
    """Arrange photographs of people in a grid on a grey image.

    Args:
        people (int): How many.
        size (tuple[int, int]): Height and width in pixels.
    """
    height, width = size
    image = np.full((height, width, 3), 114, np.uint8)
    columns = max(1, round((people * width / height) ** 0.5))
    side = min(width // columns, height // max(1, -(-people // columns)))
    boxes = np.zeros((people, 4), np.float32)
    sources = photographs()
    for number in range(people):
        row, column = divmod(number, columns)
        x, y = column * side, row * side
        source = sources[number % len(sources)]
        image[y : y + side, x : x + side] = cv2.resize(source, (side, side))
        boxes[number] = x, y, x + side, y + side
    return PeopleImage(image, boxes)
