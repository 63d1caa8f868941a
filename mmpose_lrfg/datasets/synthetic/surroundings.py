"""Paints a background into the camera's view: which ray meets the ground, a wall or the sky."""

import cv2
import numpy as np

from .appearance import vivid
from .backgrounds import clutter, ground_texture, panorama, wall_texture
from .textures import smooth_noise


def _tile(texture, u, v):
    """The texture repeated, read at ``u``, ``v`` (H, W) in tiles."""
    height, width = texture.shape[:2]
    x = np.mod(u * width, width).astype(np.float32)
    y = np.mod(v * height, height).astype(np.float32)
    padded = cv2.copyMakeBorder(texture, 0, 1, 0, 1, cv2.BORDER_WRAP)
    return cv2.remap(padded, x, y, cv2.INTER_LINEAR)


def _ground(rng, kind, camera, rays, steep):
    texture, side = ground_texture(rng, kind)
    reach = camera.position[1] / np.maximum(-rays[..., 1], 1e-4)
    x = camera.position[0] + rays[..., 0] * reach
    z = camera.position[2] + rays[..., 2] * reach
    turn = rng.uniform(0, np.pi)
    u = (np.cos(turn) * x - np.sin(turn) * z) / side + rng.random()
    v = (np.sin(turn) * x + np.cos(turn) * z) / side + rng.random()
    # Far away a pixel holds many cells of the texture: it turns into the mean colour.
    footprint = reach**2 / (camera.focal * max(camera.position[1], 0.2)) / (side / 256)
    fade = np.clip(1.5 / np.maximum(footprint, 1e-3), 0, 1)[..., None].astype(np.float32)
    image = _tile(texture, np.where(steep, u, 0), np.where(steep, v, 0))
    return fade * image + (1 - fade) * texture.mean((0, 1)), reach


def _room(rng, camera, rays, depth):
    """Back wall, side walls and ceiling; distance along the ray to the nearest of them."""
    best = np.full(rays.shape[:2], np.inf, np.float32)
    image = np.zeros(rays.shape, np.float32)
    tall = rng.uniform(2.5, 4.5)
    planes = [(2, depth), (0, -rng.uniform(2.0, 6.0)), (0, rng.uniform(2.0, 6.0)), (1, tall)]
    swing = rng.normal(0, 0.25)
    cos, sin = np.cos(swing), np.sin(swing)
    turned = np.stack(
        [cos * rays[..., 0] - sin * rays[..., 2], rays[..., 1],
         sin * rays[..., 0] + cos * rays[..., 2]], -1,
    )  # fmt: skip
    origin = np.array([0.0, camera.position[1], 0.0])
    plain = vivid(rng, (0, 0.1), (0.7, 1.0))
    for axis, place in planes:
        with np.errstate(divide='ignore', invalid='ignore'):
            reach = (place - origin[axis]) / turned[..., axis]
        hit = np.isfinite(reach) & (reach > 0.2) & (reach < best)
        if not hit.any():
            continue
        point = turned * np.where(hit, reach, 0)[..., None] + origin
        if axis == 1:
            paint = np.broadcast_to(plain, rays.shape)
        else:
            along = point[..., 0 if axis == 2 else 2]
            wall = wall_texture(rng)
            paint = _tile(wall, along / (2 * tall) + rng.random(), 1 - point[..., 1] / tall)
            paint = paint * rng.uniform(0.7, 1.05)
        image = np.where(hit[..., None], paint, image)
        best = np.where(hit, reach, best)
    return image, best


def surround(rng, kind, camera, light, shadows, depth):
    """Paint the background.

    Args:
        rng (np.random.Generator): Source of all chance.
        kind (str): One of :data:`~.backgrounds.KINDS`.
        camera (Camera): The view.
        light (Light): Tints everything.
        shadows (ShadowMap): Thrown on the ground.
        depth (float): Distance of a room's back wall in metres.

    Returns:
        np.ndarray: BGR (H, W, 3) float32.
    """
    height, width = camera.height, camera.width
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rays = camera.rays(x, y)
    bright = light.sky + 0.75 * light.sun
    if kind == 'mess':
        image = np.empty((height, width, 3), np.float32)
        noise = smooth_noise(rng, height, width, rng.integers(2, 9))[..., None]
        image[:] = vivid(rng) + noise * rng.normal(0, 35, 3)
        image = clutter(rng, np.clip(image, 0, 255), int(rng.integers(5, 60)))
        return image * (0.4 + 0.6 * bright).astype(np.float32)
    steep = rays[..., 1] < -1e-3
    ground, reach = _ground(rng, kind, camera, rays, steep)
    reach = np.where(steep, reach, np.inf)
    if kind == 'room':
        image, walls = _room(rng, camera, rays, depth)
    else:
        azimuth = np.arctan2(rays[..., 0], rays[..., 2])
        elevation = np.arctan2(rays[..., 1], np.hypot(rays[..., 0], rays[..., 2]))
        view = panorama(rng, kind)
        u = (256 + azimuth * 512 / 2.2).astype(np.float32)
        v = np.clip(192 - elevation * 260, 0, 255).astype(np.float32)
        image = cv2.remap(view, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        walls = np.full(reach.shape, 60.0)
    floor = reach < walls
    lit = np.ones((height, width), np.float32)
    near = floor & (reach < 40)
    if near.any():
        points = rays[near] * reach[near][:, None] + camera.position
        points[:, 1] = 0.0
        covered = np.zeros((height, width), np.float32)
        covered[near] = shadows.covers(points.astype(np.float32), 0.01)
        size = max(int(light.softness * 1.6 * width / 320) | 1, 3)
        lit = 1 - cv2.blur(covered, (size, size))
    shine = lit[..., None] * light.sun * max(light.direction[1], 0.2) + light.sky
    image = np.where(floor[..., None], ground * shine, image * (0.35 + 0.65 * bright))
    if kind == 'room':
        # Corners are darker where a wall meets the floor.
        with np.errstate(invalid='ignore'):
            corner = np.abs(np.where(np.isfinite(reach), reach, 1e3) - walls)
        image = image * (1 - 0.25 * np.exp(-corner / 0.25))[..., None]
    return image.astype(np.float32)
