"""The mesh of a dressed body at rest: torso, limbs, hands, feet and loose clothes."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from .mesh import ellipsoid, loft, merge
from .rig import BONE

# Order of the textures of a person; see appearance.paint.
MATERIALS = ('torso', 'arm', 'leg', 'head', 'skin', 'hair', 'shoe', 'skirt', 'hat', 'gear')
MATERIAL = {name: i for i, name in enumerate(MATERIALS)}

# Height from hip joint (0) to base of the neck (1); half width, front and back depth of a man and
# of a woman of 1.75 m, in metres; how much of the extra weight settles there.
_TORSO = np.array([
    [-0.17, .000, .000, .000, .000, .000, .000, 0.3],
    [-0.15, .050, .052, .034, .032, .050, .052, 0.3],
    [-0.09, .140, .148, .072, .070, .094, .102, 0.6],
    [0.00, .170, .178, .097, .093, .118, .126, 0.9],
    [0.10, .168, .176, .100, .096, .116, .122, 1.1],
    [0.22, .156, .158, .102, .096, .100, .098, 1.5],
    [0.36, .144, .128, .103, .090, .088, .078, 1.7],
    [0.50, .150, .127, .108, .094, .092, .080, 1.4],
    [0.62, .162, .138, .118, .118, .101, .088, 1.1],
    [0.72, .172, .150, .124, .136, .107, .092, 1.0],
    [0.81, .178, .158, .114, .112, .106, .092, 0.9],
    [0.88, .174, .154, .092, .084, .098, .087, 0.7],
    [0.93, .145, .126, .072, .064, .084, .074, 0.6],
    [0.965, .092, .080, .060, .052, .070, .060, 0.6],
    [1.00, .064, .055, .056, .048, .062, .054, 0.6],
    [1.06, .058, .048, .055, .045, .058, .050, 0.5],
    [1.22, .056, .046, .055, .045, .058, .050, 0.4],
])  # fmt: skip
_TORSO_T = np.array([-0.17, -0.15, -0.12, -0.08, -0.03, 0.03, 0.10, 0.17, 0.24, 0.31, 0.38, 0.45,
                     0.52, 0.59, 0.66, 0.72, 0.78, 0.83, 0.875, 0.91, 0.94, 0.965, 1.0, 1.06,
                     1.22])  # fmt: skip
_TORSO_CURVE = PchipInterpolator(_TORSO[:, 0], _TORSO[:, 1:], axis=0)(_TORSO_T)

# Share of the limb; half width, front and back depth in metres; weight share; muscle share.
_ARM = np.array([
    [-0.10, .000, .000, .000, 0.5, 0.0],
    [-0.088, .022, .026, .026, 0.6, 0.5],
    [-0.06, .040, .043, .045, 0.7, 0.8],
    [0.00, .052, .055, .056, 0.8, 1.0],
    [0.09, .054, .059, .056, 1.0, 1.0],
    [0.25, .047, .053, .050, 1.1, 1.0],
    [0.38, .042, .045, .044, 1.0, 0.6],
    [0.49, .038, .038, .040, 0.8, 0.2],
    [0.56, .041, .042, .042, 0.8, 0.4],
    [0.64, .042, .044, .042, 0.8, 0.6],
    [0.78, .035, .037, .036, 0.7, 0.3],
    [0.90, .025, .029, .029, 0.5, 0.1],
    [1.00, .021, .027, .027, 0.4, 0.0],
    [1.03, .000, .000, .000, 0.4, 0.0],
])  # fmt: skip
_LEG = np.array([
    [-0.13, .000, .000, .000, 0.8, 0.0],
    [-0.11, .050, .055, .060, 0.9, 0.0],
    [-0.06, .083, .085, .100, 1.0, 0.2],
    [0.00, .092, .094, .110, 1.1, 0.4],
    [0.09, .091, .094, .100, 1.2, 0.6],
    [0.22, .080, .086, .084, 1.1, 0.7],
    [0.36, .066, .071, .068, 0.9, 0.5],
    [0.46, .058, .060, .058, 0.8, 0.1],
    [0.51, .055, .060, .054, 0.7, 0.0],
    [0.57, .052, .054, .058, 0.7, 0.3],
    [0.66, .054, .050, .070, 0.7, 1.0],
    [0.76, .048, .045, .061, 0.6, 0.8],
    [0.88, .036, .038, .044, 0.5, 0.2],
    [0.97, .034, .038, .042, 0.4, 0.0],
    [1.02, .034, .040, .040, 0.4, 0.0],
    [1.05, .000, .000, .000, 0.4, 0.0],
])  # fmt: skip


def _ramp(x, low, high):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _fatten(shares, body, muscle=0.0):
    return 1 + shares * (body.weight - 1) + muscle * 0.16 * (body.muscle - 0.4)


def torso(body, outfit):
    """Trunk and neck, from the crotch into the skull; clothes lie on it as ``outfit.slack``."""
    h, t = body.heights(), _TORSO_T
    curve, f = _TORSO_CURVE, body.female
    trunk = h['neck'] - h['hip']
    fat = _fatten(curve[:, 6], body)
    upper = _ramp(t, 0.25, 0.7)
    across = upper * body.shoulder_half / 0.181 + (1 - upper) * body.hip_half / 0.0965
    half = (curve[:, 0] * (1 - f) + curve[:, 1] * f * 1.03) * (0.45 * across + 0.55 * body.girth)
    front = (curve[:, 2] * (1 - f) + curve[:, 3] * f) * body.girth
    back = (curve[:, 4] * (1 - f) + curve[:, 5] * f) * body.girth
    paunch = max(body.weight - 1, 0) * 0.22 + 0.03 * body.child
    belly = np.exp(-(((t - 0.3) / 0.22) ** 2)) * paunch
    slack = outfit.slack * _ramp(t, outfit.hem - 0.005, outfit.hem) * (1 - _ramp(t, 0.7, 0.93))
    slack *= body.girth * (1 + 0.7 * (1 - _ramp(t, outfit.hem, 0.5)))
    half = half * (1 + (fat - 1) * 0.8) + slack
    front = front * fat + belly * body.girth + slack
    back = back * fat + 0.8 * slack
    closed = curve[:, 0] <= 0
    half[closed] = front[closed] = back[closed] = 0
    centres = np.zeros((len(t), 3))
    centres[:, 1] = h['hip'] + t * trunk
    # The spine's curves: the small of the back goes in, the neck leans forward to the head.
    centres[:, 2] = body.girth * (
        0.012 * np.exp(-(((t - 0.3) / 0.18) ** 2)) - 0.012 * np.exp(-(((t - 0.85) / 0.18) ** 2))
    )
    centres[:, 2] += 0.022 * body.girth * _ramp(t, 0.98, 1.2)
    v = np.clip((t + 0.17) / 1.39, 0, 1)
    mesh = loft(centres, half, front, back, v, 20, 2.35, MATERIAL['torso'])
    rows = np.repeat(t, 21)
    chain = ('pelvis', 'spine', 'chest', 'neck', 'head')
    step = _ramp(rows, 0.08, 0.30) + _ramp(rows, 0.36, 0.64) + _ramp(rows, 0.93, 1.03)
    step += _ramp(rows, 1.05, 1.2)
    first = np.minimum(step.astype(int), 3)
    bones = np.array([BONE[b] for b in chain])
    mesh = mesh.on_bones(bones[first], bones[first + 1], 1 - (step - first))
    # Raised shoulders take the flesh above the armpit along.
    side = mesh.verts[:, 0] / max(body.shoulder_half, 1e-6)
    pull = _ramp(np.abs(side), 0.35, 0.95) * _ramp(rows, 0.74, 0.86) * (rows < 0.97) * 0.75
    shared = np.flatnonzero(pull > 0.01)
    mesh.bones[shared, 0] = BONE['chest']
    left, right = BONE['l_clavicle'], BONE['r_clavicle']
    mesh.bones[shared, 1] = np.where(side[shared] > 0, left, right)
    mesh.weight[shared] = 1 - pull[shared]
    return mesh


def _limb(body, table, joints, names, end, slack, around, material, mirror):
    """A limb of two bones; cloth of thickness ``slack`` covers it down to share ``end``."""
    t = table[:, 0]
    if 0.02 < end < 0.99:
        t = np.sort(np.concatenate([t, [end, end + 0.004]]))
    curve = np.stack([np.interp(t, table[:, 0], table[:, k]) for k in range(1, 6)], 1)
    fat = _fatten(curve[:, 3], body, curve[:, 4] * (1 - 0.5 * body.female))
    thin = (1 - 0.08 * body.female * (1 - body.child)) * body.girth
    cloth = slack * body.girth * (t <= end + 1e-6) * (curve[:, 0] > 0)
    # Cloth hangs away from the limb towards its hem.
    cloth = cloth * (0.35 + 1.1 * np.clip(t / max(end, 0.1), 0, 1))
    half, front, back = (curve[:, k] * fat * thin + cloth for k in range(3))
    closed = curve[:, 0] <= 0
    half[closed] = front[closed] = back[closed] = 0
    top, middle, tip = joints
    share = np.clip(t, None, 0.5)[:, None] * 2
    low = np.clip(t - 0.5, 0, None)[:, None] * 2
    centres = top + share * (middle - top) + low * (tip - middle)
    mesh = loft(centres, half, front, back, np.clip((t + 0.13) / 1.18, 0, 1), around, 2.1, material)
    if mirror:
        mesh.uv[:, 0] = 1 - mesh.uv[:, 0]
    rows = np.repeat(t, around + 1)
    return mesh.on_bones(BONE[names[0]], BONE[names[1]], 1 - _ramp(rows, 0.43, 0.57))


def arm(body, outfit, side):
    """Upper arm and forearm with their sleeve."""
    rest = body.joints()
    names = (side + 'upper_arm', side + 'forearm')
    joints = [rest[BONE[n]] for n in (*names, side + 'hand')]
    return _limb(
        body, _ARM, joints, names, outfit.sleeve, outfit.sleeve_slack, 12, MATERIAL['arm'],
        side == 'r_',
    )  # fmt: skip


def leg(body, outfit, side):
    """Thigh and shin with their trouser leg."""
    rest = body.joints()
    names = (side + 'thigh', side + 'shin')
    joints = [rest[BONE[n]] for n in (*names, side + 'foot')]
    mesh = _limb(
        body, _LEG, joints, names, outfit.leg, outfit.leg_slack, 14, MATERIAL['leg'], side == 'r_'
    )
    # The flesh of the hip stays with the pelvis in part, which softens a bent hip.
    top = mesh.verts[:, 1] > joints[0][1] - 0.02 * body.height
    mesh.bones[top, 1] = BONE['pelvis']
    mesh.weight[top] = 0.65
    return mesh


def hand(body, side, grip, detailed):
    """Palm, fingers bent by ``grip`` degrees at each knuckle, and thumb."""
    rest = body.joints()[BONE[side + 'hand']]
    size = body.height / 1.75 * (0.94 + 0.06 * body.weight)
    sign = 1 if side == 'l_' else -1
    skin, bone = MATERIAL['skin'], BONE[side + 'hand']
    palm_y = np.array([0.012, 0.008, -0.02, -0.06, -0.092, -0.10]) * size
    half = np.array([0, 0.021, 0.018, 0.017, 0.013, 0]) * size
    deep = np.array([0, 0.025, 0.034, 0.043, 0.041, 0]) * size
    centres = np.stack([0 * palm_y, palm_y, 0 * palm_y], 1) + rest
    parts = [loft(centres, half, deep, deep, palm_y * 0, 10, 2.4, skin, bone)]
    spread = (0.031, 0.0105, -0.0105, -0.030)
    fingers = [(z, 0.0105, s) for z, s in zip(spread, (0.9, 1.0, 0.95, 0.78))]
    if not detailed:
        fingers = [(0.0, 0.036, 0.95)]
    for z, thick, scale in fingers:
        at, bend = np.array([0.0, -0.09, z]) * size, 0.0
        path, bends = [at], [0.0]
        for length, turn in ((0.042, 0.55), (0.027, 0.9), (0.021, 0.6)):
            bend += np.deg2rad(grip) * turn
            at = at + np.array([-sign * np.sin(bend), -np.cos(bend), 0]) * length * scale * size
            path.append(at)
            bends.append(bend)
        ends = [0, 0, 1, 2, 3, 3]
        thin = np.array([0, 0.0105, 0.010, 0.009, 0.0075, 0]) * size
        deep = thin * (thick / 0.0105)
        straight = np.stack([0 * thin, -np.arange(6.0), 0 * thin], 1)
        tube = loft(straight, thin, deep, deep, thin * 0, 6, 2.0, skin, bone)
        # Bend the straight tube: each ring stands across the path.
        turned = np.repeat(np.array(bends)[ends], 7)
        across = tube.verts[:, 0].copy()
        tube.verts[:, 0] = across * np.cos(turned)
        tube.verts[:, 1] = -sign * across * np.sin(turned)
        tube.verts += np.repeat(np.array(path)[ends], 7, axis=0) + rest
        parts.append(tube)
    base = np.array([-sign * 0.004, -0.022, 0.024]) * size
    tip = np.array([-sign * 0.022, -0.088, 0.062 - 0.02 * grip / 90]) * size
    path = rest + base + np.linspace(0, 1, 4)[[0, 0, 1, 2, 3, 3]][:, None] * (tip - base)
    thin = np.array([0, 0.016, 0.015, 0.012, 0.010, 0]) * size
    parts.append(loft(path, thin, thin, thin, thin * 0, 6, 2.0, skin, bone))
    return merge(parts)


def foot(body, outfit, side):
    """A foot or shoe with a flat sole, from heel to toe."""
    rest = body.joints()[BONE[side + 'foot']]
    size = body.height / 1.75 * (1.06 if outfit.shoes else 0.97)
    length = np.array([-0.07, -0.066, -0.045, 0.0, 0.05, 0.10, 0.15, 0.185, 0.20, 0.204]) * size
    half = np.array([0, 0.024, 0.034, 0.036, 0.038, 0.045, 0.047, 0.038, 0.022, 0]) * size
    rise = np.array([0, 0.02, 0.06, 0.07, 0.058, 0.036, 0.022, 0.012, 0.006, 0]) * size
    ankle = 0.046 * body.height
    sole = np.where(half > 0, ankle - 0.032 * size, 0)
    # Lofts go along y: build the foot standing on its heel, then lay it down.
    centres = np.stack([0 * length, length, 0 * length], 1)
    middle = -0.032 * size
    v = (length - length[0]) / (length[-1] - length[0])
    mesh = loft(centres, half, rise, sole, v, 12, 2.5, MATERIAL['shoe'], BONE[side + 'foot'])
    # (x, y, z) -> (-x, z, y): toes to the front, instep up.
    turn = np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    mesh = mesh.transformed(turn, rest + np.array([0, middle, 0]))
    if outfit.leg < 0.9:
        return mesh
    cuff = ellipsoid(
        rest + np.array([0, 0.02, 0.0]) * size, np.array([0.042, 0.05, 0.05]) * size, 10, 6,
        MATERIAL['shoe'], BONE[side + 'foot'],
    )  # fmt: skip
    return merge([mesh, cuff])


def skirt(body, outfit):
    """A skirt that the thighs carry along; its length is ``outfit.skirt``, a share of the leg."""
    h = body.heights()
    trunk, reach = h['neck'] - h['hip'], h['hip'] - h['ankle']
    t = np.linspace(0, 1, 9)
    y = h['hip'] + 0.24 * trunk - t * (0.24 * trunk + outfit.skirt * reach)
    wide = body.girth * (0.150 + 0.02 * body.female) * (0.4 + 0.6 * body.weight)
    flare = np.sqrt(t) * 0.05 * body.girth + outfit.flare * t * outfit.skirt * reach
    half = wide + flare + 0.004
    deep = wide * 0.72 + flare
    centres = np.stack([0 * y, y, 0 * y - 0.004], 1)
    mesh = loft(centres, half, deep, deep, t, 24, 2.2, MATERIAL['skirt'])
    ripple = 0.02 * np.sin(12 * 2 * np.pi * mesh.uv[:, 0]) * mesh.uv[:, 1] * (outfit.flare > 0.12)
    mesh.verts[:, [0, 2]] *= (1 + ripple)[:, None]
    side = np.where(mesh.verts[:, 0] > 0, BONE['l_thigh'], BONE['r_thigh'])
    low = _ramp(mesh.uv[:, 1], 0.15, 0.8)
    middle = np.clip(np.abs(mesh.verts[:, 0]) / (0.6 * wide), 0, 1)
    mesh = mesh.on_bones(side, BONE['pelvis'], low * (0.55 + 0.4 * middle))
    return mesh.two_sided()
