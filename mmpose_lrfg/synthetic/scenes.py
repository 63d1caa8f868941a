"""Compose scenes: who stands where, what stands around, the camera, the light and the photo."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from . import objects
from .background import KINDS, draw_background
from .body import sample_body
from .camera import Camera
from .labels import PersonLabel, label_person
from .mesh import BOX, solid
from .person import make_person
from .poses import STANCES
from .render import Light, render
from .textures import choose, plain

#: Relative frequencies of the numbers of people in an image.
COUNTS = {0: 5, 1: 33, 2: 25, 3: 14, 4: 9, 5: 5, 6: 4, 7: 3, 8: 2}
FREQUENCIES = {name: entry[0] for name, entry in STANCES.items()}  # of stances


@dataclass(frozen=True)
class SceneConfig:
    """What may be in a scene.

    Args:
        people (tuple | None): Least and most people; by default the usual mix of 0 to 8.
        scale (tuple): Height of the main person over the height of the image, least and most.
        stances (tuple | None): Allowed stances of ``poses.STANCES``; by default all.
        yaw (float | None): Direction that everybody faces in degrees, 0 is towards the camera; by
            default any.
        objects (bool): With furniture, plants, poles and boxes.
        kind (str | None): One of ``background.KINDS``; by default any.
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
    low, high = config.people or [choose(rng, COUNTS)] * 2
    count, kind = int(rng.integers(low, high + 1)), config.kind or choose(rng, KINDS)
    bodies = [sample_body(rng) for _ in range(max(count, 1))]
    camera, distance = _sample_camera(rng, config.scale, width, height, bodies[0].height)
    people, things = [], []
    places = _places(rng, count, camera, distance)
    for body, place in zip(bodies, places):
        stance = str(rng.choice(config.stances)) if config.stances else choose(rng, FREQUENCIES)
        yaw = rng.uniform(-np.pi, np.pi) if rng.random() < 0.5 else rng.normal(0, 0.6)
        yaw = yaw if config.yaw is None else np.deg2rad(config.yaw)
        yaw += np.arctan2(*(camera.position[[0, 2]] - place))
        people.append(make_person(rng, place, yaw, body, stance))
        if config.objects and stance == 'sit':
            seat = people[-1].skeleton.position[0, 1] - 0.1 * body.girth
            things += _put(objects.chair(rng, max(seat, 0.08)), place, yaw)
    if config.objects:
        things += _scatter(rng, camera, distance, places)
    return photograph(rng, people, things, camera, sample_light(rng, kind), kind)


def photograph(rng, people, things, camera, light, kind):
    """Render given people and meshes of other things in the world; return a :class:`Scene`."""
    owned = [(mesh, i) for i, person in enumerate(people) for mesh in person.meshes]
    # Something is always drawn, if only below the ground.
    nothing = solid(BOX, plain(rng, (0, 0, 0)), (0, -9, 0), (0, 0, 0))
    owned += [(mesh, len(people)) for mesh in (*things, nothing)]
    layer = render(*zip(*owned), camera, light)
    image = draw_background(rng, kind, camera, light, layer.shadow)
    if rng.random() < 0.3:  # out of focus
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 3.0) * camera.width / 320)
    image = layer.colour + (1 - layer.alpha)[..., None] * image
    depths = [camera.project(person.skeleton.position[:1])[1][0] for person in people]
    order = np.argsort(depths, kind='stable').astype(int)
    return Scene(_develop(rng, image), [label_person(people[i], i, layer, camera) for i in order])


def _sample_camera(rng, scale, width, height, tall):
    """A camera that shows a person at the origin, ``tall`` metres, in ``scale``; its distance."""
    share = np.exp(rng.uniform(*np.log(scale)))
    focal = 0.5 * max(width, height) / np.tan(np.deg2rad(rng.uniform(22, 68)) / 2)
    distance = focal * tall / (share * height)
    if distance < 1.1:
        focal, distance = focal * 1.1 / distance, 1.1
    # At eye level, from a low angle, or from above.
    level, low, above = abs(rng.normal(1.45, 0.25)), rng.uniform(0.25, 1.1), rng.uniform(1.8, 3.6)
    up = np.clip(rng.choice([level, low, above], p=[0.66, 0.2, 0.14]), 0.15, 0.3 + distance)
    # Where a person is larger than the image, the upper body is shown more often.
    at = tall * (rng.uniform(0.4, 0.6) if share < 0.95 else rng.uniform(0.35, 0.95))
    aside = rng.uniform(-0.38, 0.38) * width / focal * distance
    at += rng.uniform(-1, 1) * max(0.85 - share, 0) * 0.4 * height / focal * distance
    roll = np.deg2rad(rng.normal(0, 4.0))
    return Camera.look_at((0, up, -distance), (aside, at, 0), focal, width, height, roll), distance


def sample_light(rng, kind):
    """Sun, overcast sky, lamps or dusk."""
    height, azimuth = np.deg2rad(rng.uniform(18, 80)), rng.uniform(0, 2 * np.pi)
    x, z = np.cos(height) * np.cos(azimuth), np.cos(height) * np.sin(azimuth)
    hard = rng.uniform(0.05, 0.6 if kind == 'indoors' else 0.95)
    level = rng.uniform(0.8, 1.2) if rng.random() < 0.85 else rng.uniform(0.35, 0.75)
    warm = 1 - rng.uniform(0, 0.25) * np.array([1, 0.4, 0])
    sun, sky = 1.1 * level * hard * warm, np.full(3, level * (1.08 - 0.68 * hard))
    return Light(np.array([x, np.sin(height), z]), sun, sky)


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
        if rng.random() < together:
            spot = places[rng.integers(len(places))] + rng.normal(0, 0.6, 2)
        else:
            spot = _spot(rng, camera, distance * np.exp(rng.uniform(np.log(0.65), np.log(4.5))))
        ahead = (spot - camera.position[[0, 2]]) @ camera.rotation[2, [0, 2]]
        free = all(np.linalg.norm(spot - place) > 0.48 for place in places)
        if free and ahead > max(0.55 * distance, 0.9):
            places.append(spot)
    return places[:count]


def _put(thing, place, yaw):
    """Turn meshes by ``yaw`` radians and put them on the ground at a place (x, z)."""
    turn = Rotation.from_euler('Y', yaw).as_matrix()
    return [mesh.moved((place[0], 0.0, place[1]), turn) for mesh in thing]


def _scatter(rng, camera, distance, places):
    """Objects around people at ``places``, sometimes in front of them, as a list of meshes."""
    things = []
    for _ in range(rng.integers(0, 6)):
        spot = _spot(rng, camera, max(distance * np.exp(rng.uniform(-0.5, 1.3)), 0.8))
        thing = objects.KINDS[rng.integers(len(objects.KINDS))](rng)
        free = 0.3 + 0.8 * max(np.abs(mesh.verts[:, [0, 2]]).max() for mesh in thing)
        if all(np.linalg.norm(spot - place) > free for place in places):
            things += _put(thing, spot, rng.uniform(0, 2 * np.pi))
    return things


def _develop(rng, image):
    """Apply exposure, colour cast, blur and noise to a BGR float32 image; return uint8."""
    scale, kind = image.shape[1] / 320, rng.random()
    grey, contrast = rng.uniform(-0.15, 0.45), np.exp(rng.normal(0.0, 0.12))
    # Automatic exposure brings the mean near middle grey.
    exposure = (rng.uniform(88, 142) / max(float(image.mean()), 5.0)) ** rng.uniform(0.4, 0.95)
    gain = contrast * np.clip(exposure, 0.6, 2.6) * ((1 - grey) * np.eye(3) + grey / 3)
    cast, offset = np.exp(rng.normal(0, 0.05, 3)), 128 * (1 - contrast) + rng.normal(0, 6)
    image = cv2.transform(image, np.column_stack([gain * cast, np.full(3, offset)]))
    if kind < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0) * scale)
    elif kind < 0.36:  # the camera moved
        image = cv2.blur(image, (max(int(rng.integers(3, 8) * scale), 3), 1))
    grain = np.float32(abs(rng.normal(0, 3.5))) * rng.standard_normal(image.shape, np.float32)
    return np.clip(image + grain, 0, 255).astype(np.uint8)
