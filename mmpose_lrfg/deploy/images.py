"""Images for exports: to compare a file with PyTorch, and to calibrate integers."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from matplotlib import cbook

from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.runtime.letterbox import Letterbox
from mmpose_lrfg.runtime.metadata import Metadata
from mmpose_lrfg.utils.errors import UserError


@cache
def trial_images() -> tuple[np.ndarray, ...]:
    """Return images (H, W, 3) uint8 BGR: a tall portrait, a wide pair of them, and noise.

    The portrait is part of matplotlib. Trained networks find people on the first two.
    """
    portrait = cv2.imread(str(cbook.get_sample_data('grace_hopper.jpg', asfileobj=False)))
    noise = np.random.default_rng(5).integers(0, 256, (240, 320, 3), np.uint8)
    wide = cv2.GaussianBlur(noise, (0, 0), 20)
    wide[80:220, 10:130] = cv2.resize(portrait, (120, 140))[:, ::-1]
    wide[40:228, 150:310] = cv2.resize(portrait, (160, 188))
    return portrait, wide, noise[:, :200]


def trial_batches(metadata: Metadata) -> Iterator[np.ndarray]:
    """Yield the trial images in the described size and, for dynamic axes, in a second one."""
    images = trial_images()
    batch = len(images) if metadata.dynamic else metadata.batch
    height, width = metadata.size
    for extra in (0, metadata.divisor)[: 1 + metadata.dynamic]:
        for start in range(0, len(images), batch):
            # From the first image again where they do not fill the last batch.
            chosen = [images[n % len(images)] for n in range(start, start + batch)]
            yield to_input(chosen, metadata, (height, width + extra))


def folder_images(folder: Path, most: int) -> Iterator[np.ndarray]:
    """Read at most ``most`` images of a folder, evenly spread over it.

    Raises:
        UserError: If none can be read.
    """
    paths = [source.path for source in find_sources([str(folder)]) if not source.video]
    step = max(len(paths) / most, 1)
    images = (read_image(paths[int(n * step)]) for n in range(min(most, len(paths))))
    found = False
    for image in images:
        if image is not None:
            found = True
            yield image
    if not found:
        raise UserError(f'there is no image that can be read in {folder}')


def to_input(images: Sequence[np.ndarray], metadata: Metadata, size: tuple[int, int]) -> np.ndarray:
    """Letterbox images into a batch of ``size``, of the type that ``metadata`` describe."""
    batch = np.empty((len(images), *size, 3), np.uint8)
    for image, out in zip(images, batch):
        Letterbox.of(image.shape, size).warp(image, out, metadata.pad_value)
    return batch if metadata.input == 'uint8' else cv2.dnn.blobFromImages(list(batch))
