"""The picture that every model looks at: a rendered scene with so many people."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.synthetic import SceneConfig, render_scene

TRIES = 5


@dataclass(frozen=True)
class Picture:
    """A picture with people.

    Args:
        image (ndarray): (H, W, 3) uint8 BGR.
        boxes (ndarray): (N, 4) x1, y1, x2, y2 of exactly as many people as were asked for.
    """

    image: np.ndarray
    boxes: np.ndarray

    def save(self, path: Path) -> None:
        """Write to an .npz file."""
        with replacing(path) as temporary:
            np.savez(temporary, image=self.image, boxes=self.boxes)

    @classmethod
    def load(cls, path: str | Path) -> 'Picture':
        """The reverse of :meth:`save`."""
        with np.load(path) as arrays:
            return cls(arrays['image'], arrays['boxes'])


@cache
def typical_picture() -> Picture:
    """One that no model is measured on, for the statistics of random weights."""
    return take_picture(2, (240, 320), seed=1)


def take_picture(people: int, size: tuple[int, int], seed: int = 0) -> Picture:
    """Render a scene.

    Args:
        people (int): How many. Where some stand behind others or out of the view, boxes of those
            in view are repeated: a top-down model then has the work of that many people.
        size (tuple[int, int]): Height and width in pixels.
        seed (int): The same one gives the same picture.
    """
    best = None
    for attempt in range(TRIES):
        rng = np.random.default_rng((seed, people, attempt))
        scene = render_scene(
            rng, size[::-1], SceneConfig(people=(people, people), scale=(0.3, 0.7))
        )
        boxes = np.array([p.bbox for p in scene.people if p.area > 0], np.float32).reshape(-1, 4)
        if best is None or len(boxes) > len(best[1]):
            best = scene.image, boxes
        if len(boxes) >= people:
            break
    image, boxes = best
    boxes[:, 2:] += boxes[:, :2]
    if people and not len(boxes):
        boxes = np.array([[0, 0, size[1], size[0]]], np.float32)
    return Picture(image, np.resize(boxes, (people, 4)) if people else boxes[:0])
