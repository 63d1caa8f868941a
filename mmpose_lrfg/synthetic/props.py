"""Things: furniture, poles, plants and what people hold, each a mesh with its textures."""

import numpy as np

from .appearance import cloth_colour, vivid
from .mesh import box, ellipsoid, loft, merge, rod, rotation_y
from .rig import BONE
from .textures import cloth, plain


def _paint(rng, *colours):
    return [np.clip(plain(rng, 24, 24, c), 2, 253) for c in colours]


def _wood(rng):
    if rng.random() < 0.5:
        return np.array([60, 95, 140]) * rng.uniform(0.4, 1.5)
    return cloth_colour(rng)


def _legs(width, depth, top, thick, material=0):
    return [
        box((x, top / 2, z), (thick, top / 2, thick), material)
        for x in (thick - width, width - thick)
        for z in (thick - depth, depth - thick)
    ]


def chair(rng, seat):
    """A chair, stool, bench, block or sofa whose seat is ``seat`` metres high, facing +z."""
    paint = _paint(rng, _wood(rng), cloth_colour(rng))
    kind = rng.random()
    wide, deep = 0.23, 0.23
    if kind < 0.15:
        return box((0, seat / 2, 0.02), (0.25, seat / 2, 0.24), 1), paint
    if kind < 0.3:
        wide = rng.uniform(0.6, 1.1)
    if kind > 0.85:
        wide = rng.uniform(0.4, 1.0)
        parts = [box((0, seat / 2, 0.05), (wide, seat / 2, 0.36), 1)]
        parts.append(box((0, seat / 2 + 0.25, -0.36), (wide, seat / 2 + 0.22, 0.10), 1))
        for sign in (-1, 1):
            parts.append(box((sign * wide, seat / 2 + 0.1, 0.0), (0.08, seat / 2 + 0.1, 0.40), 1))
        return merge(parts), paint
    parts = [box((0, seat - 0.025, 0.02), (wide, 0.025, deep), 1), *_legs(wide, deep, seat, 0.02)]
    if kind > 0.42:
        parts.append(box((0, seat + 0.27, -deep), (wide, rng.uniform(0.08, 0.2), 0.015), 1))
        for sign in (-1, 1):
            parts.append(box((sign * (wide - 0.02), seat + 0.2, -deep), (0.018, 0.24, 0.018), 0))
    return merge(parts), paint


def table(rng, height=None):
    """A table with a few things on it."""
    height = rng.uniform(0.66, 0.8) if height is None else height
    wide, deep = rng.uniform(0.35, 0.9), rng.uniform(0.28, 0.45)
    paint = _paint(rng, _wood(rng), _wood(rng), vivid(rng), cloth_colour(rng))
    parts = [box((0, height - 0.02, 0), (wide, 0.02, deep), 1, 4), *_legs(wide, deep, height, 0.03)]
    if rng.random() < 0.3:
        parts.append(box((0, height / 2, 0), (wide * 0.98, height / 2 - 0.02, deep * 0.95), 0))
    for _ in range(rng.integers(0, 5)):
        x, z = rng.uniform(-0.8, 0.8) * wide, rng.uniform(-0.8, 0.8) * deep
        tall, r = rng.uniform(0.05, 0.28), rng.uniform(0.03, 0.06)
        material = int(rng.integers(2, 4))
        if rng.random() < 0.6:
            parts.append(rod((x, height, z), (x, height + tall, z), r, r * 0.8, 10, material))
        else:
            parts.append(box((x, height + tall / 2, z), (0.12, tall / 2, 0.02), material))
    return merge(parts), paint


def pole(rng):
    """A post, pole or pillar."""
    radius = np.exp(rng.uniform(np.log(0.02), np.log(0.16)))
    return rod((0, 0, 0), (0, rng.uniform(0.8, 4.0), 0), radius, None, 10), _paint(rng, _wood(rng))


def crate(rng):
    """A box, cabinet, wall or panel."""
    half = np.exp(rng.uniform(np.log(0.12), np.log(0.55), 3))
    mesh = box((0, half[1], 0), half, 0, 3).transformed(rotation_y(rng.uniform(0, 3)), np.zeros(3))
    return mesh, [np.clip(cloth(rng, 64, 64), 2, 253)]


def plant(rng):
    """A bush or potted tree of leaf clumps."""
    height = rng.uniform(0.5, 2.2)
    green = np.array([45, 110, 65]) * rng.uniform(0.4, 1.3)
    parts = [rod((0, 0, 0), (0, height * 0.6, 0), 0.03 + 0.02 * height, 0.03, 7, 1)]
    for _ in range(rng.integers(5, 11)):
        at = np.array([rng.normal(0, 0.14), rng.uniform(0.35, 1.0), rng.normal(0, 0.14)]) * height
        parts.append(ellipsoid(at, rng.uniform(0.08, 0.2, 3) * height, 8, 6, 0))
    leaves = np.clip(plain(rng, 96, 96, green, rng.uniform(0.1, 0.3), 0.2), 2, 253)
    return merge(parts), [leaves, *_paint(rng, (40, 55, 75))]


def fence(rng):
    """A railing of bars."""
    height, wide = rng.uniform(0.6, 1.2), rng.uniform(0.8, 2.5)
    parts = [box((0, height, 0), (wide, 0.025, 0.025)), box((0, 0.15, 0), (wide, 0.02, 0.02))]
    count = int(rng.integers(4, 14))
    for x in np.linspace(-wide, wide, count):
        parts.append(box((x, height / 2, 0), (0.012, height / 2, 0.012)))
    return merge(parts), _paint(rng, cloth_colour(rng))


def luggage(rng):
    """A bag or suitcase."""
    half = np.array([rng.uniform(0.12, 0.25), rng.uniform(0.15, 0.32), rng.uniform(0.07, 0.14)])
    mesh = box((0, half[1], 0), half)
    top = half[1] * 2
    handle = [rod((s * 0.08, top, 0), (s * 0.08, top + 0.12, 0), 0.012) for s in (-1, 1)]
    bar = rod((-0.08, top + 0.12, 0), (0.08, top + 0.12, 0), 0.012)
    return merge([mesh, *handle, bar]), _paint(rng, cloth_colour(rng))


def seat(rng):
    """A chair, bench or sofa that nobody sits on."""
    return chair(rng, rng.uniform(0.38, 0.5))


def cabinet(rng):
    """A cupboard, fridge, door or display."""
    half = np.array([rng.uniform(0.25, 0.7), rng.uniform(0.4, 1.1), rng.uniform(0.05, 0.3)])
    front = np.clip(cloth(rng, 64, 64), 2, 253)
    step = int(rng.integers(12, 40))
    front[::step] *= 0.6
    front[:, :: int(rng.integers(16, 64))] *= 0.6
    return box((0, half[1], 0), half, 0, 3), [front]


STANDING = (pole, crate, plant, fence, luggage, table)
INDOORS = (crate, plant, luggage, table, table, seat, seat, cabinet, cabinet, pole)


def _racket():
    head = np.linspace(0, np.pi, 9)
    y = 0.50 - 0.16 * np.cos(head)
    half = 0.115 * np.sin(head)
    half[[0, -1]] = 0
    face = loft(np.stack([0 * y, y, 0 * y], 1), half, half * 0 + 0.006, half * 0 + 0.006, y, 12)
    return [rod((0, -0.05, 0), (0, 0.36, 0), 0.015), face]


def held(rng, person):
    """Things a person holds, stands on or plays with, in the world: a list of (mesh, textures)."""
    out, name = [], person.pose.name
    side = 'l_' if person.pose.angles['l_grip'] >= person.pose.angles['r_grip'] else 'r_'
    turn = person.rotation[BONE[side + 'hand']]
    palm = person.position[BONE[side + 'hand']] + turn @ (0, -0.085 * person.body.girth, 0)
    # A closed fist holds sticks along the body's front axis of the hand.
    along = turn @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])

    def add(parts, rotation, at, *colours):
        out.append((merge(parts).transformed(rotation, at), _paint(rng, *colours)))

    if name in ('forehand', 'serve') and rng.random() < 0.85:
        add(_racket(), along, palm, cloth_colour(rng))
        if rng.random() < 0.6:
            at = person.position[BONE['chest']] + rng.normal(0, 0.7, 3) + (0, 0.5, 0)
            add([ellipsoid(np.zeros(3), np.full(3, 0.034), 10, 8)], np.eye(3), at, (60, 230, 210))
    elif name == 'bat' and rng.random() < 0.85:
        add([rod((0, -0.08, 0), (0, 0.72, 0), 0.014, 0.033)], along, palm, _wood(rng))
    elif name == 'ski' and rng.random() < 0.85:
        paint = cloth_colour(rng)
        for s in ('l_', 'r_'):
            hand = person.position[BONE[s + 'hand']]
            add([rod((0, 0.05, 0), (0, -1.0, -0.25), 0.009)], np.eye(3), hand, paint)
            foot = person.position[BONE[s + 'foot']]
            heading = person.rotation[BONE['pelvis']][:, 2] * (1, 0, 1)
            yaw = rotation_y(np.arctan2(heading[0], heading[2]))
            at = foot * (1, 0, 1) + (0, foot[1] - 0.046 * person.body.height, 0)
            add([box((0, 0, 0.1), (0.045, 0.012, 0.85), 0, 4)], yaw, at, paint)
    elif name == 'surf':
        feet = person.position[[BONE['l_foot'], BONE['r_foot']]]
        line = (feet[0] - feet[1]) * (1, 0, 1)
        yaw = rotation_y(np.arctan2(line[0], line[2]))
        at = feet.mean(0) - (0, 0.046 * person.body.height + 0.015, 0)
        half = (0.11, 0.015, 0.42) if rng.random() < 0.5 else (0.26, 0.03, 0.95)
        add([ellipsoid(np.zeros(3), np.array(half) * (1.1, 1, 1.1), 16, 5)], yaw, at, vivid(rng))
    elif name in ('phone', 'call') and rng.random() < 0.8:
        lift = palm + turn @ (np.array([-0.03 if side == 'l_' else 0.03, -0.02, 0.0]))
        add([box((0, 0, 0), (0.006, 0.075, 0.038))], turn, lift, (25, 25, 28))
    elif name == 'carry' and rng.random() < 0.7:
        hands = person.position[[BONE['l_hand'], BONE['r_hand']]].mean(0)
        front = person.rotation[BONE['chest']][:, 2]
        half = rng.uniform(0.08, 0.2, 3)
        rotation = person.rotation[BONE['chest']]
        add([box((0, 0, 0), half)], rotation, hands + 0.1 * front + (0, 0.04, 0), cloth_colour(rng))
    elif name in ('kick', 'throw', 'jump', 'run', 'arms_up') and rng.random() < 0.5:
        radius = rng.choice([0.035, 0.11, 0.12])
        if name in ('throw', 'arms_up'):
            at = palm + turn @ (0, -0.06 - radius, 0)
        else:
            at = person.position[0] * (1, 0, 1) + rng.normal(0, 0.7, 3) * (1, 0, 1)
            at[1] = radius + abs(rng.normal(0, 0.2))
        skin = np.clip(cloth(rng, 32, 32), 2, 253)
        out.append((ellipsoid(at, np.full(3, radius), 14, 10), [skin]))
    elif rng.random() < 0.15 and -turn[1, 1] < -0.8 and palm[1] > 0.45:
        # A bag hangs from a hand that hangs itself.
        mesh, paint = luggage(rng)
        size = min(0.7, 0.85 * palm[1] / mesh.verts[:, 1].max())
        top = (0, size * mesh.verts[:, 1].max(), 0)
        out.append((mesh.transformed(rotation_y(rng.uniform(0, 3)) * size, palm - top), paint))
    return out
