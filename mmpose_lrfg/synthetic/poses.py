"""Poses: tables of angle ranges, and a body that takes a pose in balance.

Angles are anatomical, in degrees: flexion, abduction (away from the middle) and twist (outward is
positive), so left and right share them. A table maps names of angles to ranges. A name with ``l_``
or ``r_`` is of one side, a name without a prefix of both. ``pitch`` tilts the whole body forward,
``lift`` raises it by a fraction of its height.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from .body import BONE, BONES, PARENTS
from .textures import choose

RELAXED = {
    'spine_flex': (-4, 12), 'spine_side': (-6, 6), 'spine_twist': (-12, 12),
    'neck_flex': (-12, 25), 'neck_side': (-10, 10), 'neck_twist': (-45, 45),
    'shoulder_flex': (-12, 18), 'shoulder_abd': (6, 18), 'shoulder_twist': (-40, 0),
    'elbow_flex': (8, 40), 'hip_abd': (1, 9), 'hip_twist': (0, 18), 'hip_flex': (-2, 6),
    'knee_flex': (0, 8), 'ankle_flex': (-5, 5), 'pitch': (0, 0), 'lift': (0, 0),
}  # fmt: skip
#: Positions of the arms: relative frequency, ranges that replace those of RELAXED.
ARMS = {
    'relaxed': (10, {}),
    'on_hips': (3, {
        'shoulder_abd': (38, 55), 'shoulder_flex': (-28, -10), 'shoulder_twist': (-65, -50),
        'elbow_flex': (85, 110)}),
    'wave': (5, {
        'l_shoulder_abd': (60, 120), 'l_shoulder_flex': (0, 60), 'l_shoulder_twist': (20, 85),
        'l_elbow_flex': (50, 120)}),
    'up': (4, {
        'shoulder_flex': (120, 180), 'shoulder_abd': (-5, 30), 'elbow_flex': (0, 55),
        'neck_flex': (-30, 5)}),
    'spread': (4, {
        'shoulder_abd': (40, 120), 'shoulder_flex': (-15, 45), 'elbow_flex': (0, 60)}),
    'forward': (13, {
        'shoulder_flex': (20, 95), 'shoulder_abd': (0, 25), 'shoulder_twist': (-35, 0),
        'elbow_flex': (10, 140), 'spine_twist': (-25, 25)}),
}  # fmt: skip
#: Stances: relative frequency, what carries the body ('feet': both, level; 'foot': the lower one;
#: 'seat', 'ground', 'air'), ranges that replace those of RELAXED and of the arms.
STANCES = {
    'stand': (40, 'feet', {}),
    'walk': (10, 'foot', {
        'l_hip_flex': (18, 34), 'l_knee_flex': (2, 18), 'r_hip_flex': (-24, -10),
        'r_knee_flex': (12, 40), 'l_shoulder_flex': (-30, -8), 'spine_twist': (-12, -3),
        'pitch': (0, 6), 'hip_abd': (-3, 4), 'l_ankle_flex': (0, 15), 'r_ankle_flex': (-25, 0)}),
    'run': (8, 'foot', {
        'l_hip_flex': (45, 85), 'l_knee_flex': (60, 115), 'r_hip_flex': (-25, -5),
        'r_knee_flex': (10, 60), 'l_shoulder_flex': (-50, -25), 'r_shoulder_flex': (20, 55),
        'elbow_flex': (75, 110), 'shoulder_abd': (5, 20), 'spine_twist': (-20, -5),
        'pitch': (6, 18), 'hip_abd': (-3, 4), 'r_ankle_flex': (-45, -15), 'lift': (0, 0.06)}),
    'jump': (7, 'air', {
        'hip_flex': (-15, 70), 'knee_flex': (5, 110), 'hip_abd': (0, 42),
        'shoulder_abd': (20, 150), 'shoulder_flex': (-20, 120), 'elbow_flex': (5, 80),
        'ankle_flex': (-45, -10), 'spine_flex': (-20, 20), 'lift': (0.06, 0.35)}),
    'crouch': (13, 'feet', {
        'hip_flex': (20, 110), 'knee_flex': (25, 130), 'hip_abd': (5, 30), 'spine_flex': (5, 35),
        'pitch': (5, 25), 'neck_twist': (-70, 70)}),
    'bend_down': (4, 'feet', {
        'pitch': (25, 65), 'spine_flex': (20, 60), 'hip_flex': (35, 85), 'knee_flex': (5, 55),
        'shoulder_flex': (20, 90), 'elbow_flex': (0, 50), 'neck_flex': (-30, 30)}),
    'sit': (18, 'seat', {
        'hip_flex': (80, 100), 'hip_abd': (3, 18), 'hip_twist': (-8, 15), 'knee_flex': (60, 105),
        'spine_flex': (0, 28), 'pitch': (-20, 8)}),
    'sit_floor': (6, 'ground', {
        'hip_flex': (80, 115), 'hip_abd': (15, 60), 'hip_twist': (20, 80), 'knee_flex': (20, 140),
        'spine_flex': (5, 30), 'pitch': (-20, 0)}),
    'lie_back': (4, 'ground', {
        'pitch': (-92, -84), 'hip_flex': (0, 40), 'knee_flex': (0, 75), 'hip_abd': (0, 22),
        'shoulder_abd': (5, 150), 'shoulder_flex': (-5, 25), 'elbow_flex': (0, 100)}),
}  # fmt: skip
FEET = [BONE['l_foot'], BONE['r_foot']]


def sample_angles(rng, stance):
    """Return random angles of a stance, name -> degrees, with ``l_`` and ``r_`` for the limbs."""
    arms = choose(rng, {name: entry[0] for name, entry in ARMS.items()})
    # Most poses are near the middle of their ranges; some use the ranges to the full.
    spread, angles = rng.uniform(0.5, 1.0), {}
    for table in (RELAXED, ARMS[arms][1], STANCES[stance][2]):
        symmetric = rng.random() < 0.5
        for name, (low, high) in table.items():
            left, right = (low + high) / 2 + (high - low) / 2 * spread * rng.uniform(-1, 1, 2)
            if name.startswith(('l_', 'r_', 'spine', 'neck', 'pitch', 'lift')):
                angles[name] = left
            else:
                # Both feet are on the ground if the legs are bent alike.
                alike = STANCES[stance][1] == 'feet' and name.startswith(('hip', 'knee'))
                angles['l_' + name] = left
                angles['r_' + name] = left if alike or symmetric else right
    if rng.random() < 0.5:
        swap = {'l_': 'r_', 'r_': 'l_'}
        angles = {swap.get(name[:2], name[:2]) + name[2:]: a for name, a in angles.items()}
        for name in ('spine_side', 'spine_twist', 'neck_side', 'neck_twist'):
            angles[name] *= -1
    return angles


@dataclass(frozen=True)
class Skeleton:
    """The bones of a posed body."""

    rest: np.ndarray  # (15, 3) joints in the rest pose, metres
    rotation: np.ndarray  # (15, 3, 3) from the rest pose
    position: np.ndarray  # (15, 3) joints, metres

    def place(self, bone, points):
        """Move points (N, 3) of the rest pose with a bone."""
        return (points - self.rest[bone]) @ self.rotation[bone].T + self.position[bone]

    def blend(self, shares, points):
        """Move points (N, 3) with several bones, ``{bone: share (N,)}``; return also their axes."""
        moved = sum(share[:, None] * self.place(bone, points) for bone, share in shares.items())
        axes = sum(share[:, None, None] * self.rotation[bone] for bone, share in shares.items())
        return moved, axes


def _rotations(angles):
    """Rotations (15, 3, 3) of the bones relative to their parents."""
    xzy = np.zeros((len(BONES), 3))  # degrees about x, then z, then y
    xzy[0, 0] = angles['pitch']
    for bone, joint in (('chest', 'spine'), ('head', 'neck')):
        xzy[BONE[bone]] = [angles[f'{joint}_{axis}'] for axis in ('flex', 'side', 'twist')]
    bends = (('forearm', 'elbow', -1), ('shin', 'knee', 1), ('foot', 'ankle', -1))
    for side, sign in (('l_', 1), ('r_', -1)):
        for bone, joint in (('upper_arm', 'shoulder'), ('thigh', 'hip')):
            flex, abd, twist = (angles[f'{side}{joint}_{k}'] for k in ('flex', 'abd', 'twist'))
            xzy[BONE[side + bone]] = -flex, sign * abd, sign * twist
        for bone, joint, bend in bends:
            xzy[BONE[side + bone], 0] = bend * angles[f'{side}{joint}_flex']
    return Rotation.from_euler('XZY', xzy, degrees=True).as_matrix()


def take_pose(body, stance, angles, yaw=0.0):
    """Return the :class:`Skeleton` of a body in a pose, with the pelvis at the origin.

    It faces ``yaw`` radians from +z. It is balanced if it stands, and has flat feet if it stands on
    both or sits.
    """
    support, rest, rotation = STANCES[stance][1], body.joints(), _rotations(angles)
    position = np.zeros_like(rest)
    for bone, parent in enumerate(PARENTS[1:], 1):
        rotation[bone] = rotation[parent] @ rotation[bone]
        position[bone] = position[parent] + rotation[parent] @ (rest[bone] - rest[parent])
    if support in ('feet', 'foot'):
        # The middle of the trunk comes above the feet.
        x, y, z = position[:3].mean(0) - position[FEET].mean(0)
        lean = np.clip(np.rad2deg(np.arctan2((0.03 - z, x), max(y, 0.3))), (-30, -15), (30, 15))
        upright = Rotation.from_euler('XZ', lean, degrees=True).as_matrix()
        rotation, position = upright @ rotation, position @ upright.T
    if support in ('feet', 'seat'):
        for foot in FEET:
            toe = rotation[foot, :, 2] * (1, 0, 1) / np.hypot(*rotation[foot, [0, 2], 2])
            rotation[foot] = np.column_stack([np.cross((0, 1, 0), toe), (0, 1, 0), toe])
    turn = Rotation.from_euler('Y', yaw).as_matrix()
    return Skeleton(rest, turn @ rotation, position @ turn.T)
