"""Things that hide people or that people sit on, as lists of meshes around the origin."""

import numpy as np

from .mesh import BALL, BOX, ROD, solid
from .textures import cloth, plain


def _wood(rng):
    return plain(rng, np.array([60, 95, 140]) * rng.uniform(0.4, 1.5))


def chair(rng, height=None):
    """A chair with a seat ``height`` metres high, facing +z; by default, a table or bench."""
    seat, wood = cloth(rng), _wood(rng)
    wide, deep, back = rng.uniform((0.2, 0.22, 0.1), (0.7, 0.42, 0.25))
    top = height or rng.uniform(0.4, 0.8)
    meshes = [solid(BOX, seat, (0, top - 0.02, 0), (wide, 0.02, deep))]
    for x in (0.03 - wide, wide - 0.03):
        for z in (0.03 - deep, deep - 0.03):
            meshes.append(solid(BOX, wood, (x, top / 2, z), (0.025, top / 2, 0.025)))
    if height is not None:
        meshes.append(solid(BOX, seat, (0, top + back, -deep), (wide, back, 0.02)))
    return meshes


def pole(rng):
    """A post, pole or pillar."""
    radius, half = np.exp(rng.uniform(np.log(0.02), np.log(0.16))), rng.uniform(0.4, 2)
    return [solid(ROD, _wood(rng), (0, half, 0), (radius, half, radius))]


def block(rng):
    """A box, bag, cabinet, wall or panel."""
    half = np.exp(rng.uniform(np.log((0.12, 0.12, 0.06)), np.log((0.7, 0.9, 0.5))))
    return [solid(BOX, cloth(rng), (0, half[1], 0), half)]


def plant(rng):
    """A bush or tree of leaf clumps."""
    height, green = rng.uniform(0.5, 2.2), np.array([45, 110, 65]) * rng.uniform(0.4, 1.3)
    leaves = plain(rng, green, rng.uniform(0.1, 0.3), 0.2)
    places = height * rng.normal((0, 0.68, 0), (0.14, 0.2, 0.14), (rng.integers(5, 11), 3))
    trunk = solid(ROD, _wood(rng), (0, height * 0.3, 0), (0.05, height * 0.3, 0.05))
    return [trunk, *(solid(BALL, leaves, at, rng.uniform(0.08, 0.2, 3) * height) for at in places)]


KINDS = (pole, block, block, plant, chair)
