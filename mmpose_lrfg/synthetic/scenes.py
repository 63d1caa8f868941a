"""Compose scenes: who stands where, what stands around, the camera, the light and the photo."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from . import objects
from .backgrounds import KINDS, draw_background
from .body import sample_body
from .camera import Camera
from .labels import PersonLabel, label_person
from .mesh import box, merge, rotation_y
from .people import make_person
from .poses import sample_pose
from .shading import Light, ShadowMap, render
from .textures import choose

#: Relative frequencies of the numbers of people in an image.
_COUNTS = {0: 5, 1: 33, 2: 25, 3: 14, 4: 9, 5: 5, 6: 4, 7: 3, 8: 2}


@dataclass(frozen=True)
class SceneConfig:
    """What may be in a scene.

    Args:
        people (tuple | None): Least and most people; by default the usual mix of 0 to 8.
        scale (tuple): Height of the main person over the height of the image, least and most.
        stances (tuple | None): Allowed stances of ``pose_library``; by default all.
        yaw (float | None): Direction that everybody faces in degrees, 0 is towards the camera; by
            default any.
        objects (bool): With furniture, plants, poles and things in hands.
        kind (str | None): One of ``backgrounds.KINDS``; by default any.
    """

    people: tuple | None = None
    scale: tuple = (0.16, 1.9)
    stances: tuple | None = None
    yaw: float | None = None
    objects: bool = True
    kind: str | None = None


@dataclass(frozen=True)
class Scene:
    """An image and its people, nearest first.

    Args:
        image (np.ndarray): BGR (H, W, 3) uint8.
        people (list[PersonLabel]): Labels of everybody in the scene, even if hidden.
    """

    image: np.ndarray
    people: list[PersonLabel]


def _sample_light(rng, kind):
    """Sun, overcast sky, lamps or dusk."""
    height, azimuth = np.deg2rad(rng.uniform(18, 80)), rng.uniform(0, 2 * np.pi)
    direction = np.array([
        np.cos(height) * np.cos(azimuth), np.sin(height), np.cos(height) * np.sin(azimuth)
    ])  # fmt: skip
    warm = rng.uniform(0, 0.25)
    dull = kind == 'room' or rng.random() < 0.35
    hard = rng.uniform(0.05, 0.55) if dull else rng.uniform(0.5, 0.95)
    level = rng.uniform(0.8, 1.2) if rng.random() < 0.85 else rng.uniform(0.35, 0.75)
    soft = level * (1.08 - 0.68 * hard)
    sun = level * hard * 1.1 * np.array([1 - warm, 1 - 0.4 * warm, 1.0])
    sky = soft * np.array([1.0, 1.0, 1 - 0.3 * warm])
    ground = soft * rng.uniform(0.45, 0.75) * np.array([0.9, 1.0, 1.05])
    return Light(direction, sun, sky, ground, 2 + 5 * (1 - hard))


def _sample_camera(rng, scale, width, height, body):
    """A camera that shows a person at the origin in a size of ``scale``; its distance."""
    share = np.exp(rng.uniform(*np.log(scale)))
    focal = 0.5 * max(width, height) / np.tan(np.deg2rad(rng.uniform(22, 68)) / 2)
    distance = focal * body.height / (share * height)
    if distance < 1.1:
        focal, distance = focal * 1.1 / distance, 1.1
    # At eye level, from a low angle, or from above.
    level, low, above = abs(rng.normal(1.45, 0.25)), rng.uniform(0.25, 1.1), rng.uniform(1.8, 3.6)
    up = np.clip(rng.choice([level, low, above], p=[0.66, 0.2, 0.14]), 0.15, 0.3 + distance)
    # Where a person is larger than the image, the upper body is shown more often.
    at = rng.uniform(0.4, 0.6) if share < 0.95 else rng.uniform(0.35, 0.95)
    aside = rng.uniform(-0.38, 0.38) * width / focal * distance
    rise = rng.uniform(-1, 1) * max(0.85 - share, 0) * 0.4 * height / focal * distance
    roll = np.deg2rad(rng.normal(0, 3.0 if rng.random() < 0.9 else 10.0))
    position, target = np.array([0.0, up, -distance]), (aside, at * body.height + rise, 0.0)
    return Camera.look_at(position, target, focal, width, height, roll), distance


def _spot(rng, camera, ahead):
    """A random point (x, z) on the ground in the view, ``ahead`` metres before the camera."""
    forward = camera.rotation[2, [0, 2]] / np.linalg.norm(camera.rotation[2, [0, 2]])
    aside = rng.uniform(-0.54, 0.54) * camera.width / camera.focal * ahead
    return camera.position[[0, 2]] + ahead * forward + aside * np.array([forward[1], -forward[0]])


def _places(rng, count, camera, distance):
    """Where people stand: the main person at the origin, the others around and in the view."""
    places = [np.zeros(2)][:count]
    together = 0.75 if rng.random() < 0.5 else 0.0
    for _ in range(10 * count):
        if len(places) == count:
            break
        if rng.random() < together:
            angle = rng.uniform(0, 2 * np.pi)
            step = rng.uniform(0.5, 1.1) * np.array([np.cos(angle), np.sin(angle)])
            spot = places[rng.integers(len(places))] + step
        else:
            spot = _spot(rng, camera, distance * np.exp(rng.uniform(np.log(0.65), np.log(4.5))))
        depth = camera.project([(spot[0], camera.position[1], spot[1])])[1][0]
        apart = min(np.linalg.norm(spot - place) for place in places)
        if apart > 0.48 and depth > max(0.55 * distance, 0.9):
            places.append(spot)
    return places


def _put(thing, place, yaw):
    mesh, textures = thing
    return mesh.transformed(rotation_y(yaw), (place[0], 0.0, place[1])), textures


def _populate(rng, config, count, camera, distance, main):
    """People, and the things they hold and sit on as a list of (mesh, textures)."""
    people, things = [], []
    for i, place in enumerate(_places(rng, count, camera, distance)):
        body = main if i == 0 else sample_body(rng)
        pose = sample_pose(rng, config.stances and str(rng.choice(config.stances)))
        x, z = camera.position[[0, 2]] - place
        yaw = np.arctan2(x, z)
        if config.yaw is not None:
            yaw += np.deg2rad(config.yaw)
        else:
            yaw += rng.uniform(-np.pi, np.pi) if rng.random() < 0.5 else rng.normal(0, 0.6)
        tall = camera.focal * body.height / np.hypot(x, z)
        detail = 64 if tall < 150 else 128 if tall < 450 else 224
        person = make_person(rng, place, yaw, body=body, pose=pose, detail=detail)
        people.append(person)
        if not config.objects:
            continue
        things += objects.held(rng, person)
        if pose.support == 'seat':
            things.append(_put(objects.chair(rng, max(person.seat, 0.08)), place, yaw))
        if pose.stance == 'sit_table':
            front = place + 0.62 * np.array([np.sin(yaw), np.cos(yaw)])
            things.append(_put(objects.table(rng, person.seat + rng.uniform(0.2, 0.3)), front, yaw))
    return people, things


def _scatter(rng, camera, distance, people):
    """Objects behind, between and sometimes in front of the people."""
    things = []
    for _ in range(rng.integers(0, 6)):
        before = rng.random() < 0.25
        factor = rng.uniform(0.45, 0.85) if before else np.exp(rng.uniform(0, 1.3))
        spot = _spot(rng, camera, max(distance * factor, 0.8))
        thing = objects.ALL[rng.integers(len(objects.ALL))](rng)
        free = 0.3 + 0.8 * np.abs(thing[0].verts[:, [0, 2]]).max()
        if all(np.linalg.norm(spot - p.position[0, [0, 2]]) > free for p in people):
            things.append(_put(thing, spot, rng.uniform(0, 2 * np.pi)))
    return things


def render_scene(rng, size=320, config=None):
    """Render a random scene.

    Args:
        rng (np.random.Generator): Source of all randomness; the same state gives the same scene.
        size (int | tuple): Side of a square image, or (width, height), pixels.
        config (SceneConfig): What may be in it.

    Returns:
        Scene: image and labels.
    """
    config = config or SceneConfig()
    width, height = (size, size) if np.ndim(size) == 0 else size
    if config.people is None:
        count = choose(rng, _COUNTS)
    else:
        count = int(rng.integers(config.people[0], config.people[1] + 1))
    kind = config.kind or choose(rng, KINDS)
    main = sample_body(rng)
    camera, distance = _sample_camera(rng, config.scale, int(width), int(height), main)
    light = _sample_light(rng, kind)
    people, things = _populate(rng, config, count, camera, distance, main)
    if config.objects:
        things += _scatter(rng, camera, distance, people)
    return photograph(rng, people, things, camera, light, kind, distance)


def photograph(rng, people, things, camera, light, kind, distance):
    """Render given people and things.

    Args:
        rng (np.random.Generator): For the background and the photographic effects.
        people (list[Person]): In the world.
        things (list): (mesh, textures) pairs in the world.
        camera (Camera), light (Light), kind (str): View, light and background.
        distance (float): From the camera to the middle of the scene, metres.

    Returns:
        Scene: image and labels.
    """
    meshes, textures, owners = [], [], []
    for owner, (mesh, paint) in enumerate([(p.mesh, p.textures) for p in people] + things):
        meshes.append(replace(mesh, material=mesh.material + len(textures)))
        textures += paint
        owners.append(np.full(len(mesh.faces), owner))
    mesh = merge(meshes) if meshes else box((0, -9, 0), (0, 0, 0))
    shadows = ShadowMap(light, mesh, 1.5 + 0.9 * distance)
    image = draw_background(rng, kind, camera, light, shadows)
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 3.0) * camera.width / 320)
    labels = []
    if meshes:
        layer = render(mesh, textures, np.concatenate(owners), camera, light, shadows)
        image = layer.colour + (1 - layer.alpha)[..., None] * image
        order = np.argsort([camera.project(p.position[:1])[1][0] for p in people], kind='stable')
        labels = [label_person(people[i], int(i), layer, camera) for i in order]
    return Scene(_develop(rng, image), labels)


def _develop(rng, image):
    """Apply exposure, colour cast, blur and noise to a BGR float32 image; return uint8."""
    scale = image.shape[1] / 320
    grey = 1.0 if rng.random() < 0.03 else rng.uniform(-0.15, 0.45)
    contrast = np.exp(rng.normal(0.0, 0.12))
    # Automatic exposure brings the mean near middle grey.
    exposure = (rng.uniform(88, 142) / max(float(image.mean()), 5.0)) ** rng.uniform(0.4, 0.95)
    gain = contrast * np.clip(exposure, 0.6, 2.6) * ((1 - grey) * np.eye(3) + grey / 3)
    cast = np.diag(np.exp(rng.normal(0, 0.05, 3)))
    offset = np.full(3, 128 * (1 - contrast) + rng.normal(0, 6))
    image = cv2.transform(image, np.column_stack([gain @ cast, offset]))
    kind = rng.random()
    if kind < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0) * scale)
    elif kind < 0.36:  # the camera moved
        image = cv2.blur(image, (max(int(rng.integers(3, 8) * scale), 3), 1))
    elif kind < 0.5:  # sharpened
        image = cv2.addWeighted(image, 1.6, cv2.GaussianBlur(image, (0, 0), 1.2 * scale), -0.6, 0)
    noise = np.float32(abs(rng.normal(0, 3.5))) * rng.standard_normal(image.shape, np.float32)
    return np.clip(image + noise, 0, 255).astype(np.uint8)
