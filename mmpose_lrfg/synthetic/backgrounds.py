"""Backgrounds: a ground, and behind it a wall, or the sky with houses, hills and trees."""

import cv2
import numpy as np

from .textures import any_colour, cloth_colour, grain, grid, smooth_noise

#: Kinds of background with their relative frequencies.
KINDS = {'room': 0.34, 'street': 0.18, 'park': 0.25, 'beach': 0.07, 'snow': 0.05, 'clutter': 0.11}
_GROUND = {'park': (48, 112, 75), 'beach': (150, 190, 214), 'snow': (242, 236, 232),
           'street': (120, 122, 126)}  # fmt: skip
HEIGHT, WIDTH, HORIZON = 256, 512, 192  # of a panorama


def _mottled(rng, height, width, colour, cells):
    """One colour with soft spots and a fine grain."""
    tone = 1 + np.float32(rng.uniform(0.02, 0.16)) * smooth_noise(rng, height, width, cells)
    tone += np.float32(rng.uniform(0.01, 0.10)) * grain(rng, height, width)
    return cv2.merge([tone * np.float32(c) for c in colour])


def _clutter(rng, image, count, scale=1.0):
    """Draw random things on an image: boxes, discs, words, and bent limbs that are not people."""
    height, width = image.shape[:2]
    for _ in range(count):
        colour = (cloth_colour(rng) if rng.random() < 0.6 else any_colour(rng)).tolist()
        centre = rng.uniform((0, 0), (width, height))
        size = scale * np.array([width, height]) * np.exp(rng.uniform(-4.0, -1.1, 2))
        a, b = (centre - size / 2).astype(int).tolist(), (centre + size / 2).astype(int).tolist()
        kind = rng.random()
        if kind < 0.4:
            cv2.rectangle(image, a, b, colour, -1)
        elif kind < 0.7:
            points = (centre + np.cumsum(rng.normal(0, 0.35 * size.sum(), (3, 2)), 0)).astype(int)
            thick = int(np.clip(size[0] * 0.3, 1, 60))
            cv2.polylines(image, [points], False, colour, thick, cv2.LINE_AA)
            cv2.circle(image, points[-1].tolist(), int(thick * 0.8), colour, -1)
        elif kind < 0.9:
            axes = (size / 2 + 1).astype(int).tolist()
            cv2.ellipse(image, a, axes, rng.uniform(0, 180), 0, 360, colour, -1)
        else:
            text = ''.join(chr(rng.integers(48, 91)) for _ in range(rng.integers(2, 9)))
            large = scale * rng.uniform(0.3, 1.6)
            cv2.putText(image, text, a, cv2.FONT_HERSHEY_DUPLEX, large, colour, 2, cv2.LINE_AA)


def _ground_texture(rng, kind):
    """Ground with tiles, boards or painted lines, (256, 256, 3), and its side in metres."""
    colour = any_colour(rng, (0.05, 0.5), (0.25, 0.9))
    if kind in _GROUND:
        colour = np.array(_GROUND[kind]) * rng.uniform(0.65, 1.1) + rng.normal(0, 8, 3)
    image = _mottled(rng, 256, 256, colour, rng.integers(6, 40))
    y, x = grid(256, 256)
    side, style = rng.uniform(1.2, 5.0), rng.random()
    if kind in ('room', 'street') and style < 0.75:
        columns = int(rng.integers(2, 9))
        rows = columns if style < 0.4 else 1
        tint = np.float32(1 + rng.uniform(0, 0.2) * rng.normal(0, 1, (rows, columns)))
        image *= cv2.resize(tint, (256, 256), interpolation=cv2.INTER_NEAREST)[..., None]
        image[((x % (256 / columns)) < 3) | ((y % (256 / rows)) < 3)] *= rng.uniform(0.5, 1.2)
    if rng.random() < (0.4 if kind == 'park' else 0.15):
        side = rng.uniform(4, 12)
        line = max(int(25 / side), 2)
        image[:line] = image[:, :line] = (235, 238, 240)
    return np.clip(image, 3, 252), side


def _sky(rng):
    """Sky with clouds that is paler towards the horizon, (256, 512, 3)."""
    pale = np.minimum(grid(HEIGHT, WIDTH)[0] / np.float32(HORIZON), 1) * 0.7
    clouds = smooth_noise(rng, HEIGHT, WIDTH, 7) + 0.5 * smooth_noise(rng, HEIGHT, WIDTH, 25)
    pale = np.maximum(pale, np.clip((clouds - rng.uniform(-0.5, 1.5)) * 0.6, 0, 0.9))
    colour = rng.uniform((170, 130, 70), (250, 200, 170))
    return cv2.merge([np.float32(c + pale * (246 - c)) for c in colour])


def _panorama(rng, kind):
    """What is behind the ground, (256, 512, 3) with the horizon at row 192."""
    room = kind == 'room'
    wall = _mottled(rng, HEIGHT, WIDTH, any_colour(rng, (0.0, 0.45), (0.3, 0.98)), 10)
    image = wall if room else _sky(rng)
    y, x = grid(HEIGHT, WIDTH)
    if room and rng.random() < 0.3:
        image[(x % rng.integers(12, 40)) < 2] *= 0.8
    if kind in ('park', 'beach', 'snow') and rng.random() < 0.7:
        hills = HORIZON - 25 - 14 * smooth_noise(rng, 1, WIDTH, rng.integers(4, 14))[0]
        colour = (150, 120, 60) if kind == 'beach' else (110, 120, 95)
        image[y > hills] = np.array(colour) * rng.uniform(0.5, 1.2)
    # Houses with rows of windows, or shelves and windows on a wall.
    for _ in range({'room': rng.integers(0, 4), 'street': rng.integers(4, 14)}.get(kind, 0)):
        w, h = rng.integers((20, 30), (110, 160))
        left, top = rng.integers(0, WIDTH - 20), rng.integers(0, HORIZON - h)
        part = image[top if room else HORIZON - h :, left : left + w][: h if room else None]
        row, column = (k % rng.integers(8, 24) for k in grid(*part.shape[:2]))
        part[:] = any_colour(rng, (0.0, 0.5), (0.25, 0.9))
        part[(row > 5) & (column > 5)] *= rng.uniform(0.3, 0.8)
    for _ in range({'room': 0, 'park': rng.integers(0, 12)}.get(kind, rng.integers(0, 3))):
        x, tall = int(rng.integers(0, WIDTH)), int(rng.integers(30, 130))
        cv2.line(image, (x, HORIZON + 8), (x, HORIZON - tall // 2), (45, 60, 80), tall // 14 + 1)
        green = np.array([40, 95, 60]) * rng.uniform(0.4, 1.2)
        for _ in range(10):
            at = int(x + rng.normal(0, tall / 6)), int(HORIZON - tall * rng.uniform(0.45, 1))
            leaves = (green * rng.uniform(0.6, 1.3)).tolist()
            cv2.circle(image, at, int(tall * rng.uniform(0.08, 0.2)), leaves, -1)
    _clutter(rng, image if room else image[HORIZON - 60 :], int(rng.integers(0, 10)), 0.4)
    return np.clip(image, 3, 252)


def _ground(rng, kind, camera, rays, distance):
    """The channels (H, W) of the ground at a distance (H, W) along the rays."""
    texture, side = _ground_texture(rng, kind)
    turn, distance = rng.uniform(0, np.pi), distance / np.float32(side)
    x, z = (np.float32(camera.position[k] / side) + rays[k] * distance for k in (0, 2))
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    u, v = cos * x - sin * z, sin * x + cos * z
    padded = cv2.copyMakeBorder(texture, 0, 1, 0, 1, cv2.BORDER_WRAP)
    image = cv2.remap(padded, (u - np.floor(u)) * 256, (v - np.floor(v)) * 256, cv2.INTER_LINEAR)
    # Far away, a pixel covers many cells of the texture and shows their mean.
    least = np.float32(1.5 / 256 * camera.focal * max(camera.position[1], 0.2) / side)
    sharp = np.minimum(least / np.maximum(distance**2, np.float32(1e-6)), 1)
    return [mean + sharp * (c - mean) for c, mean in zip(cv2.split(image), cv2.mean(texture))]


def draw_background(rng, kind, camera, light, shadows):
    """Draw the background.

    Args:
        rng (np.random.Generator): Source of all randomness.
        kind (str): One of ``KINDS``.
        camera (Camera): The view.
        light (Light): Tints everything.
        shadows (ShadowMap): Cast on the ground.

    Returns:
        np.ndarray: BGR (H, W, 3) float32.
    """
    height, width = camera.height, camera.width
    tint = np.diag(0.35 + 0.65 * (light.sky + 0.75 * light.sun))
    if kind == 'clutter':
        image = _mottled(rng, height, width, any_colour(rng), rng.integers(2, 9))
        _clutter(rng, image, int(rng.integers(5, 60)))
        return cv2.transform(image, tint)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rays = camera.rays(x, y)
    # The panorama is scaled to the angle of view, so that it is as sharp as the foreground.
    zoom = np.float32(400 * camera.focal / max(width, height))
    zoom = zoom / np.maximum(np.abs(rays[2]), np.float32(0.05))
    u, v = WIDTH / 2 + rays[0] * zoom, np.clip(HORIZON - rays[1] * zoom, -120, HEIGHT - 1)
    image = cv2.remap(_panorama(rng, kind), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    reach = np.float32(camera.position[1]) / np.maximum(-rays[1], np.float32(1e-4))
    floor = reach < 60
    reach = np.where(floor, reach, 0)
    covered = np.zeros((height, width), np.float32)
    covered[floor] = shadows.covers(camera, x[floor], y[floor], reach[floor], 0.01)
    size = max(int(light.softness * 1.6 * width / 320) | 1, 3)
    lit = (1 - cv2.blur(covered, (size, size))) * np.float32(max(light.direction[1], 0.2))
    ground = [
        channel * (lit * np.float32(sun) + np.float32(sky))
        for channel, sun, sky in zip(_ground(rng, kind, camera, rays, reach), light.sun, light.sky)
    ]
    return cv2.copyTo(cv2.merge(ground), floor.astype(np.uint8), cv2.transform(image, tint))
