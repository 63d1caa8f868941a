"""The mesh of a dressed body in the rest pose, without the head: trunk, limbs, skirt."""

import numpy as np

from .body import BONE
from .mesh import column, ellipsoid, merge, rod, tube

MATERIALS = ('torso', 'arm', 'leg', 'head', 'skin', 'hair', 'shoe', 'skirt', 'hat')
MATERIAL = {name: i for i, name in enumerate(MATERIALS)}

# Height from hip joint (0) to base of the neck (1); half width, front depth and back depth, each of
# a man and of a woman of 1.75 m, in metres; share of the weight.
_TORSO = np.array([
    [-0.17, .000, .000, .000, .000, .000, .000, 0.3],
    [-0.09, .140, .148, .072, .070, .094, .102, 0.6],
    [0.00, .170, .178, .097, .093, .118, .126, 0.9],
    [0.22, .156, .158, .102, .096, .100, .098, 1.5],
    [0.36, .144, .128, .103, .090, .088, .078, 1.7],
    [0.50, .150, .127, .108, .094, .092, .080, 1.4],
    [0.72, .172, .150, .124, .136, .107, .092, 1.0],
    [0.81, .178, .158, .114, .112, .106, .092, 0.9],
    [0.88, .174, .154, .092, .084, .098, .087, 0.7],
    [0.93, .145, .126, .072, .064, .084, .074, 0.6],
    [0.965, .092, .080, .060, .052, .070, .060, 0.6],
    [1.00, .064, .055, .056, .048, .062, .054, 0.6],
    [1.06, .058, .048, .055, .045, .058, .050, 0.5],
    [1.22, .056, .046, .055, .045, .058, .050, 0.4],
])  # fmt: skip

# Position along the limb, 0 to 1; half width, front depth and back depth in metres; share of the
# weight.
_ARM = np.array([
    [-0.10, .000, .000, .000, 0.5],
    [-0.06, .040, .043, .045, 0.7],
    [0.00, .052, .055, .056, 0.8],
    [0.25, .047, .053, .050, 1.1],
    [0.49, .038, .038, .040, 0.8],
    [0.64, .042, .044, .042, 0.8],
    [0.78, .035, .037, .036, 0.7],
    [0.90, .025, .029, .029, 0.5],
    [1.00, .021, .027, .027, 0.4],
    [1.03, .000, .000, .000, 0.4],
])  # fmt: skip
_LEG = np.array([
    [-0.13, .000, .000, .000, 0.8],
    [-0.06, .083, .085, .100, 1.0],
    [0.00, .092, .094, .110, 1.1],
    [0.22, .080, .086, .084, 1.1],
    [0.36, .066, .071, .068, 0.9],
    [0.46, .058, .060, .058, 0.8],
    [0.66, .054, .050, .070, 0.7],
    [0.76, .048, .045, .061, 0.6],
    [0.88, .036, .038, .044, 0.5],
    [1.02, .034, .040, .040, 0.4],
    [1.05, .000, .000, .000, 0.4],
])  # fmt: skip


def smoothstep(x, low, high):
    """Rise smoothly from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def ellipsoids(at, size, parts, material, bone):
    """Build ellipsoids from centres and radii in units of ``size``, relative to a point (3,)."""
    parts = [(at + np.array(centre) * size, np.array(radii) * size) for centre, radii in parts]
    return merge([ellipsoid(*part, 16, 9, material, bone) for part in parts])


def torso(body, outfit):
    """Build trunk and neck, from the crotch into the skull, with clothes of ``outfit.slack``."""
    rest = body.joints()
    hip, neck = rest[BONE['pelvis'], 1], rest[BONE['neck'], 1]
    t, female = _TORSO[:, 0], body.female
    half, front, back = ((1 - female) * _TORSO[:, k] + female * _TORSO[:, k + 1] for k in (1, 3, 5))
    fat = 1 + _TORSO[:, 7] * (body.weight - 1)
    upper = smoothstep(t, 0.25, 0.7)
    across = upper * body.shoulder_half / 0.181 + (1 - upper) * body.hip_half / 0.0965
    belly = np.exp(-(((t - 0.3) / 0.22) ** 2)) * (0.22 * max(body.weight - 1, 0))
    slack = outfit.slack * smoothstep(t, outfit.hem - 0.005, outfit.hem)
    slack = slack * body.girth * 1.3 * (1 - smoothstep(t, 0.7, 0.93))
    half = half * (0.45 * across + 0.55 * body.girth) * (1 + 0.8 * (fat - 1)) + slack
    front = (front * fat + belly) * body.girth + slack
    back = back * fat * body.girth + slack
    half[0] = front[0] = back[0] = 0
    centres = column(hip + t * (neck - hip))
    centres[:, 2] = 0.022 * body.girth * smoothstep(t, 0.98, 1.2)  # the neck leans forward
    v = (t + 0.17) / 1.39
    mesh = tube(centres, half, front, back, v, 20, 2.35, MATERIAL['torso'])
    rows = np.repeat(t, 21)
    step = sum(
        smoothstep(rows, *joint)
        for joint in ((0.08, 0.30), (0.36, 0.64), (0.93, 1.03), (1.05, 1.2))
    )
    chain = np.array([BONE[name] for name in ('pelvis', 'spine', 'chest', 'neck', 'head')])
    first = np.minimum(step.astype(int), 3)
    mesh = mesh.on_bones(chain[first], chain[first + 1], 1 - (step - first))
    # Raised shoulders pull the flesh above the armpit.
    side = mesh.verts[:, 0] / body.shoulder_half
    pull = smoothstep(np.abs(side), 0.35, 0.95) * smoothstep(rows, 0.74, 0.86) * (rows < 0.97)
    pulled = np.flatnonzero(pull > 0.01)
    mesh.bones[pulled, 0] = BONE['chest']
    mesh.bones[pulled, 1] = np.where(side[pulled] > 0, BONE['l_clavicle'], BONE['r_clavicle'])
    mesh.weight[pulled] = 1 - 0.75 * pull[pulled]
    return mesh


def _limb(body, table, names, end, slack, material):
    """Build a limb of two bones; cloth of thickness ``slack`` covers it from 0 to ``end``."""
    top, middle, tip = body.joints()[[BONE[name] for name in names]]
    t = table[:, 0]
    if 0.02 < end < 0.99:
        t = np.sort(np.concatenate([t, [end, end + 0.004]]))
    columns = [np.interp(t, table[:, 0], table[:, k]) for k in range(1, 5)]
    fat = 1 + columns[3] * (body.weight - 1)
    girth = body.girth * fat * (1 - 0.08 * body.female * (1 - body.child))
    # Cloth hangs away from the limb towards its hem.
    cloth = slack * body.girth * (t <= end + 1e-6) * (columns[0] > 0)
    cloth = cloth * (0.35 + 1.1 * np.clip(t / max(end, 0.1), 0, 1))
    half, front, back = (radius * girth + cloth for radius in columns[:3])
    upper, lower = np.clip(2 * t, None, 1)[:, None], np.clip(2 * t - 1, 0, None)[:, None]
    centres = top + upper * (middle - top) + lower * (tip - middle)
    v = np.clip((t + 0.13) / 1.18, 0, 1)
    mesh = tube(centres, half, front, back, v, 12, 2.1, MATERIAL[material])
    weight = 1 - smoothstep(np.repeat(t, 13), 0.43, 0.57)
    return mesh.on_bones(BONE[names[0]], BONE[names[1]], weight)


def arm(body, outfit, side):
    """Build upper arm and forearm with their sleeve."""
    names = [side + name for name in ('upper_arm', 'forearm', 'hand')]
    return _limb(body, _ARM, names, outfit.sleeve, outfit.slack, 'arm')


def leg(body, outfit, side):
    """Build thigh and shin with their trouser leg."""
    names = [side + name for name in ('thigh', 'shin', 'foot')]
    mesh = _limb(body, _LEG, names, outfit.leg, outfit.leg_slack, 'leg')
    # The flesh of the hip follows the pelvis in part, which softens a bent hip.
    hip = mesh.verts[:, 1] > body.joints()[BONE[names[0]], 1] - 0.02 * body.height
    mesh.bones[hip, 1] = BONE['pelvis']
    mesh.weight[hip] = 0.65
    return mesh


def hand(body, side, grip):
    """Build a hand whose fingers are bent by ``grip`` degrees."""
    bone, skin = BONE[side + 'hand'], MATERIAL['skin']
    wrist = body.joints()[bone]
    size = body.height / 1.75 * (0.94 + 0.06 * body.weight)
    inward = -1 if side == 'l_' else 1
    palm = wrist - (0, 0.045 * size, 0)
    parts = [ellipsoid(palm, np.array([0.02, 0.062, 0.043]) * size, 10, 7, skin, bone)]
    bend = np.deg2rad(grip)
    finger = np.array([inward * np.sin(bend), -np.cos(bend), 0]) * 0.085 * size
    for z in (0.031, 0.0105, -0.0105, -0.031):
        start = wrist + np.array([0.0, -0.088, z]) * size
        parts.append(rod(start, start + finger, 0.0115 * size, 0.009 * size, 6, skin, bone))
    thumb = np.array([[inward * 0.004, -0.022, 0.024], [inward * 0.022, -0.088, 0.058]]) * size
    parts.append(rod(*(wrist + thumb), 0.016 * size, 0.010 * size, 6, skin, bone))
    return merge(parts)


def foot(body, outfit, side):
    """Build heel, ball and ankle of a foot or shoe."""
    bone = BONE[side + 'foot']
    size = body.height / 1.75 * (1.06 if outfit.shoes else 0.97)
    parts = [
        ((0, -0.04, -0.01), (0.037, 0.036, 0.06)),
        ((0, -0.048, 0.085), (0.045, 0.03, 0.12)),
        ((0, 0.0, 0.01), (0.042, 0.06, 0.05)),
    ]
    return ellipsoids(body.joints()[bone], size, parts, MATERIAL['shoe'], bone)


def skirt(body, outfit):
    """Build a skirt that moves with the thighs; ``outfit.skirt`` is its length over the leg's."""
    rest = body.joints()
    hip = rest[BONE['pelvis'], 1]
    waist = hip + 0.24 * (rest[BONE['neck'], 1] - hip)
    hem = hip - outfit.skirt * (hip - rest[BONE['l_foot'], 1])
    t = np.linspace(0, 1, 9)
    wide = body.girth * (0.150 + 0.02 * body.female) * (0.4 + 0.6 * body.weight)
    flare = np.sqrt(t) * 0.05 * body.girth + 0.15 * t * (hip - hem)
    half, deep = wide + flare + 0.004, 0.72 * wide + flare
    mesh = tube(column(waist + t * (hem - waist)), half, deep, deep, t, 24, 2.2, MATERIAL['skirt'])
    x = mesh.verts[:, 0]
    weight = smoothstep(mesh.uv[:, 1], 0.15, 0.8)
    weight = weight * (0.55 + 0.4 * np.clip(np.abs(x) / (0.6 * wide), 0, 1))
    thigh = np.where(x > 0, BONE['l_thigh'], BONE['r_thigh'])
    return mesh.on_bones(thigh, BONE['pelvis'], weight).two_sided()
