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
    channels = [cv2.convertScaleAbs(np.maximum(tone, 0), alpha=float(c)) for c in colour]
    return cv2.merge(channels)


def cloth(rng):
    """A texture of random cloth: plain, striped, checked or mottled."""
    image = plain(rng, cloth_colour(rng), folds=rng.uniform(0.03, 0.12))
    kind, period, share = rng.random(), 1 / rng.integers(6, 26), rng.uniform(0.2, 0.6)
    across, along = (k % period < share * period for k in (ROW, COLUMN))
    if kind < 0.12:
        pattern = across
    elif kind < 0.18:
        pattern = along
    elif kind < 0.27:
        pattern = across ^ along
    elif kind < 0.37:
        pattern = noise(rng, SIDE, SIDE, rng.integers(8, 22)) > 0.3
    else:
        return image
    image[pattern] = cloth_colour(rng)
    return image
