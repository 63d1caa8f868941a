"""Draw a pose, put it on the ground in balance, and pose a body with it."""

from dataclasses import dataclass

import numpy as np

from .pose_library import POSES, RELAXED
from .rig import BONE, LIMITS, clamp, euler, forward, thigh_rotation

_NAMES = list(POSES)
_SHARES = np.array([POSES[name][0] for name in _NAMES], float)
_SHARES /= _SHARES.sum()


@dataclass(frozen=True)
class Pose:
    """A pose apart from any body.

    Args:
        name (str): Its row in the library.
        support (str): What carries the body: feet, foot, seat, ground or air.
        angles (dict): Every name of :data:`~.rig.LIMITS` to degrees, within the limits.
        pitch, roll (float): Tilt of the whole body, degrees.
        lift (float): Height above the support, as a share of the body height.
    """

    name: str
    support: str
    angles: dict
    pitch: float = 0.0
    roll: float = 0.0
    lift: float = 0.0


@dataclass(frozen=True)
class Stance:
    """A posed skeleton in the frame of the person, standing on y = 0 and facing +z.

    Args:
        rotation (np.ndarray): World rotations of the bones, (19, 3, 3).
        position (np.ndarray): Joint positions, (19, 3), metres.
        seat (float): Height of the seat below the thighs in metres, or None.
    """

    rotation: np.ndarray
    position: np.ndarray
    seat: float | None


def sample_pose(rng, name=None):
    """A random :class:`Pose`, of the library's row ``name`` or of any."""
    if name is None:
        name = _NAMES[int(rng.choice(len(_NAMES), p=_SHARES))]
    _, support, rows = POSES[name]
    swap = rng.random() < 0.5
    # Most poses are near the middle of their ranges together; some use the ranges to the full.
    spread = rng.uniform(0.5, 1.0)
    angles, extra = {}, {'pitch': 0.0, 'roll': 0.0, 'lift': 0.0}

    def draw(bounds):
        low, high = bounds
        return (low + high) / 2 + (high - low) / 2 * spread * rng.uniform(-1, 1)

    for source in (RELAXED, rows):
        symmetric = rng.random() < 0.5
        for key, bounds in source.items():
            if key in extra:
                extra[key] = draw(bounds)
            elif key in LIMITS:
                angles[key] = draw(bounds)
            else:
                left, right = draw(bounds), draw(bounds)
                angles['l_' + key] = left
                # Both sides often do nearly the same; the rest of the time they go their own way.
                angles['r_' + key] = left + 0.15 * (right - left) if symmetric else right
    for side in ('l_', 'r_'):
        raised = max(angles[side + 'shoulder_flex'], angles[side + 'shoulder_abd'], 0.0)
        angles[side + 'shrug'] = 0.13 * max(raised - 40.0, 0.0) + rng.uniform(-3, 3)
    if swap:
        mirrored = {}
        for key, value in angles.items():
            if key[:2] in ('l_', 'r_'):
                mirrored[('r_' if key[0] == 'l' else 'l_') + key[2:]] = value
            else:
                mirrored[key] = -value if key.endswith(('side', 'twist')) else value
        angles = mirrored
        extra['roll'] = -extra['roll']
    return Pose(name, support, clamp(angles), **extra)


def _level_feet(rest, angles, root):
    """Bend the longer leg until both feet stand equally low."""

    def low(side, bend):
        trial = dict(angles)
        trial[side + 'knee_flex'] = min(trial[side + 'knee_flex'] + bend, LIMITS['l_knee_flex'][1])
        trial[side + 'hip_flex'] = min(trial[side + 'hip_flex'] + bend / 2, LIMITS['l_hip_flex'][1])
        thigh, shin, foot = (rest[BONE[side + b]] for b in ('thigh', 'shin', 'foot'))
        turn = root @ thigh_rotation(trial, side)
        at = root @ (thigh - rest[0]) + turn @ (shin - thigh)
        return (at + turn @ euler(trial[side + 'knee_flex']) @ (foot - shin))[1], trial

    heights = {side: low(side, 0.0)[0] for side in ('l_', 'r_')}
    longer = min(heights, key=heights.get)
    goal = max(heights.values())
    short, far = 0.0, 70.0
    best = angles
    for _ in range(6):
        middle = (short + far) / 2
        height, best = low(longer, middle)
        short, far = (middle, far) if height < goal else (short, middle)
    return best


def _flat_feet(angles, rotation):
    """Turn the ankles so that the soles lie on the ground, as far as they can."""
    angles = dict(angles)
    for side in ('l_', 'r_'):
        toe = rotation[BONE[side + 'foot']] @ np.array([0.0, 0.0, 1.0])
        angles[side + 'ankle_flex'] -= np.rad2deg(np.arcsin(np.clip(toe[1], -1, 1)))
    return clamp(angles)


def _balance(position, root, feet):
    """Tilt the body so that its weight is over the feet it stands on."""
    mass = position[[BONE['chest'], BONE['pelvis'], BONE['spine'], BONE['head']]].mean(0)
    base = position[[BONE[f] for f in feet]].mean(0) + root @ np.array([0.0, 0.0, 0.03])
    lean = mass - base
    height = max(lean[1], 0.3)
    pitch = np.clip(-np.rad2deg(np.arctan2(lean[2], height)), -30, 30)
    roll = np.clip(np.rad2deg(np.arctan2(lean[0], height)), -15, 15)
    return euler(x=pitch, z=roll) @ root


def _lowest(position, rotation, body):
    """Height of the lowest point of the posed body: joints with the flesh around them."""
    flesh = np.full(len(position), 0.05)
    flesh[[BONE['pelvis'], BONE['spine'], BONE['chest']]] = 0.115 * body.weight
    flesh[[BONE['l_thigh'], BONE['r_thigh']]] = 0.095 * body.weight
    flesh[BONE['head']] = 0.08
    flesh[[BONE['l_foot'], BONE['r_foot']]] = 0.035
    points = [(position - flesh[:, None] * body.height / 1.75 * (0, 1, 0))[:, 1]]
    for side in ('l_', 'r_'):
        foot = BONE[side + 'foot']
        sole = np.array([[0, -0.046, -0.03], [0, -0.046, 0.1]]) * body.height
        points.append((position[foot] + sole @ rotation[foot].T)[:, 1])
        hand = BONE[side + 'hand']
        points.append((position[hand] + rotation[hand] @ (0, -0.1 * body.height, 0))[1:2] - 0.015)
    head = BONE['head']
    crown = rotation[head] @ (0, 0.5 * body.head_height, 0)
    points.append((position[head] + crown)[1:2] - 0.48 * body.head_height)
    return float(np.concatenate(points).min())


def stand(body, pose):
    """Pose a body and set it on its support.

    Args:
        body (Body): Proportions.
        pose (Pose): Angles.

    Returns:
        Stance: the skeleton with the middle of the pelvis above the origin.
    """
    rest = body.joints()
    angles = pose.angles
    root = euler(x=pose.pitch, z=pose.roll, order='xz')
    if pose.support == 'feet':
        angles = _level_feet(rest, angles, root)
    rotation, position = forward(rest, angles, root)
    if pose.support in ('feet', 'foot'):
        feet = ('l_foot', 'r_foot')
        if pose.support == 'foot' and pose.name in ('kick', 'balance'):
            feet = (min(feet, key=lambda f: position[BONE[f], 1]),)
        root = _balance(position, root, feet)
        rotation, position = forward(rest, angles, root)
    if pose.support in ('feet', 'seat'):
        angles = _flat_feet(angles, rotation)
        rotation, position = forward(rest, angles, root)
    seat = None
    drop = _lowest(position, rotation, body)
    if pose.support == 'seat':
        seat = float(position[BONE['pelvis'], 1] - 0.1 * body.girth * body.weight - drop)
    offset = np.array([-position[0, 0], pose.lift * body.height - drop, -position[0, 2]])
    return Stance(rotation, position + offset, seat)
