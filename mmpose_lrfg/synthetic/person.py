"""A person: a body in a pose, with clothes, hair and a face, as meshes in the world."""

from dataclasses import dataclass, replace

import numpy as np

from .body import BONE, KEYPOINT_BONES, Body
from .mesh import BALL, Mesh, solid, tube
from .outfit import sample_outfit
from .poses import Skeleton, sample_angles, take_pose

# Rings of tubes; metres of a person of 1.75 m, upwards in the rest pose.
# Height from hip joint (0) to base of the neck (1); half width of man and woman, front depth of man
# and woman, back depth.
TORSO = np.array([
    (-0.17, .000, .000, .000, .000, .000), (-0.09, .140, .148, .072, .070, .098),
    (0.000, .170, .178, .097, .093, .122), (0.220, .156, .158, .102, .096, .099),
    (0.360, .144, .128, .103, .090, .083), (0.500, .150, .127, .108, .094, .086),
    (0.720, .172, .150, .124, .136, .100), (0.810, .178, .158, .114, .112, .099),
    (0.880, .174, .154, .092, .084, .093), (0.930, .145, .126, .072, .064, .079),
    (0.965, .092, .080, .060, .052, .065), (1.000, .064, .055, .056, .048, .058),
    (1.220, .056, .046, .055, .045, .054),
])  # fmt: skip
# Position along the limb from its tip (1) to its root (0), half width, half depth.
ARM = np.array([
    (1.03, .000, .000), (1.00, .021, .027), (0.90, .025, .029), (0.78, .035, .037),
    (0.64, .042, .043), (0.49, .038, .039), (0.25, .047, .052), (0.00, .052, .055),
    (-.06, .040, .044), (-.10, .000, .000),
])  # fmt: skip
LEG = np.array([
    (1.05, .000, .000), (1.02, .034, .040), (0.88, .036, .041), (0.66, .054, .060),
    (0.46, .058, .059), (0.36, .066, .070), (0.22, .080, .085), (0.00, .092, .102),
    (-.06, .083, .092), (-.13, .000, .000),
])  # fmt: skip
# Height above the chin, half width, front and back depth, over the height of the head.
HEAD = np.array([
    (-.02, .000, .000, .000), (0.00, .090, .300, .010), (0.14, .210, .400, .240),
    (0.24, .262, .405, .310), (0.44, .308, .398, .410), (0.64, .324, .398, .440),
    (0.74, .318, .388, .432), (0.83, .292, .345, .395), (0.91, .235, .262, .310),
    (.965, .150, .165, .200), (1.00, .000, .000, .000),
])  # fmt: skip
# Centres and radii of ellipsoids: from the chin over the height of the head; from the joint of foot
# and hand in metres.
NOSE_AND_EARS = ((0, 0.41, 0.40, 0.055, 0.10, 0.075), (0.325, 0.44, -0.03, 0.035, 0.125, 0.075),
                 (-0.325, 0.44, -0.03, 0.035, 0.125, 0.075))  # fmt: skip
SHORT = ((0, 0.70, -0.06, 0.362, 0.357, 0.446), (0, 0.48, -0.17, 0.346, 0.315, 0.305))
HAIR = {
    'bald': (),
    'short': SHORT,
    'long': (*SHORT, (0, 0.25, -0.25, 0.33, 0.45, 0.2)),
    'tail': (*SHORT, (0, 0.25, -0.52, 0.11, 0.5, 0.13)),
    'cap': ((0, 0.68, -0.03, 0.38, 0.42, 0.46), (0, 0.62, 0.40, 0.27, 0.025, 0.36)),
}
FOOT = ((0, -0.04, -0.01, 0.037, 0.036, 0.06), (0, -0.048, 0.085, 0.045, 0.03, 0.12),
        (0, 0, 0.01, 0.042, 0.06, 0.05))  # fmt: skip
HAND = ((0, -0.05, 0, 0.02, 0.062, 0.043), (0, -0.12, 0, 0.014, 0.062, 0.036),
        (0, -0.055, 0.044, 0.013, 0.045, 0.016))  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A person in the world; lengths in metres."""

    body: Body
    skeleton: Skeleton
    meshes: list[Mesh]
    keypoints: np.ndarray  # the 17 COCO keypoints, (17, 3)


def make_person(rng, place, yaw, body, stance, angles=None):
    """Return a :class:`Person` with random clothes in a stance of ``poses.STANCES``.

    The person stands at ``place`` (x, z) in metres and faces ``yaw`` radians; 0 is +z. ``angles``
    are random by default.
    """
    outfit = sample_outfit(rng, body.female > 0.5)
    angles = angles or sample_angles(rng, stance)
    skeleton = take_pose(body, stance, angles, yaw)
    head, size = BONE['head'], body.head_height
    t, *radii = HEAD.T * np.array([[1], [size], [size], [size]])
    centres = skeleton.place(head, body.chin + np.outer(t * size, (0, 1, 0)))
    axes = skeleton.rotation[head]
    meshes = [tube(outfit.textures['head'], centres, *radii, axes, t, 20, 2.15)]
    meshes.append(_torso(body, outfit, skeleton))
    for upper_arm in (BONE['l_upper_arm'], BONE['r_upper_arm']):
        hand, thigh, foot = upper_arm + 2, upper_arm + 3, upper_arm + 5
        arm = ARM, upper_arm, outfit.sleeve, outfit.slack, outfit.textures['arm']
        leg = LEG, thigh, outfit.leg, 0.01, outfit.textures['leg']
        meshes += [_limb(body, skeleton, *arm), _limb(body, skeleton, *leg)]
        for bone, parts, texture in ((hand, HAND, 'skin'), (foot, FOOT, 'foot')):
            at, scale = skeleton.rest[bone], body.height / 1.75
            meshes += _balls(skeleton, bone, at, scale, parts, outfit.textures[texture])
    for parts, texture in ((NOSE_AND_EARS, 'skin'), (HAIR[outfit.hair], 'hair')):
        meshes += _balls(skeleton, head, body.chin, size, parts, outfit.textures[texture])
    lowest = min(mesh.verts[:, 1].min() for mesh in meshes)
    move = np.array([place[0], angles['lift'] * body.height - lowest, place[1]])
    skeleton = replace(skeleton, position=skeleton.position + move)
    keypoints = zip(KEYPOINT_BONES, body.keypoints())
    keypoints = np.stack([skeleton.place(bone, point) for bone, point in keypoints])
    return Person(body, skeleton, [mesh.moved(move) for mesh in meshes], keypoints)


def _smoothstep(x, low, high):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _torso(body, outfit, skeleton):
    """Trunk and neck, from the crotch into the skull."""
    t, *radii, back = TORSO.T
    half, front = ((1 - body.female) * radii[k] + body.female * radii[k + 1] for k in (0, 2))
    fat = body.girth * (1 + (body.weight - 1) * (0.5 + np.exp(-(((t - 0.33) / 0.3) ** 2))))
    slack = _smoothstep(t, outfit.hem - 0.005, outfit.hem) * (1 - _smoothstep(t, 0.7, 0.93))
    slack *= outfit.slack * body.girth * 1.3
    front, back, half = front * fat + slack, back * fat + slack, half * fat + slack
    half *= 1 - 0.12 * body.child
    hip, neck = skeleton.rest[[BONE['pelvis'], BONE['head']], 1]
    centres = np.outer(hip + t * (neck - hip), (0, 1, 0))
    centres[:, 2] = 0.022 * body.girth * _smoothstep(t, 0.98, 1.2)  # the neck leans forward
    chest, head = _smoothstep(t, 0.12, 0.64), _smoothstep(t, 0.93, 1.2)
    shares = {BONE['pelvis']: 1 - chest, BONE['chest']: chest - head, BONE['head']: head}
    centres, axes = skeleton.blend(shares, centres)
    radii = half * (t > -0.17), front, back
    return tube(outfit.textures['torso'], centres, *radii, axes, (t + 0.17) / 1.39, 20, 2.35)


def _limb(body, skeleton, table, bone, end, slack, texture):
    """A limb of two bones from ``bone`` on; cloth of thickness ``slack`` covers it to ``end``."""
    t = table[:, 0]
    if 0.02 < end < 0.99:
        t = np.sort(np.concatenate([t, [end, end + 0.004]]))[::-1]
    radii = [np.interp(-t, -table[:, 0], column) for column in table[:, 1:].T]
    girth = body.girth * (0.1 + 0.9 * body.weight) * (1 - 0.08 * body.female)
    # Cloth hangs away from the limb towards its hem.
    cloth = slack * body.girth * (t <= end + 1e-6) * (radii[0] > 0)
    cloth = cloth * (0.35 + 1.1 * np.clip(t / max(end, 0.1), 0, 1))
    radii = [radius * girth + cloth for radius in radii]
    top, middle, tip = skeleton.rest[bone : bone + 3]
    upper, lower = np.minimum(2 * t, 1), np.maximum(2 * t - 1, 0)
    centres = top + np.outer(upper, middle - top) + np.outer(lower, tip - middle)
    bent = _smoothstep(t, 0.43, 0.57)
    centres, axes = skeleton.blend({bone: 1 - bent, bone + 1: bent}, centres)
    return tube(texture, centres, *radii, radii[1], axes, (1.05 - t) / 1.18, 12, 2.1)


def _balls(skeleton, bone, at, size, parts, texture):
    """Ellipsoids in units of ``size``, relative to a point ``at`` of the rest pose."""
    return [
        solid(BALL, texture, skeleton.place(bone, at + part[:3]), part[3:], skeleton.rotation[bone])
        for part in size * np.array(parts)
    ]
