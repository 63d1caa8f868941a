"""A whole person: body, pose and clothes as one mesh in the world, with textures and keypoints."""

from dataclasses import dataclass, replace

import numpy as np

from .appearance import paint, sample_outfit
from .body import BONE, Body, sample_body
from .body_mesh import MATERIAL, arm, ellipsoids, foot, hand, leg, skirt, torso
from .mesh import Mesh, column, merge, rotation_y, tube
from .poses import Pose, sample_pose, skin, stand

# Height above the chin over that of the head; half width, front and back depth over the same.
_HEAD = np.array([
    [-0.02, .000, .000, .000],
    [0.00, .090, .300, .010],
    [0.14, .210, .400, .240],
    [0.24, .262, .405, .310],
    [0.44, .308, .398, .410],
    [0.64, .324, .398, .440],
    [0.74, .318, .388, .432],
    [0.83, .292, .345, .395],
    [0.91, .235, .262, .310],
    [0.965, .150, .165, .200],
    [1.00, .000, .000, .000],
])  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A person in the world.

    Args:
        body (Body), pose (Pose): What the person was made from.
        seat (float): Height of the seat in metres, if the person sits.
        mesh (Mesh): The posed surface in the world, metres.
        textures (list[np.ndarray]): Images that ``mesh.material`` refers to.
        keypoints (np.ndarray): The 17 COCO keypoints in the world, (17, 3).
        rotation (np.ndarray): Rotations of the bones in the world, (19, 3, 3).
        position (np.ndarray): Joints in the world, (19, 3).
    """

    body: Body
    pose: Pose
    seat: float
    mesh: Mesh
    textures: list
    keypoints: np.ndarray
    rotation: np.ndarray
    position: np.ndarray


def head(body):
    """Build head, nose and ears; the texture shows the face at u = 0.5."""
    at, size, bone = body.joints()[BONE['head']], body.head_height, BONE['head']
    t, half, front, back = _HEAD.T
    centres = column((t - 0.02) * size) + at
    radii = half * size, front * size, back * size
    skull = tube(centres, *radii, t, 20, 2.15, MATERIAL['head'], bone)
    parts = [((0, 0.41, 0.40), (0.055, 0.10, 0.075))]
    parts += [((side, 0.44, -0.03), (0.035, 0.125, 0.075)) for side in (0.325, -0.325)]
    return merge([skull, ellipsoids(at, size, parts, MATERIAL['skin'], bone)])


def hair_or_hat(rng, body, outfit):
    """Build what covers the head: hair of a style of ``appearance.HAIR_STYLES``, helmet or cap."""
    volume = (1.35 if outfit.hair == 'afro' else 1.05) * rng.uniform(0.97, 1.05)
    parts = [
        ((0, 0.70, -0.06), np.array([0.345, 0.34, 0.425]) * volume),
        ((0, 0.48, -0.17), np.array([0.33, 0.30, 0.29]) * volume),
    ]
    if outfit.hair == 'long':
        parts.append(((0, 0.25, -0.25), (0.33, 0.45, 0.2)))
    elif outfit.hair == 'tail':
        parts.append(((0, 0.25, -0.52), (0.11, 0.5, 0.13)))
    if outfit.hat:
        parts = [((0, 0.68, -0.03), (0.38, 0.42, 0.46)), ((0, 0.62, 0.40), (0.27, 0.025, 0.36))]
        parts = parts[: rng.choice([1, 2], p=[0.3, 0.7])]
    bone, material = BONE['head'], MATERIAL['hat' if outfit.hat else 'hair']
    return ellipsoids(body.joints()[bone], body.head_height, parts, material, bone)


def _dressed(rng, body, outfit, angles):
    """The mesh of a dressed person in the rest pose."""
    parts = [torso(body, outfit), head(body)]
    for side in ('l_', 'r_'):
        parts += [arm(body, outfit, side), leg(body, outfit, side), foot(body, outfit, side)]
        parts.append(hand(body, side, angles[side + 'grip']))
    if outfit.skirt > 0:
        parts.append(skirt(body, outfit))
    if outfit.hat or outfit.hair != 'bald':
        parts.append(hair_or_hat(rng, body, outfit))
    return merge(parts)


def make_person(rng, place, yaw, *, body=None, pose=None, detail=128):
    """Make a random person.

    Args:
        rng (np.random.Generator): Source of all randomness.
        place (tuple): Position on the ground (x, z), metres.
        yaw (float): Direction of the front in radians; 0 is +z.
        body (Body), pose (Pose): Drawn at random by default.
        detail (int): Side of the textures in pixels.

    Returns:
        Person: placed in the world.
    """
    body = sample_body(rng) if body is None else body
    pose = sample_pose(rng) if pose is None else pose
    outfit = sample_outfit(rng, body)
    rotation, position = stand(body, pose)
    turn, rest = rotation_y(yaw), body.joints()
    rotation, position = turn @ rotation, position @ turn.T + (place[0], 0.0, place[1])
    mesh = _dressed(rng, body, outfit, pose.angles)
    verts = skin(mesh.verts, mesh.bones, mesh.weight, rest, rotation, position)
    # The lowest point touches the ground; cloth that hangs lower does not count.
    lowest = verts[mesh.material != MATERIAL['skirt'], 1].min()
    seat = position[0, 1] - 0.1 * body.girth * body.weight - lowest
    rise = np.array([0.0, pose.lift * body.height - lowest, 0.0])
    verts, position = verts + rise, position + rise
    points, bones = body.keypoints()
    points = skin(points, np.stack([bones] * 2, 1), np.ones(17), rest, rotation, position)
    mesh, textures = replace(mesh, verts=verts), paint(rng, outfit, detail)
    return Person(body, pose, seat, mesh, textures, points, rotation, position)
