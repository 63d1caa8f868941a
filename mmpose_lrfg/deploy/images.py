"""Images for exports: to compare a file with PyTorch, and to calibrate integers."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.runtime.letterbox import Letterbox
from mmpose_lrfg.runtime.metadata import Metadata
from mmpose_lrfg.utils.errors import UserError


@cache
def trial_images() -> tuple[np.ndarray, ...]:
    """Return images (H, W, 3) uint8 BGR: a tall portrait, a wide pair of them, and noise.

    Trained networks find people on the first two; the last one has none. Without matplotlib, which
    has the portrait, all are noise.
    """
    noise = np.random.default_rng(5).integers(0, 256, (240, 320, 3), np.uint8)
    portrait = matplotlib_portrait()
    if portrait is None:
        return noise[:, :200], noise, noise[:128, :128]
    wide = cv2.GaussianBlur(noise, (0, 0), 20)
    small, large = (cv2.resize(portrait, size) for size in ((120, 140), (160, 188)))
    wide[80:220, 10:130], wide[40:228, 150:310] = small[:, ::-1], large
    return portrait, wide, noise[:, :200]


def matplotlib_portrait() -> np.ndarray | None:
    """Return the photograph that is part of matplotlib; None without matplotlib."""
    try:
        from matplotlib import cbook

        return read_image(Path(cbook.get_sample_data('grace_hopper.jpg', asfileobj=False)))
    except (ImportError, OSError):
        return None


def folder_images(folder: Path, most: int) -> Iterator[np.ndarray]:
    """Read at most ``most`` images of a folder, evenly spread over it.

    Raises:
        UserError: If none can be read.
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


def to_input(images: Sequence[np.ndarray], metadata: Metadata, size: tuple[int, int]) -> np.ndarray:
    """Letterbox images into a batch of ``size``, of the type that ``metadata`` describe."""
    batch = np.empty((len(images), *size, 3), np.uint8)
    for image, out in zip(images, batch):
        Letterbox.of(image.shape, size).warp(image, out, metadata.pad_value)
    return batch if metadata.input == 'uint8' else cv2.dnn.blobFromImages(list(batch))
