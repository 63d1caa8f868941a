"""The skeleton: bones, their tree, joint limits, and forward kinematics.

Body frame: x to the person's left, y up, z to the front. At rest the person stands upright with
arms and legs hanging straight down. Angles are anatomical and in degrees: flexion, abduction
(away from the middle), twist (outward is positive), so left and right share one set of limits.
"""

import math

import numpy as np

BONES = (
    'pelvis', 'spine', 'chest', 'neck', 'head',
    'l_clavicle', 'l_upper_arm', 'l_forearm', 'l_hand',
    'r_clavicle', 'r_upper_arm', 'r_forearm', 'r_hand',
    'l_thigh', 'l_shin', 'l_foot', 'r_thigh', 'r_shin', 'r_foot',
)  # fmt: skip
BONE = {name: i for i, name in enumerate(BONES)}
PARENTS = (-1, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 0, 16, 17)

# Ranges of motion, degrees, as in textbooks of physical examination, a little wider for athletes.
TRUNK_LIMITS = {
    'spine_flex': (-30, 75),
    'spine_side': (-30, 30),
    'spine_twist': (-45, 45),
    'neck_flex': (-40, 45),
    'neck_side': (-35, 35),
    'neck_twist': (-70, 70),
}
LIMB_LIMITS = {
    'shrug': (-5, 30),
    'shoulder_flex': (-55, 180),
    'shoulder_abd': (-45, 175),
    'shoulder_twist': (-85, 85),
    'elbow_flex': (0, 150),
    'forearm_twist': (-80, 80),
    'wrist_flex': (-65, 75),
    'grip': (0, 90),
    'hip_flex': (-30, 130),
    'hip_abd': (-25, 70),
    'hip_twist': (-40, 80),
    'knee_flex': (0, 150),
    'ankle_flex': (-50, 30),
}
LIMITS = dict(TRUNK_LIMITS)
for _side in ('l_', 'r_'):
    LIMITS.update({_side + name: limits for name, limits in LIMB_LIMITS.items()})


def clamp(angles):
    """The angles (dict of degrees) moved into :data:`LIMITS`; absent ones are 0."""
    return {
        name: float(min(max(angles.get(name, 0.0), low), high))
        for name, (low, high) in LIMITS.items()
    }


def euler(x=0.0, y=0.0, z=0.0, order='xyz'):
    """Rotation (3, 3): the product, in ``order``, of turns in degrees about the axes."""
    out = None
    for axis in order:
        angle = math.radians({'x': x, 'y': y, 'z': z}[axis])
        if angle == 0.0:
            continue
        c, s = math.cos(angle), math.sin(angle)
        if axis == 'x':
            turn = np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])
        elif axis == 'y':
            turn = np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]])
        else:
            turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        out = turn if out is None else out @ turn
    return np.eye(3) if out is None else out


def thigh_rotation(angles, side):
    """Rotation (3, 3) of the thigh of ``side`` against the pelvis."""
    sign = 1 if side == 'l_' else -1
    return euler(
        -angles[side + 'hip_flex'],
        sign * angles[side + 'hip_twist'],
        sign * angles[side + 'hip_abd'],
        'xzy',
    )


def local_rotations(angles):
    """Rotations (19, 3, 3) of the bones against their parents, the pelvis left unturned."""
    a = angles
    local = np.repeat(np.eye(3)[None], len(BONES), axis=0)
    for name, share in (('spine', 0.55), ('chest', 0.45)):
        local[BONE[name]] = euler(
            share * a['spine_flex'], share * a['spine_twist'], share * a['spine_side'], 'yxz'
        )
    for name, share in (('neck', 0.45), ('head', 0.55)):
        local[BONE[name]] = euler(
            share * a['neck_flex'], share * a['neck_twist'], share * a['neck_side'], 'yxz'
        )
    for side, sign in (('l_', 1), ('r_', -1)):
        local[BONE[side + 'clavicle']] = euler(z=sign * a[side + 'shrug'])
        # The arm hangs from the clavicle, whose tilt must not tilt the arm a second time.
        undo = euler(z=-sign * a[side + 'shrug'])
        local[BONE[side + 'upper_arm']] = undo @ euler(
            -a[side + 'shoulder_flex'],
            sign * a[side + 'shoulder_twist'],
            sign * a[side + 'shoulder_abd'],
            'xzy',
        )
        local[BONE[side + 'forearm']] = euler(
            -a[side + 'elbow_flex'], sign * a[side + 'forearm_twist'], order='xy'
        )
        local[BONE[side + 'hand']] = euler(z=-sign * a[side + 'wrist_flex'])
        local[BONE[side + 'thigh']] = thigh_rotation(a, side)
        local[BONE[side + 'shin']] = euler(a[side + 'knee_flex'])
        local[BONE[side + 'foot']] = euler(-a[side + 'ankle_flex'])
    return local


def forward(rest, angles, root):
    """Pose the skeleton.

    Args:
        rest (np.ndarray): Joint positions at rest, (19, 3), metres.
        angles (dict): Every name of :data:`LIMITS` to degrees.
        root (np.ndarray): Rotation (3, 3) of the pelvis in the world.

    Returns:
        tuple: world rotations (19, 3, 3) and joint positions (19, 3); the pelvis stays at its
        place at rest.
    """
    local = local_rotations(angles)
    rotation, position = np.empty_like(local), np.empty_like(rest)
    for bone, parent in enumerate(PARENTS):
        if parent < 0:
            rotation[bone], position[bone] = root, rest[bone]
            continue
        rotation[bone] = rotation[parent] @ local[bone]
        position[bone] = position[parent] + rotation[parent] @ (rest[bone] - rest[parent])
    return rotation, position


def skin(verts, bones, weight, rest, rotation, position):
    """Linear blend skinning of ``verts`` (N, 3); see :class:`~.mesh.Mesh` for the others."""
    offset = position - np.einsum('bij,bj->bi', rotation, rest)
    out = np.zeros_like(verts)
    for column, share in ((0, weight), (1, 1 - weight)):
        used = np.flatnonzero(share > 1e-6)
        b = bones[used, column]
        moved = np.einsum('nij,nj->ni', rotation[b], verts[used]) + offset[b]
        out[used] += share[used, None] * moved
    return out
