"""Things that hide people or that people hold, each a mesh with its textures."""

import numpy as np

from .body import BONE
from .mesh import box, ellipsoid, merge, rod
from .textures import cloth, cloth_colour, plain


def _wood(rng):
    return plain(rng, 24, 24, np.array([60, 95, 140]) * rng.uniform(0.4, 1.5))


def table(rng, height=0.72, wide=0.6):
    """A table, or a bench or stool, of a height and a half width in metres."""
    wide, deep = wide * rng.uniform(0.6, 1.4), rng.uniform(0.22, 0.42)
    parts = [box((0, height - 0.02, 0), (wide, 0.02, deep), 1)]
    for x in (0.03 - wide, wide - 0.03):
        for z in (0.03 - deep, deep - 0.03):
            parts.append(box((x, height / 2, z), (0.025, height / 2, 0.025)))
    return merge(parts), [_wood(rng), cloth(rng, 64, 64)]


def chair(rng, seat=0.44):
    """A chair or sofa with a seat ``seat`` metres high, facing +z."""
    mesh, textures = table(rng, seat, 0.3)
    half = (mesh.verts[:, 0].max(), rng.uniform(0.1, 0.25), 0.02)
    return merge([mesh, box((0, seat + half[1], mesh.verts[:, 2].min()), half, 1)]), textures


def pole(rng):
    """A post, pole or pillar."""
    radius = np.exp(rng.uniform(np.log(0.02), np.log(0.16)))
    return rod((0, 0, 0), (0, rng.uniform(0.8, 4.0), 0), radius), [_wood(rng)]


def block(rng):
    """A box, bag, cabinet, wall or panel."""
    half = np.exp(rng.uniform(np.log((0.12, 0.12, 0.06)), np.log((0.7, 0.9, 0.5))))
    return box((0, half[1], 0), half), [cloth(rng, 64, 64)]


def plant(rng):
    """A bush or potted tree of leaf clumps."""
    height = rng.uniform(0.5, 2.2)
    parts = [rod((0, 0, 0), (0, height * 0.6, 0), 0.03 + 0.02 * height, 0.03, 7, 1)]
    for _ in range(rng.integers(5, 11)):
        at = height * rng.normal((0, 0.68, 0), (0.14, 0.2, 0.14))
        parts.append(ellipsoid(at, rng.uniform(0.08, 0.2, 3) * height, 8, 6))
    green = np.array([45, 110, 65]) * rng.uniform(0.4, 1.3)
    return merge(parts), [plain(rng, 96, 96, green, rng.uniform(0.1, 0.3), 0.2), _wood(rng)]


ALL = (pole, block, block, plant, table, chair)


def held(rng, person):
    """Return what a person holds in a hand or in both, in the world: a list of (mesh, textures)."""
    angles, hands = person.pose.angles, [BONE['l_hand'], BONE['r_hand']]
    hand = hands[angles['l_grip'] < angles['r_grip']]
    turn = person.rotation[hand]
    place = person.position[hand] + turn @ (0, -0.085 * person.body.girth, 0)
    arms = person.pose.arms
    if arms == 'swing':  # a stick in the fist, along the front axis of the hand
        thing = rod((0, 0, -0.08), (0, 0, rng.uniform(0.5, 1.0)), 0.015, rng.uniform(0.01, 0.04))
    elif arms in ('throw', 'up'):
        radius = rng.choice([0.035, 0.11])
        thing = ellipsoid(np.array([0, -radius, 0]), np.full(3, radius))
    elif arms == 'carry':
        turn = person.rotation[BONE['chest']]
        place = person.position[hands].mean(0) + 0.1 * turn[:, 2]
        thing = box((0, 0.04, 0), rng.uniform(0.08, 0.2, 3))
    elif rng.random() < 0.2:  # a phone or a bag
        half = rng.uniform((0.005, 0.05, 0.03), (0.1, 0.2, 0.2))
        thing = box((0, -half[1], 0), half)
    else:
        return []
    return [(thing.transformed(turn, place), [plain(rng, 32, 32, cloth_colour(rng))])]
