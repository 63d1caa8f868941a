"""Compose a scene: who stands where, what stands around, the camera and the light."""

from dataclasses import dataclass

import cv2
import numpy as np

from .backgrounds import sample_kind
from .bodies import sample_body
from .camera import Camera
from .labels import PersonLabel, label_person
from .mesh import Mesh, merge, rotation_y
from .people import make_person
from .photo import develop
from .poses import sample_pose
from .props import INDOORS, STANDING, chair, held, table
from .shading import Light, ShadowMap, composite, render
from .surroundings import surround


@dataclass(frozen=True)
class SceneConfig:
    """What may be in a scene.

    Args:
        people (tuple): Least and most people, or None for the usual mix of 0 to 8.
        scale (tuple): Height of the main person over the height of the image, least and most.
        poses (tuple): Names of allowed poses, or None for all.
        yaw (float): Which way everyone faces in degrees, 0 is towards the camera, or None for any.
        objects (bool): With furniture, plants, poles and things in hands.
        kind (str): Background, one of :data:`~.backgrounds.KINDS`, or None for any.
        framing (float): Where the main person may be, as a share of the image left and right of
            its middle.
        reach (float): See :func:`~.labels.label_person`.
    """

    people: tuple | None = None
    scale: tuple = (0.16, 1.9)
    poses: tuple | None = None
    yaw: float | None = None
    objects: bool = True
    kind: str | None = None
    framing: float = 0.38
    reach: float = 0.4


@dataclass(frozen=True)
class Scene:
    """A picture and its people, nearest first.

    Args:
        image (np.ndarray): BGR (H, W, 3) uint8.
        people (list[PersonLabel]): Labels of everyone in view, including the fully hidden.
    """

    image: np.ndarray
    people: list[PersonLabel]


_COUNT_SHARES = np.array([0.05, 0.33, 0.25, 0.14, 0.09, 0.05, 0.04, 0.03, 0.02])


def sample_light(rng, kind):
    """Outdoor sun, overcast sky, lamps or dusk, at random."""
    height = np.deg2rad(rng.uniform(18, 80))
    round_ = rng.uniform(0, 2 * np.pi)
    direction = np.array([
        np.cos(height) * np.cos(round_), np.sin(height), np.cos(height) * np.sin(round_)
    ])  # fmt: skip
    warm = rng.uniform(0, 0.25)
    dull = kind == 'room' or rng.random() < 0.35
    hard = rng.uniform(0.05, 0.55) if dull else rng.uniform(0.5, 0.95)
    tint = np.array([1 - warm, 1 - 0.4 * warm, 1.0])
    sky = np.array([1.0 + 0.25 * (kind != 'room') * warm, 1.0, 1 - 0.3 * warm])
    level = rng.uniform(0.8, 1.2) if rng.random() < 0.85 else rng.uniform(0.35, 0.75)
    soft = level * (1.08 - 0.68 * hard)
    return Light(
        direction, level * hard * tint * 1.1, soft * sky,
        soft * rng.uniform(0.45, 0.75) * np.array([0.9, 1.0, 1.05]), 2 + 5 * (1 - hard),
    )  # fmt: skip


def _aim(rng, config, width, height, body):
    """A camera that shows the main person, at the origin, at the wanted size."""
    low, high = np.log(config.scale[0]), np.log(config.scale[1])
    share = np.exp(rng.uniform(low, high))
    focal = 0.5 * max(width, height) / np.tan(np.deg2rad(rng.uniform(22, 68)) / 2)
    distance = focal * body.height / (share * height)
    if distance < 1.1:
        focal, distance = focal * 1.1 / distance, 1.1
    eye = rng.random()
    if eye < 0.66:
        up = abs(rng.normal(1.45, 0.25))
    elif eye < 0.86:
        up = rng.uniform(0.25, 1.1)
    else:
        up = rng.uniform(1.8, 3.6)
    up = min(max(up, 0.15), 0.3 + distance)
    at = rng.uniform(0.4, 0.6) if share < 0.95 else rng.uniform(0.45, 0.95)
    if share > 1.1 and rng.random() < 0.12:
        at = rng.uniform(0.1, 0.4)
    position = np.array([0.0, up, -distance])
    shift = rng.uniform(-1, 1) * config.framing * width / focal * distance
    rise = rng.uniform(-1, 1) * max(0.85 - share, 0) * 0.4 * height / focal * distance
    roll = np.deg2rad(rng.normal(0, 3.0) if rng.random() < 0.9 else rng.normal(0, 10))
    target = np.array([shift, at * body.height + rise, 0.0])
    return Camera.look_at(position, target, focal, width, height, roll), distance


def _places(rng, count, camera, distance):
    """Where people stand: the main one at the origin, the others around it in the view."""
    places = [np.zeros(2)]
    forward = camera.rotation[2] * (1, 0, 1)
    forward /= np.linalg.norm(forward)
    right = np.array([-forward[2], 0, forward[0]])
    group = rng.random() < 0.5
    for _ in range(count - 1):
        for _ in range(10):
            if group and rng.random() < 0.75:
                near = places[rng.integers(len(places))]
                angle = rng.uniform(0, 2 * np.pi)
                spot = near + rng.uniform(0.5, 1.1) * np.array([np.cos(angle), np.sin(angle)])
            else:
                ahead = distance * np.exp(rng.uniform(np.log(0.65), np.log(4.5)))
                aside = rng.uniform(-0.53, 0.53) * camera.width / camera.focal * ahead
                spot = (camera.position + ahead * forward - aside * right)[[0, 2]]
            gaps = [np.linalg.norm(spot - p) for p in places]
            depth = (np.array([spot[0], 0, spot[1]]) - camera.position) @ forward
            if min(gaps) > 0.48 and depth > max(0.55 * distance, 0.9):
                places.append(spot)
                break
    return places


def _put(thing, place, yaw):
    mesh, textures = thing
    return mesh.transformed(rotation_y(yaw), (place[0], 0.0, place[1])), textures


def _populate(rng, config, count, camera, distance, main):
    """People and their belongings: list of (mesh, textures) and who is who."""
    people, things = [], []
    together = rng.uniform(-np.pi, np.pi) if rng.random() < 0.3 else None
    for i, place in enumerate(_places(rng, count, camera, distance) if count else []):
        body = main if i == 0 else sample_body(rng)
        name = config.poses[rng.integers(len(config.poses))] if config.poses else None
        pose = sample_pose(rng, name)
        towards = np.arctan2(camera.position[0] - place[0], camera.position[2] - place[1])
        if config.yaw is not None:
            yaw = towards + np.deg2rad(config.yaw)
        elif together is not None and rng.random() < 0.7:
            yaw = together + rng.normal(0, 0.2)
        else:
            any_way = rng.random() < 0.5
            yaw = towards + (rng.uniform(-np.pi, np.pi) if any_way else rng.normal(0, 0.6))
        depth = np.linalg.norm(np.array([place[0], 0, place[1]]) - camera.position)
        tall = camera.focal * body.height / depth
        detail = 64 if tall < 150 else 128 if tall < 450 else 224
        person = make_person(rng, place, yaw, body=body, pose=pose, detail=detail)
        people.append(person)
        seat = person.stance.seat
        if seat is not None and config.objects and pose.name != 'ride':
            things.append(_put(chair(rng, max(seat, 0.08)), place, yaw))
            if pose.name == 'sit_table' and rng.random() < 0.75:
                front = np.array(place) + 0.62 * np.array([np.sin(yaw), np.cos(yaw)])
                things.append(_put(table(rng, seat + rng.uniform(0.2, 0.3)), front, yaw))
        elif seat is not None and config.objects:
            things.append(_put(chair(rng, seat), place, yaw))
        if config.objects:
            things.extend(held(rng, person))
    return people, things


def _scatter(rng, kind, camera, distance, people):
    """Objects behind, between and sometimes before the people."""
    things = []
    forward = camera.rotation[2] * (1, 0, 1)
    forward /= np.linalg.norm(forward)
    right = np.array([-forward[2], 0, forward[0]])
    choice = INDOORS if kind == 'room' else STANDING
    for _ in range(rng.integers(1, 8) if kind == 'room' else rng.integers(0, 5)):
        before = rng.random() < (0.2 if kind == 'room' else 0.3)
        factor = rng.uniform(0.45, 0.85) if before else np.exp(rng.uniform(0, 1.3))
        ahead = max(distance * factor, 0.8)
        aside = rng.uniform(-0.55, 0.55) * camera.width / camera.focal * ahead
        spot = (camera.position + ahead * forward - aside * right)[[0, 2]]
        thing = choice[rng.integers(len(choice))](rng)
        room = 0.3 + 0.8 * np.abs(thing[0].verts[:, [0, 2]]).max()
        if any(np.linalg.norm(spot - p.position[0][[0, 2]]) < room for p in people):
            continue
        things.append(_put(thing, spot, rng.uniform(0, 6.3)))
    return things


def assemble(groups):
    """One mesh of (mesh, textures) pairs, the list of all textures, and the group of each face."""
    meshes, textures, owners = [], [], []
    for i, (mesh, paint) in enumerate(groups):
        meshes.append(Mesh(**{**vars(mesh), 'mat': mesh.mat + len(textures)}))
        textures.extend(paint)
        owners.append(np.full(len(mesh.faces), i))
    return merge(meshes), textures, np.concatenate(owners)


def render_scene(rng, size=320, config=None):
    """Draw a random scene.

    Args:
        rng (np.random.Generator): Source of all chance; the same state gives the same scene.
        size (int | tuple): Side of a square image, or (width, height), pixels.
        config (SceneConfig): What may be in it.

    Returns:
        Scene: picture and labels.
    """
    config = config or SceneConfig()
    width, height = (size, size) if np.ndim(size) == 0 else size
    if config.people is None:
        count = int(rng.choice(9, p=_COUNT_SHARES / _COUNT_SHARES.sum()))
    else:
        count = int(rng.integers(config.people[0], config.people[1] + 1))
    kind = config.kind or sample_kind(rng)
    main = sample_body(rng)
    camera, distance = _aim(rng, config, int(width), int(height), main)
    light = sample_light(rng, kind)
    people, things = _populate(rng, config, count, camera, distance, main)
    if config.objects:
        things.extend(_scatter(rng, kind, camera, distance, people))
    return photograph(rng, people, things, camera, light, kind, distance, config.reach)


def photograph(rng, people, things, camera, light, kind, distance, reach=np.inf):
    """The picture of given people and things.

    Args:
        rng (np.random.Generator): For the background and the film.
        people (list[Person]): In the world.
        things (list): (mesh, textures) pairs in the world.
        camera (Camera), light (Light), kind (str): View, light and background.
        distance (float): From the camera to the middle of the scene, metres.
        reach (float): See :func:`~.labels.label_person`.

    Returns:
        Scene: picture and labels.
    """
    groups = [(p.mesh, p.textures) for p in people] + things
    layer = None
    if groups:
        mesh, textures, owners = assemble(groups)
        middle, radius = np.array([0, 0.6, 0]), 1.5 + 0.9 * distance
        shadows = ShadowMap(light, mesh.verts, mesh.faces, middle, radius)
        layer = render(mesh, textures, owners, camera, light, shadows)
    else:
        shadows = ShadowMap(light, np.zeros((1, 3)), np.zeros((0, 3), int), np.zeros(3), 1.0)
    spots = [np.array([0.0, 0.0, distance * 0.2])]
    spots += [mesh.verts[:: max(len(mesh.verts) // 40, 1)] for mesh, _ in groups]
    image = surround(rng, kind, camera, light, shadows, np.vstack(spots))
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 3.0) * camera.width / 320)
    labels = []
    if layer is not None:
        image = composite(layer, image)
        order = np.argsort([camera.project(p.position[:1])[1][0] for p in people], kind='stable')
        labels = [label_person(people[i], int(i), layer, camera, reach) for i in order]
    return Scene(develop(rng, image), labels)
