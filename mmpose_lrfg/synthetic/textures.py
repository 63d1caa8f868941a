"""Colours and textures: noise, plain surfaces and cloth. Textures are square BGR uint8 images."""

import colorsys

import cv2
import numpy as np

#: Side of all textures in pixels; rows and columns of their pixels in [0, 1).
SIDE = 128
ROW, COLUMN = np.mgrid[0:SIDE, 0:SIDE] / SIDE


def any_colour(rng, saturation=(0.0, 1.0), value=(0.15, 1.0)):
    """A random BGR colour (3,) in 0-255 with saturation and value in the given ranges."""
    rgb = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return np.array(rgb[::-1]) * 255


def cloth_colour(rng):
    """A colour of clothes: often black, white or grey, sometimes vivid."""
    if rng.random() < 0.45:
        return any_colour(rng, (0.0, 0.12), ((0.08, 0.3), (0.75, 0.98))[rng.integers(2)])
    return any_colour(rng, (0.2, 1.0), (0.2, 0.9))


def choose(rng, shares):
    """A random key of a dict of relative frequencies."""
    p = np.array(list(shares.values()), float)
    return list(shares)[rng.choice(len(p), p=p / p.sum())]


def noise(rng, height, width, cells):
    """Smooth noise (height, width) of standard deviation about 1 with ``cells`` bumps across."""
    rows = max(round(cells * height / width), 1)
    coarse = rng.normal(0, 1, (rows + 2, int(cells) + 2)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def plain(rng, colour, rough=0.03, folds=0.06, height=SIDE, width=SIDE):
    """A texture of one colour with a fine grain and broad folds, without a step at its seam.

    ``rough`` and ``folds`` are the standard deviations of the grain and of the folds.
    """
    tone = np.float32(3.5 * rough) * (rng.random((height, width), np.float32) - np.float32(0.5))
    tone += 1 + np.float32(folds) * noise(rng, height, width, rng.integers(4, 14))
    # The last columns turn into the first ones, mirrored.
    edge = width // 8
    fade = np.linspace(0, 1, edge, dtype=np.float32)
    tone[:, -edge:] += fade * (tone[:, edge - 1 :: -1] - tone[:, -edge:])
    return cv2.merge([cv2.convertScaleAbs(tone, alpha=float(channel)) for channel in colour])


def cloth(rng):
    """A texture of random cloth: plain, striped, checked or mottled."""
    image = plain(rng, cloth_colour(rng), folds=rng.uniform(0.03, 0.12))
    period, share = 1 / rng.integers(6, 26), rng.uniform(0.2, 0.6)
    across, along = (k % period < share * period for k in (ROW, COLUMN))
    blots = noise(rng, SIDE, SIDE, rng.integers(8, 22)) > 0.3
    if rng.random() < 0.4:
        image[(across, across, along, across ^ along, blots)[rng.integers(5)]] = cloth_colour(rng)
    return image
