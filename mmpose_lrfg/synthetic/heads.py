"""Heads: skull, face, ears, hair and hats, at rest on the head bone."""

import numpy as np

from .figures import MATERIAL
from .mesh import ellipsoid, loft, merge, rod
from .rig import BONE

HAIR_STYLES = ('bald', 'buzz', 'short', 'parted', 'bob', 'long', 'ponytail', 'bun', 'afro')
HATS = ('cap', 'beanie', 'brim', 'helmet')

# Share of the head's height above the chin; half width, front and back depth over that height.
_HEAD = np.array([
    [-0.02, .000, .000, .000],
    [0.00, .090, .300, .010],
    [0.06, .150, .372, .120],
    [0.14, .210, .400, .240],
    [0.24, .262, .405, .310],
    [0.34, .290, .402, .370],
    [0.44, .308, .398, .410],
    [0.54, .318, .392, .430],
    [0.64, .324, .398, .440],
    [0.74, .318, .388, .432],
    [0.83, .292, .345, .395],
    [0.91, .235, .262, .310],
    [0.965, .150, .165, .200],
    [1.00, .000, .000, .000],
])  # fmt: skip


def _ramp(x, low, high):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _frame(body):
    return body.joints()[BONE['head']], body.head_height


def skull(body):
    """Head and jaw with a nose and ears; its texture shows the face at u = 0.5."""
    at, size = _frame(body)
    t, half, front, back = _HEAD.T
    wide = half * (1.0 - 0.03 * body.female + 0.10 * body.child)
    centres = np.stack([0 * t, t * size - 0.02 * size, 0 * t], 1) + at
    mesh = loft(centres, wide * size, front * size, back * size, t, 20, 2.15, MATERIAL['head'],
                BONE['head'])  # fmt: skip
    nose = np.array([
        [0, 0.56, 0.36], [0, 0.50, 0.415], [0, 0.39, 0.50], [0, 0.345, 0.40],
        [0.075, 0.365, 0.385], [-0.075, 0.365, 0.385], [0.05, 0.52, 0.36], [-0.05, 0.52, 0.36],
    ])  # fmt: skip
    faces = np.array([
        [0, 6, 1], [0, 1, 7], [6, 4, 2], [6, 2, 1], [1, 2, 5], [1, 5, 7], [4, 3, 2], [3, 5, 2],
    ])  # fmt: skip
    n = len(nose)
    nose_mesh = type(mesh)(
        verts=(nose - (0, 0.02, 0)) * size * (1, 1, 0.985) + at,
        faces=faces[:, ::-1],
        uv=np.full((n, 2), 0.5),
        mat=np.full(n, MATERIAL['skin']),
        bones=np.full((n, 2), BONE['head']),
        weight=np.ones(n),
        weld=np.arange(n),
    )
    ears = [
        ellipsoid(
            at + np.array([sign * 0.325, 0.44, -0.03]) * size,
            np.array([0.035, 0.125, 0.075]) * size, 8, 7, MATERIAL['skin'], BONE['head'],
        )
        for sign in (1, -1)
    ]  # fmt: skip
    return merge([mesh, nose_mesh.two_sided(), *ears])


def hair(body, outfit, rng):
    """Hair of ``outfit.hair_style`` as a shell around the skull, or None for a bald head."""
    style = outfit.hair_style
    if style == 'bald':
        return None
    at, size = _frame(body)
    t = np.linspace(0.10, 1.0, 13)
    curve = np.stack([np.interp(t, _HEAD[:, 0], _HEAD[:, k]) for k in (1, 2, 3)], 1)
    curve[-1] = 0
    centres = np.stack([0 * t, t * size - 0.02 * size, 0 * t], 1) + at
    mesh = loft(centres, *(curve * size).T, t, 22, 2.15, MATERIAL['hair'], BONE['head'])
    azimuth = np.abs(mesh.uv[:, 0] - 0.5) * 2  # 0 at the face, 1 at the back
    height = mesh.uv[:, 1]
    thick = {'buzz': 0.012, 'afro': 0.24, 'parted': 0.06, 'bob': 0.075, 'long': 0.065}
    amount = thick.get(style, 0.045) * rng.uniform(0.8, 1.25)
    # The hairline runs over the forehead, down before the ears and around the neck.
    low_back = {'bob': -0.1, 'long': -0.1, 'afro': 0.12}.get(style, 0.22)
    fringe = 0.66 if outfit.fringe else 0.80
    line = fringe + (0.42 - fringe) * _ramp(azimuth, 0.26, 0.44)
    line += (low_back - 0.42) * _ramp(azimuth, 0.46, 0.60)
    cover = _ramp(height - line, -0.015, 0.05)
    bumps = 1 + (0.25 if style == 'afro' else 0.35) * rng.normal(0, 0.35, len(height))
    bumps = bumps[mesh.weld]
    middle = at + np.array([0, 0.52, -0.02]) * size
    out = mesh.verts - middle
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    mesh.verts += out * (cover * amount * bumps - 0.04 * (1 - cover))[:, None] * size
    if style == 'afro':
        mesh.verts[:, 1] += 0.04 * size * cover
    parts = [mesh]
    if style in ('long', 'bob', 'ponytail'):
        parts.append(_fall(body, style, at, size, rng))
    if style == 'bun':
        parts.append(ellipsoid(
            at + np.array([0, 0.80, -0.42]) * size, np.full(3, 0.17) * size, 10, 8,
            MATERIAL['hair'], BONE['head'],
        ))  # fmt: skip
    return merge(parts)


def _fall(body, style, at, size, rng):
    """Hair that hangs down behind: it follows the head above and the chest below."""
    reach = {'long': rng.uniform(0.6, 1.25), 'bob': 0.22, 'ponytail': rng.uniform(0.5, 1.0)}[style]
    t = np.linspace(0, 1, 8)
    top = 0.62 if style != 'ponytail' else 0.72
    y = (top - t * (top + reach - 0.2)) * size
    wide = np.array([0, 0.27, 0.325, 0.33, 0.32, 0.30, 0.24, 0.0])
    deep = np.array([0, 0.16, 0.20, 0.20, 0.16, 0.13, 0.09, 0.0])
    z = -0.26 - 0.10 * np.sin(np.pi * t)
    if style == 'ponytail':
        wide, deep = wide * 0.33, deep * 0.65
        z = -0.46 - 0.08 * np.sin(np.pi * t)
    centres = np.stack([0 * y, y, z * size], 1) + at
    mesh = loft(centres, wide * size, deep * size, deep * size, t, 12, 2.2, MATERIAL['hair'])
    hang = _ramp(mesh.uv[:, 1], 0.45, 1.0) * 0.8
    return mesh.on_bones(BONE['head'], BONE['chest'], 1 - hang)


def hat(body, outfit, rng):
    """A hat of ``outfit.hat``, or None."""
    if outfit.hat is None:
        return None
    at, size = _frame(body)
    bone, material = BONE['head'], MATERIAL['hat']
    low = {'cap': 0.68, 'beanie': 0.58, 'brim': 0.68, 'helmet': 0.50}[outfit.hat]
    puff = {'cap': 1.10, 'beanie': 1.13, 'brim': 1.10, 'helmet': 1.28}[outfit.hat]
    t = np.linspace(low, 1.0, 9)
    curve = np.stack([np.interp(t, _HEAD[:, 0], _HEAD[:, k]) for k in (1, 2, 3)], 1) * puff
    curve[-1] = 0
    y = np.interp(t, [low, 1], [low, 1.0 + (0.10 if outfit.hat != 'cap' else 0.06)])
    centres = np.stack([0 * t, y * size - 0.02 * size, 0 * t], 1) + at
    crown = loft(centres, *(curve * size).T, t, 18, 2.1, material, bone).two_sided()
    parts = [crown]
    if outfit.hat == 'cap':
        peak = ellipsoid(
            at + np.array([0, low - 0.02, 0.40]) * size, np.array([0.27, 0.025, 0.36]) * size,
            14, 5, material, bone,
        )  # fmt: skip
        if rng.random() < 0.12:
            peak.verts[:, 2] = 2 * at[2] - peak.verts[:, 2]
            peak.faces = peak.faces[:, ::-1]
        parts.append(peak)
    if outfit.hat == 'brim':
        parts.append(ellipsoid(
            at + np.array([0, low - 0.02, 0]) * size, np.array([0.66, 0.03, 0.72]) * size,
            18, 5, material, bone,
        ))  # fmt: skip
    return merge(parts)


def glasses(body):
    """A thin frame before the eyes with its temples."""
    at, size = _frame(body)
    lines = []
    for sign in (1, -1):
        hinge = at + np.array([sign * 0.30, 0.53, 0.26]) * size
        lines.append(rod(hinge, at + np.array([sign * 0.335, 0.52, -0.02]) * size, 0.012 * size,
                         around=5, material=MATERIAL['gear']))  # fmt: skip
    return merge(lines).on_bones(BONE['head'])
