"""A whole person: body, pose, clothes, as one mesh in the world with its textures and markers."""

from dataclasses import dataclass, replace

import numpy as np

from .appearance import Outfit, sample_outfit
from .bodies import Body, sample_body
from .figures import arm, foot, hand, leg, skirt, torso
from .heads import glasses, hair, hat, skull
from .mesh import Mesh, merge, rotation_y
from .poses import Pose, Stance, sample_pose, stand
from .rig import BONE, skin
from .textures import paint


@dataclass(frozen=True)
class Person:
    """A person who stands somewhere.

    Args:
        body, pose, stance, outfit: What the person was made of.
        mesh (Mesh): The posed surface in the world, metres.
        textures (list): Images the mesh's ``mat`` counts in.
        markers (np.ndarray): The 17 COCO keypoints in the world, (17, 3).
        facing (np.ndarray): Direction (3,) the face looks in.
        rotation (np.ndarray), position (np.ndarray): Bones (19, 3, 3) and joints (19, 3).
    """

    body: Body
    pose: Pose
    stance: Stance
    outfit: Outfit
    mesh: Mesh
    textures: list
    markers: np.ndarray
    facing: np.ndarray
    rotation: np.ndarray
    position: np.ndarray


def dress(rng, body, outfit, angles, detailed):
    """The mesh of a dressed body at rest."""
    parts = [torso(body, outfit), skull(body)]
    for side in ('l_', 'r_'):
        parts.append(arm(body, outfit, side))
        parts.append(leg(body, outfit, side))
        parts.append(hand(body, side, angles[side + 'grip'], detailed))
        parts.append(foot(body, outfit, side))
    if outfit.skirt > 0:
        parts.append(skirt(body, outfit))
    if outfit.glasses and detailed:
        parts.append(glasses(body))
    covering = hat(body, outfit, rng)
    if covering is not None:
        parts.append(covering)
        # A hat presses the hair flat.
        flat = {'afro': 'short', 'bun': 'short', 'parted': 'short'}
        outfit = replace(outfit, hair_style=flat.get(outfit.hair_style, outfit.hair_style))
    locks = hair(body, outfit, rng)
    if locks is not None:
        parts.append(locks)
    return merge(parts)


def make_person(rng, place, yaw, *, body=None, pose=None, outfit=None, detail=128):
    """A random person.

    Args:
        rng (np.random.Generator): Source of all chance.
        place (tuple): Where on the ground (x, z), metres.
        yaw (float): Direction of the front in radians; 0 looks along +z.
        body, pose, outfit: Given, or None to draw them.
        detail (int): Side of the textures in pixels; from 128 on, hands have single fingers.

    Returns:
        Person: placed in the world.
    """
    body = sample_body(rng) if body is None else body
    pose = sample_pose(rng) if pose is None else pose
    outfit = sample_outfit(rng, body) if outfit is None else outfit
    stance = stand(body, pose)
    turn = rotation_y(yaw)
    rotation = turn @ stance.rotation
    position = stance.position @ turn.T + (place[0], 0.0, place[1])
    rest = body.joints()
    surface = dress(rng, body, outfit, pose.angles, detail >= 128)
    verts = skin(surface.verts, surface.bones, surface.weight, rest, rotation, position)
    points, bones = body.markers()
    markers = skin(points, np.stack([bones, bones], 1), np.ones(17), rest, rotation, position)
    textures = paint(rng, outfit, detail)
    return Person(
        body, pose, stance, outfit, replace(surface, verts=verts), textures, markers,
        rotation[BONE['head']] @ np.array([0.0, 0.0, 1.0]), rotation, position,
    )  # fmt: skip
