"""Backgrounds: a ground, and behind it a wall, or the sky with houses, hills and trees."""

import cv2
import numpy as np

from .textures import COLUMN, ROW, SIDE, any_colour, cloth_colour, noise, plain

#: Kinds of background with their relative frequencies.
KINDS = {'indoors': 0.4, 'outdoors': 0.6}
# BGR colours of ground: lawn, sand, snow, asphalt.
GROUND = (48, 112, 75), (48, 112, 75), (150, 190, 214), (242, 236, 232), (120, 122, 126)
HEIGHT, WIDTH, HORIZON = 256, 512, 192  # of a panorama


def draw_background(rng, kind, camera, light, shadow):
    """Draw a background of one of ``KINDS``, (H, W, 3) float32; ``shadow`` (H, W) is 0 to 1."""
    tint = np.float32(0.35 + 0.65 * (light.sky + 0.75 * light.sun))
    rays = camera.rays()
    # The panorama is scaled to the angle of view, so that it is as sharp as the foreground.
    zoom = np.float32(400 * camera.focal / max(camera.width, camera.height))
    zoom = zoom / np.maximum(np.abs(rays[2]), np.float32(0.05))
    u, v = WIDTH / 2 + rays[0] * zoom, np.maximum(HORIZON - rays[1] * zoom, 0)
    image = cv2.remap(_panorama(rng, kind), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    ground, seen = _ground(rng, kind, camera, rays)
    sun = (1 - shadow) * np.float32(max(light.direction[1], 0.2))
    ground *= sun[..., None] * np.float32(light.sun) + np.float32(light.sky)
    return np.where(seen[..., None], ground, image * tint)


def _ground(rng, kind, camera, rays):
    """The ground along the rays, (H, W, 3) float32, and where it is seen, (H, W) bool."""
    colour = any_colour(rng, (0.05, 0.5), (0.25, 0.9))
    if kind == 'outdoors':
        colour = rng.choice(GROUND) * rng.uniform(0.65, 1.1) + rng.normal(0, 8, 3)
    texture = plain(rng, colour, rng.uniform(0.01, 0.10), rng.uniform(0.02, 0.16))
    side = rng.uniform(1.2, 5.0)  # of the texture, metres
    if kind == 'indoors' or rng.random() < 0.3:
        tile = 1 / rng.integers(1, 7)
        texture[(ROW % tile < 0.012) | (COLUMN % tile < 0.012)] //= 2
    elif rng.random() < 0.3:
        texture[:2] = texture[:, :2] = (235, 238, 240)
        side = rng.uniform(4, 9)
    distance = np.float32(camera.position[1]) / np.maximum(-rays[1], np.float32(1e-4))
    seen = distance < 60
    distance *= seen
    turn, texels = rng.uniform(0, np.pi), SIDE / side
    cos, sin = np.float32(np.cos(turn) * texels), np.float32(np.sin(turn) * texels)
    x, z = (np.float32(camera.position[k]) + rays[k] * distance for k in (0, 2))
    u, v = cos * x - sin * z, sin * x + cos * z
    image = cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    # Far away, a pixel covers many cells of the texture and shows their mean.
    sharp = np.float32(1.5 * camera.focal * max(camera.position[1], 0.2) / texels)
    sharp = np.minimum(sharp / np.maximum(distance**2, np.float32(1e-6)), 1)[..., None]
    mean = np.float32(cv2.mean(texture)[:3])
    return mean + sharp * (image - mean), seen


def _panorama(rng, kind):
    """What is behind the ground, (256, 512, 3) with the horizon at row 192."""
    image = plain(rng, any_colour(rng, (0.0, 0.45), (0.3, 0.98)), 0, 0.06, HEIGHT, WIDTH)
    town, indoors = rng.random() < 0.33, kind == 'indoors'
    if not indoors:
        # The sky is paler towards the horizon and in clouds.
        y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
        clouds = noise(rng, HEIGHT, WIDTH, 7) + 0.5 * noise(rng, HEIGHT, WIDTH, 25)
        clouds = np.clip((clouds - np.float32(rng.uniform(-0.5, 1.5))) * 0.6, 0, 0.9)
        clouds *= np.minimum(5 * y, 1)
        colour = rng.uniform((170, 130, 70), (250, 200, 170)).astype(np.float32)
        image = (colour + np.maximum(clouds, y)[..., None] * (246 - colour)).astype(np.uint8)
        hills = HORIZON - (not town) * (25 + 14 * noise(rng, 1, WIDTH, rng.integers(4, 14)))
        image[np.arange(HEIGHT)[:, None] > hills] = np.array((110, 120, 95)) * rng.uniform(0.5, 1.2)
    # Houses with rows of windows, or shelves and windows on a wall.
    for _ in range(rng.integers(0, 4) if indoors else town * rng.integers(4, 14)):
        width, height = rng.integers((20, 30), (110, 160))
        left, bottom = rng.integers(0, WIDTH - 20), HORIZON - indoors * rng.integers(30)
        part = image[bottom - height : bottom, left : left + width]
        row, column = (np.arange(n) % rng.integers(8, 24) > 5 for n in part.shape[:2])
        windows = 1 - rng.uniform(0.2, 0.7) * np.outer(row, column)
        part[:] = windows[..., None] * any_colour(rng, (0.0, 0.5), (0.25, 0.9))
    for _ in range(0 if indoors else rng.integers(3 if town else 12)):
        x, tall = int(rng.integers(0, WIDTH)), int(rng.integers(30, 130))
        cv2.line(image, (x, HORIZON + 8), (x, HORIZON - tall // 2), (45, 60, 80), tall // 14 + 1)
        for _ in range(10):
            at = rng.normal((x, HORIZON - 0.7 * tall), (tall / 6, tall / 7)).astype(int).tolist()
            leaves = (np.array([40, 95, 60]) * rng.uniform(0.4, 1.3)).tolist()
            cv2.circle(image, at, int(tall * rng.uniform(0.08, 0.2)), leaves, -1)
    # Bent lines, like limbs that are not of people.
    for _ in range(rng.integers(12)):
        points = rng.uniform((0, 60), (WIDTH, HORIZON)) + np.cumsum(rng.normal(0, 16, (3, 2)), 0)
        colour, thick = cloth_colour(rng).tolist(), int(rng.integers(1, 14))
        cv2.polylines(image, [points.astype(int)], False, colour, thick, cv2.LINE_AA)
    return image
