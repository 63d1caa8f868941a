"""Colours and textures that everything in a scene shares: noise, plain surfaces and cloth.

Textures are BGR, (H, W, 3) float32 in 0-255.
"""

import colorsys
from functools import lru_cache

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
    return any_colour(rng, (0.2, 1.0), (0.2, 1.0))


def choose(rng, shares):
    """A random key of a dict of relative frequencies."""
    p = np.array(list(shares.values()), float)
    return list(shares)[rng.choice(len(p), p=p / p.sum())]


def smooth_noise(rng, height, width, cells):
    """Noise (height, width) of standard deviation about 1 with ``cells`` bumps across."""
    rows = max(round(cells * height / width), 1)
    coarse = rng.normal(0, 1, (rows + 2, int(cells) + 2)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@lru_cache(maxsize=8)
def grid(height, width):
    """Row and column numbers, (height, width) each."""
    return np.mgrid[0:height, 0:width]


def plain(rng, height, width, colour, rough=0.03, folds=0.06):
    """A texture of one colour with a fine grain and broad folds, without a step at its seam.

    ``rough`` and ``folds`` are the standard deviations of the grain and of the folds.
    """
    tone = rng.random((height, width), np.float32)
    tone = np.float32(3.5 * rough) * (tone - np.float32(0.5)) + 1
    tone += np.float32(folds) * smooth_noise(rng, height, width, rng.integers(4, 14))
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
    across, along = (k % period < rng.uniform(0.2, 0.6) * period for k in grid(height, width))
    if kind < 0.12:
        image[across] = second
    elif kind < 0.18:
        image[along] = second
    elif kind < 0.27:
        image[across ^ along] = 0.5 * (image[across ^ along] + second)
    elif kind < 0.37:
        image[smooth_noise(rng, height, width, rng.integers(8, 22)) > 0.3] = second
    return image.astype(np.float32)
