"""Backgrounds: a ground, and behind it a wall, or the sky with houses, hills and trees."""

import cv2
import numpy as np

from .textures import any_colour, cloth_colour, grid, plain, smooth_noise

#: Kinds of background with their relative frequencies.
KINDS = {'room': 0.34, 'street': 0.18, 'park': 0.37, 'clutter': 0.11}
_LAWN, _SAND, _SNOW, _ASPHALT = (48, 112, 75), (150, 190, 214), (242, 236, 232), (120, 122, 126)
HEIGHT, WIDTH, HORIZON = 256, 512, 192  # of a panorama


def _clutter(rng, image, count, scale=1.0):
    """Draw random boxes, and bent limbs that are not of people, on an image."""
    height, width = image.shape[:2]
    for _ in range(count):
        colour = cloth_colour(rng).tolist()
        centre = rng.uniform((0, 0), (width, height))
        size = scale * np.array([width, height]) * np.exp(rng.uniform(-4.0, -1.1, 2))
        low, high = (centre + np.outer((-0.5, 0.5), size)).astype(int).tolist()
        if rng.random() < 0.6:
            cv2.rectangle(image, low, high, colour, -1)
        else:
            points = centre + np.cumsum(rng.normal(0, 0.35 * size.sum(), (3, 2)), 0)
            thick = int(np.clip(size[0] * 0.3, 1, 60))
            cv2.polylines(image, [points.astype(int)], False, colour, thick, cv2.LINE_AA)


def _ground_texture(rng, kind):
    """Ground with tiles or painted lines, (256, 256, 3), and its side in metres."""
    colour = any_colour(rng, (0.05, 0.5), (0.25, 0.9))
    if kind != 'room':
        colours = [_ASPHALT] if kind == 'street' else [_LAWN, _LAWN, _LAWN, _SAND, _SNOW]
        colour = rng.choice(colours) * rng.uniform(0.65, 1.1) + rng.normal(0, 8, 3)
    image = plain(rng, 256, 256, colour, rng.uniform(0.01, 0.10), rng.uniform(0.02, 0.16))
    y, x = grid(256, 256)
    if kind != 'park' and rng.random() < 0.7:
        tile = 256 / rng.integers(2, 9)
        image[(x % tile < 3) | (y % tile < 3)] *= rng.uniform(0.5, 1.2)
    elif rng.random() < 0.4:
        side = rng.uniform(4, 12)
        line = max(int(25 / side), 2)
        image[:line] = image[:, :line] = (235, 238, 240)
        return image, side
    return image, rng.uniform(1.2, 5.0)


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
    wall = any_colour(rng, (0.0, 0.45), (0.3, 0.98))
    image = plain(rng, HEIGHT, WIDTH, wall) if room else _sky(rng)
    if kind == 'park' and rng.random() < 0.7:
        hills = HORIZON - 25 - 14 * smooth_noise(rng, 1, WIDTH, rng.integers(4, 14))[0]
        image[grid(HEIGHT, WIDTH)[0] > hills] = np.array((110, 120, 95)) * rng.uniform(0.5, 1.2)
    # Houses with rows of windows, or shelves and windows on a wall.
    for _ in range({'room': rng.integers(0, 4), 'street': rng.integers(4, 14)}.get(kind, 0)):
        w, h = rng.integers((20, 30), (110, 160))
        left, top = rng.integers(0, WIDTH - 20), rng.integers(0, HORIZON - h)
        part = image[top : top + h] if room else image[HORIZON - h :]
        part = part[:, left : left + w]
        row, column = (k % rng.integers(8, 24) for k in grid(*part.shape[:2]))
        part[:] = any_colour(rng, (0.0, 0.5), (0.25, 0.9))
        part[(row > 5) & (column > 5)] *= rng.uniform(0.3, 0.8)
    for _ in range({'park': rng.integers(0, 12), 'street': rng.integers(0, 3)}.get(kind, 0)):
        x, tall = int(rng.integers(0, WIDTH)), int(rng.integers(30, 130))
        cv2.line(image, (x, HORIZON + 8), (x, HORIZON - tall // 2), (45, 60, 80), tall // 14 + 1)
        for _ in range(10):
            at = int(x + rng.normal(0, tall / 6)), int(HORIZON - tall * rng.uniform(0.45, 1))
            leaves = (np.array([40, 95, 60]) * rng.uniform(0.4, 1.3)).tolist()
            cv2.circle(image, at, int(tall * rng.uniform(0.08, 0.2)), leaves, -1)
    _clutter(rng, image if room else image[HORIZON - 60 :], int(rng.integers(0, 10)), 0.4)
    return image


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
        image = plain(rng, height, width, any_colour(rng))
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
