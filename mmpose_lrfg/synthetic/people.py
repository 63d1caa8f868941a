"""A whole person: body, pose and clothes as one mesh in the world, with textures and keypoints."""

from dataclasses import dataclass, replace

import numpy as np

from .appearance import paint, sample_outfit
from .body import BONE, Body, sample_body
from .body_mesh import MATERIAL, arm, foot, hand, leg, skirt, torso
from .mesh import Mesh, column, ellipsoid, merge, rotation_y, tube
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
    t, *radii = _HEAD.T
    centres = column((t - 0.02) * size) + at
    parts = [tube(centres, *(r * size for r in radii), t, 20, 2.15, MATERIAL['head'], bone)]
    for x, y, z, radii in (
        (0, 0.41, 0.40, (0.055, 0.10, 0.075)),
        (0.325, 0.44, -0.03, (0.035, 0.125, 0.075)),
        (-0.325, 0.44, -0.03, (0.035, 0.125, 0.075)),
    ):
        centre, radii = at + np.array([x, y, z]) * size, np.array(radii) * size
        parts.append(ellipsoid(centre, radii, 8, 7, MATERIAL['skin'], bone))
    return merge(parts)


def hair(rng, body, style):
    """Build hair of a style of ``appearance.HAIR_STYLES``, of ellipsoids around the head."""
    size, bone, material = body.head_height, BONE['head'], MATERIAL['hair']
    volume = {'afro': 1.35, 'cropped': 0.98}.get(style, 1.06) * rng.uniform(0.97, 1.05)
    parts = [((0, 0.70, -0.06), (0.345, 0.34, 0.425)), ((0, 0.48, -0.17), (0.33, 0.30, 0.29))]
    if style == 'long':
        parts.append(((0, 0.25, -0.25), (0.33, 0.45, 0.2)))
    elif style == 'tail':
        parts.append(((0, 0.25, -0.52), (0.11, 0.5, 0.13)))
    volume, at = volume * size, body.joints()[bone]
    parts = [(at + np.array(centre) * size, np.array(radii) * volume) for centre, radii in parts]
    return merge([ellipsoid(*part, 20, 11, material, bone) for part in parts])


def hat(rng, body):
    """Build a helmet or a cap."""
    size, bone, material = body.head_height, BONE['head'], MATERIAL['hat']
    at = body.joints()[bone]
    radii = np.array([0.38, 0.42, 0.46]) * size
    parts = [ellipsoid(at + np.array([0, 0.68, -0.03]) * size, radii, 20, 11, material, bone)]
    if rng.random() < 0.7:
        centre, radii = np.array([0, 0.62, 0.40]) * size, np.array([0.27, 0.025, 0.36]) * size
        parts.append(ellipsoid(at + centre, radii, 16, 5, material, bone))
    return merge(parts)


def _dressed(rng, body, outfit, angles):
    """The mesh of a dressed person in the rest pose."""
    parts = [torso(body, outfit), head(body)]
    for side in ('l_', 'r_'):
        parts += [arm(body, outfit, side), leg(body, outfit, side), foot(body, outfit, side)]
        parts.append(hand(body, side, angles[side + 'grip']))
    if outfit.skirt > 0:
        parts.append(skirt(body, outfit))
    if outfit.hat:
        parts.append(hat(rng, body))
    elif outfit.hair != 'bald':
        parts.append(hair(rng, body, outfit.hair))
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
