"""Things that hide people or that people sit on and hold, as lists of meshes."""

import numpy as np

from .body import BONE
from .mesh import box, ellipsoid, rod
from .textures import cloth, cloth_colour, plain


def _wood(rng):
    return plain(rng, np.array([60, 95, 140]) * rng.uniform(0.4, 1.5))


def chair(rng, height=None):
    """A chair with a seat ``height`` metres high, facing +z; by default, a table or bench."""
    seat, wood = cloth(rng), _wood(rng)
    wide, deep, back = rng.uniform((0.2, 0.22, 0.1), (0.7, 0.42, 0.25))
    top = height or rng.uniform(0.4, 0.8)
    meshes = [box(seat, (0, top - 0.02, 0), (wide, 0.02, deep))]
    for x in (0.03 - wide, wide - 0.03):
        for z in (0.03 - deep, deep - 0.03):
            meshes.append(box(wood, (x, top / 2, z), (0.025, top / 2, 0.025)))
    return meshes + [box(seat, (0, top + back, -deep), (wide, back, 0.02))] * (height is not None)


def pole(rng):
    """A post, pole or pillar."""
    radius = np.exp(rng.uniform(np.log(0.02), np.log(0.16)))
    return [rod(_wood(rng), (0, 0, 0), (0, rng.uniform(0.8, 4.0), 0), radius)]


def block(rng):
    """A box, bag, cabinet, wall or panel."""
    half = np.exp(rng.uniform(np.log((0.12, 0.12, 0.06)), np.log((0.7, 0.9, 0.5))))
    return [box(cloth(rng), (0, half[1], 0), half)]


def plant(rng):
    """A bush or tree of leaf clumps."""
    height, green = rng.uniform(0.5, 2.2), np.array([45, 110, 65]) * rng.uniform(0.4, 1.3)
    leaves = plain(rng, green, rng.uniform(0.1, 0.3), 0.2)
    places = height * rng.normal((0, 0.68, 0), (0.14, 0.2, 0.14), (rng.integers(5, 11), 3))
    clumps = [ellipsoid(leaves, at, rng.uniform(0.08, 0.2, 3) * height, around=8) for at in places]
    return [rod(_wood(rng), (0, 0, 0), (0, height * 0.6, 0), 0.03 + 0.02 * height, 0.03), *clumps]


KINDS = (pole, block, block, plant, chair)


def held(rng, skeleton):
    """A ball, box, bag or stick in a hand."""
    texture, kind, hand = plain(rng, cloth_colour(rng)), rng.integers(3), BONE['l_hand']
    half = rng.uniform((0.005, 0.05, 0.03), (0.1, 0.2, 0.2))
    thing = (
        ellipsoid(texture, np.array([0, -0.1, 0]), np.full(3, 0.1)),
        box(texture, (0, -half[1], 0), half),
        rod(texture, (0, 0, -0.08), (0, 0, 0.9), 0.015, 0.025),
    )[kind].moved((0, -0.08, 0))
    return [thing.moved(skeleton.position[hand], skeleton.rotation[hand])]
