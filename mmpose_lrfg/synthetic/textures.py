"""Colours and textures that everything in a scene shares: noise, plain surfaces and cloth.

Textures are BGR, (H, W, 3) float32 in 0-255.
"""

import colorsys
from functools import cache, lru_cache

import cv2
import numpy as np


def any_colour(rng, saturation=(0.0, 1.0), value=(0.15, 1.0)):
    """A random BGR colour (3,) in 0-255 with saturation and value in the given ranges."""
    rgb = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return np.array(rgb[::-1]) * 255


def cloth_colour(rng):
    """A colour of clothes: often black, white, grey or blue, sometimes vivid."""
    kind = rng.random()
    if kind < 0.44:
        low, high = ((18, 55), (195, 248), (70, 170))[int(kind / 0.17)]
        return rng.uniform(low, high) + rng.normal(0, 4, 3)
    if kind < 0.58:
        return rng.uniform((70, 45, 25), (170, 110, 70))
    if kind < 0.78:
        return any_colour(rng, (0.65, 1.0), (0.5, 1.0))
    return any_colour(rng, (0.15, 0.6), (0.2, 0.85))


def smooth_noise(rng, height, width, cells):
    """Noise (height, width) of standard deviation about 1 with ``cells`` bumps across."""
    rows = max(round(cells * height / width), 1)
    coarse = rng.normal(0, 1, (rows + 2, int(cells) + 2)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@cache
def _grain():
    return np.random.default_rng(0).standard_normal((1024, 1024), np.float32)


def grain(rng, height, width):
    """White noise (height, width) of standard deviation 1; small pieces are cut from a sheet."""
    if max(height, width) >= len(_grain()):
        return rng.standard_normal((height, width), np.float32)
    top, left = rng.integers(0, (1024 - height, 1024 - width))
    return _grain()[top : top + height, left : left + width]


@lru_cache(maxsize=8)
def grid(height, width):
    """Row and column numbers, (height, width) each."""
    return np.mgrid[0:height, 0:width]


def plain(rng, height, width, colour, rough=0.03, folds=0.06):
    """A texture of one colour with a fine grain and broad folds, without a step at its seam."""
    tone = 1 + np.float32(rough) * grain(rng, height, width)
    if folds:
        tone += np.float32(folds) * smooth_noise(rng, height, width, int(rng.integers(4, 14)))
    # The last columns turn into the first ones, mirrored.
    edge = width // 8
    fade = np.linspace(0, 1, edge, dtype=np.float32)
    tone[:, -edge:] += fade * (tone[:, edge - 1 :: -1] - tone[:, -edge:])
    return np.clip(cv2.merge([tone * np.float32(c) for c in colour]), 2, 253)


def cloth(rng, height, width):
    """A texture of random cloth: plain, striped, checked or mottled."""
    image = plain(rng, height, width, cloth_colour(rng), folds=rng.uniform(0.03, 0.12))
    second, kind = cloth_colour(rng), rng.random()
    period = width / rng.integers(6, 26)
    y, x = (k % period for k in grid(height, width))
    band = rng.uniform(0.2, 0.6) * period
    if kind < 0.12:
        image[y < band] = second
    elif kind < 0.18:
        image[x < band] = second
    elif kind < 0.27:
        for stripe in (x < band, y < band):
            image[stripe] = 0.5 * (image[stripe] + second)
    elif kind < 0.37:
        image[smooth_noise(rng, height, width, rng.integers(8, 22)) > 0.3] = second
    return image.astype(np.float32)
