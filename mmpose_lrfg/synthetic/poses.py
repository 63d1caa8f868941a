"""Draw a pose at random, put a body into it in balance, and deform a mesh with it.

Angles are anatomical, in degrees: flexion, abduction (away from the middle) and twist (outward is
positive), so left and right share one set of limits.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from .body import BONE, BONES, PARENTS
from .pose_library import ARMS, RELAXED, STANCES
from .textures import choose

# Ranges of motion in degrees, a little wider than in textbooks of physical examination.
TRUNK_LIMITS = {
    'spine_flex': (-30, 75), 'spine_side': (-30, 30), 'spine_twist': (-45, 45),
    'neck_flex': (-40, 45), 'neck_side': (-35, 35), 'neck_twist': (-70, 70),
}  # fmt: skip
LIMB_LIMITS = {
    'shrug': (-5, 30), 'shoulder_flex': (-55, 180), 'shoulder_abd': (-45, 175),
    'shoulder_twist': (-85, 85), 'elbow_flex': (0, 150), 'forearm_twist': (-80, 80),
    'wrist_flex': (-65, 75), 'grip': (0, 90), 'hip_flex': (-30, 130), 'hip_abd': (-25, 70),
    'hip_twist': (-40, 80), 'knee_flex': (0, 150), 'ankle_flex': (-50, 30),
}  # fmt: skip
LIMITS = TRUNK_LIMITS | {
    side + name: limits for side in ('l_', 'r_') for name, limits in LIMB_LIMITS.items()
}
FEET = [BONE['l_foot'], BONE['r_foot']]


@dataclass(frozen=True)
class Pose:
    """A pose without a body.

    Args:
        stance, arms (str): Its entries in the library.
        support (str): What carries the body: feet, foot, seat, ground or air.
        angles (dict[str, float]): Every name of ``LIMITS`` in degrees, within the limits.
        pitch, roll (float): Tilt of the whole body in degrees.
        lift (float): Height above the support as a fraction of the body height.
    """

    stance: str
    arms: str
    support: str
    angles: dict
    pitch: float = 0.0
    roll: float = 0.0
    lift: float = 0.0


def clamp(angles):
    """Return the angles limited to ``LIMITS``; missing ones are 0."""
    return {
        name: float(min(max(angles.get(name, 0.0), low), high))
        for name, (low, high) in LIMITS.items()
    }


def sample_pose(rng, stance=None):
    """Return a random :class:`Pose`, of a stance of the library or of any."""
    stance = stance or choose(rng, {name: entry[0] for name, entry in STANCES.items()})
    arms = choose(rng, {name: entry[0] for name, entry in ARMS.items()})
    _, support, ranges = STANCES[stance]
    flip = rng.random() < 0.5
    left, right = ('r_', 'l_') if flip else ('l_', 'r_')
    # Most poses are near the middle of their ranges; some use the ranges to the full.
    spread = rng.uniform(0.5, 1.0)
    angles, whole = {}, {'pitch': 0.0, 'roll': 0.0, 'lift': 0.0}

    def draw(low, high):
        return (low + high) / 2 + (high - low) / 2 * spread * rng.uniform(-1, 1)

    for source in (RELAXED, ARMS[arms][1], ranges):
        symmetric = rng.random() < 0.5
        for key, bounds in source.items():
            value = draw(*bounds)
            if key in whole:
                whole[key] = -value if flip and key == 'roll' else value
            elif key in TRUNK_LIMITS:
                angles[key] = -value if flip and not key.endswith('flex') else value
            elif key in LIMITS:
                angles[(left if key.startswith('l_') else right) + key[2:]] = value
            else:
                angles[left + key], other = value, draw(*bounds)
                angles[right + key] = value + 0.15 * (other - value) if symmetric else other
    for side in ('l_', 'r_'):
        raised = max(angles[side + 'shoulder_flex'], angles[side + 'shoulder_abd'], 0.0)
        angles[side + 'shrug'] = 0.13 * max(raised - 40.0, 0.0) + rng.uniform(-3, 3)
    return Pose(stance, arms, support, clamp(angles), **whole)


def _local_rotations(angles):
    """Rotations (19, 3, 3) of the bones relative to their parents."""
    xzy = np.zeros((len(BONES), 3))  # degrees about x, then z, then y
    for bone, part, share in (
        ('spine', 'spine', 0.55), ('chest', 'spine', 0.45),
        ('neck', 'neck', 0.45), ('head', 'neck', 0.55),
    ):  # fmt: skip
        xzy[BONE[bone]] = [share * angles[f'{part}_{way}'] for way in ('flex', 'side', 'twist')]
    for side, sign in (('l_', 1), ('r_', -1)):
        a = {name: angles[side + name] for name in LIMB_LIMITS}
        for bone, x, z, y in (
            ('clavicle', 0, a['shrug'], 0),
            ('upper_arm', -a['shoulder_flex'], a['shoulder_abd'], a['shoulder_twist']),
            ('forearm', -a['elbow_flex'], 0, a['forearm_twist']),
            ('hand', 0, -a['wrist_flex'], 0),
            ('thigh', -a['hip_flex'], a['hip_abd'], a['hip_twist']),
            ('shin', a['knee_flex'], 0, 0),
            ('foot', -a['ankle_flex'], 0, 0),
        ):
            xzy[BONE[side + bone]] = x, sign * z, sign * y
    local = Rotation.from_euler('XZY', xzy, degrees=True).as_matrix()
    for side in ('l_', 'r_'):
        # The tilt of the clavicle moves the arm, but does not tilt it.
        clavicle, arm = BONE[side + 'clavicle'], BONE[side + 'upper_arm']
        local[arm] = local[clavicle].T @ local[arm]
    return local


def forward(rest, angles, root):
    """Forward kinematics.

    Args:
        rest (np.ndarray): Joint positions in the rest pose, (19, 3), metres.
        angles (dict[str, float]): Every name of ``LIMITS`` in degrees.
        root (np.ndarray): Rotation (3, 3) of the pelvis in the world.

    Returns:
        tuple: world rotations (19, 3, 3) and joint positions (19, 3). The pelvis does not move.
    """
    rotation, position = _local_rotations(angles), rest.copy()
    rotation[0] = root
    for bone, parent in enumerate(PARENTS[1:], 1):
        rotation[bone] = rotation[parent] @ rotation[bone]
        position[bone] = position[parent] + rotation[parent] @ (rest[bone] - rest[parent])
    return rotation, position


def skin(verts, bones, weight, rest, rotation, position):
    """Linear blend skinning of ``verts`` (N, 3); ``bones`` and ``weight`` are as in ``Mesh``."""
    offset = position - np.einsum('bij,bj->bi', rotation, rest)
    moved = np.zeros_like(verts)
    for column, share in ((0, weight), (1, 1 - weight)):
        used = np.flatnonzero(share > 1e-6)
        b = bones[used, column]
        turned = np.einsum('nij,nj->ni', rotation[b], verts[used]) + offset[b]
        moved[used] += share[used, None] * turned
    return moved


def _level_feet(rest, angles, root):
    """Bend the longer leg until both feet are equally low."""
    left, right = forward(rest, angles, root)[1][FEET, 1]
    side, goal = ('l_', right) if left < right else ('r_', left)
    low, high = 0.0, 70.0
    for _ in range(5):
        bend = (low + high) / 2
        knee, hip = angles[side + 'knee_flex'] + bend, angles[side + 'hip_flex'] + bend / 2
        trial = clamp({**angles, side + 'knee_flex': knee, side + 'hip_flex': hip})
        height = forward(rest, trial, root)[1][BONE[side + 'foot'], 1]
        low, high = (bend, high) if height < goal else (low, bend)
    return trial


def _flat_feet(angles, rotation):
    """Turn the ankles until the soles are level, within their limits."""
    angles = dict(angles)
    for side in ('l_', 'r_'):
        toe = rotation[BONE[side + 'foot']][:, 2]
        angles[side + 'ankle_flex'] -= np.rad2deg(np.arcsin(np.clip(toe[1], -1, 1)))
    return clamp(angles)


def _balance(position, root, feet):
    """Tilt the root until the centre of mass is above ``feet``."""
    mass = position[[BONE[b] for b in ('chest', 'pelvis', 'spine', 'head')]].mean(0)
    lean = mass - position[feet].mean(0) - root @ np.array([0.0, 0.0, 0.03])
    height = max(lean[1], 0.3)
    pitch = np.clip(-np.rad2deg(np.arctan2(lean[2], height)), -30, 30)
    roll = np.clip(np.rad2deg(np.arctan2(lean[0], height)), -15, 15)
    return Rotation.from_euler('XZ', (pitch, roll), degrees=True).as_matrix() @ root


def stand(body, pose):
    """Pose a body: balanced, and with level feet if it stands on both.

    Args:
        body (Body): Proportions.
        pose (Pose): Angles.

    Returns:
        tuple: world rotations (19, 3, 3) and joint positions (19, 3) in metres, facing +z, with the
        pelvis above the origin. The height above the ground is arbitrary.
    """
    rest, angles = body.joints(), pose.angles
    root = Rotation.from_euler('XZ', (pose.pitch, pose.roll), degrees=True).as_matrix()
    if pose.support == 'feet':
        angles = _level_feet(rest, angles, root)
    rotation, position = forward(rest, angles, root)
    if pose.support in ('feet', 'foot'):
        feet = FEET
        if pose.stance == 'kick':
            feet = [min(FEET, key=lambda foot: position[foot, 1])]
        root = _balance(position, root, feet)
        rotation, position = forward(rest, angles, root)
    if pose.support in ('feet', 'seat'):
        rotation, position = forward(rest, _flat_feet(angles, rotation), root)
    return rotation, position - position[0] * (1, 0, 1)
