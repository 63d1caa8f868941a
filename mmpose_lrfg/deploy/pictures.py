"""Pictures to try an exported file on: one photograph and people that nobody took."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.runtime.letterbox import Letterbox
from mmpose_lrfg.runtime.metadata import Metadata
from mmpose_lrfg.synthetic import SceneConfig, render_scene
from mmpose_lrfg.utils.errors import UserError


@cache
def trial_pictures() -> tuple[np.ndarray, ...]:
    """Pictures (H, W, 3) uint8 BGR that need no network: a portrait, tall, and a scene, wide."""
    pictures = []
    photograph = matplotlib_portrait()
    if photograph is not None:
        pictures.append(photograph)
    rng = np.random.default_rng(5)
    count = 3 - len(pictures)
    scene = SceneConfig(people=(2, 3))
    pictures += [render_scene(rng, (320, 240), scene).image for _ in range(count)]
    return tuple(pictures)


def matplotlib_portrait() -> np.ndarray | None:
    """The portrait that comes with matplotlib; None where it is not installed."""
    try:
        from matplotlib import cbook

        return read_image(Path(cbook.get_sample_data('grace_hopper.jpg', asfileobj=False)))
    except (ImportError, OSError):
        return None


def folder_pictures(folder: Path, most: int) -> Iterator[np.ndarray]:
    """At most ``most`` pictures of a folder, evenly spread over it.

    Raises:
        UserError: If it has none that can be read.
    """
    sources = [source for source in find_sources([str(folder)]) if not source.video]
    step = max(len(sources) / most, 1)
    found = 0
    for index in range(min(most, len(sources))):
        image = read_image(sources[int(index * step)].path)
        if image is not None:
            found += 1
            yield image
    if not found:
        raise UserError(f'there is no image that can be read in {folder}')


def to_input(
    pictures: Sequence[np.ndarray], metadata: Metadata, size: tuple[int, int]
) -> np.ndarray:
    """Letterbox pictures into one batch of ``size``, as the file described takes it."""
    batch = np.empty((len(pictures), *size, 3), np.uint8)
    for picture, out in zip(pictures, batch):
        Letterbox.of(picture.shape, size).warp(picture, out, metadata.pad_value)
    return batch if metadata.input == 'uint8' else cv2.dnn.blobFromImages(list(batch))
