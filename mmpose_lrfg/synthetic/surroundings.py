"""Paints a background into the camera's view: which ray meets the ground, a wall or the sky."""

import cv2
import numpy as np

from .appearance import vivid
from .backgrounds import clutter, ground_texture, panorama, wall_texture
from .textures import smooth_noise


def _tile(texture, u, v):
    """The texture repeated, read at ``u``, ``v`` (H, W) in tiles."""
    height, width = texture.shape[:2]
    x = ((u - np.floor(u)) * width).astype(np.float32)
    y = ((v - np.floor(v)) * height).astype(np.float32)
    padded = cv2.copyMakeBorder(texture, 0, 1, 0, 1, cv2.BORDER_WRAP)
    return cv2.remap(padded, x, y, cv2.INTER_LINEAR)


def _ground(rng, kind, camera, rays, steep):
    texture, side = ground_texture(rng, kind)
    reach = np.float32(camera.position[1]) / np.maximum(-rays[1], np.float32(1e-4))
    x = np.float32(camera.position[0]) + rays[0] * reach
    z = np.float32(camera.position[2]) + rays[2] * reach
    turn = rng.uniform(0, np.pi)
    cos, sin = np.float32(np.cos(turn) / side), np.float32(np.sin(turn) / side)
    u = cos * x - sin * z + np.float32(rng.random())
    v = sin * x + cos * z + np.float32(rng.random())
    # Far away a pixel holds many cells of the texture: it turns into the mean colour.
    footprint = reach**2 / np.float32(camera.focal * max(camera.position[1], 0.2) * side / 256)
    fade = np.minimum(np.float32(1.5) / np.maximum(footprint, np.float32(1e-3)), np.float32(1))
    image = _tile(texture, np.where(steep, u, 0), np.where(steep, v, 0))
    mean = texture.mean((0, 1), dtype=np.float32)
    return [m + fade * (c - m) for m, c in zip(mean, cv2.split(image))], reach


def _room(rng, camera, rays, spots):
    """Back wall, side walls and ceiling, around all ``spots``; the way along each ray to them."""
    image = np.zeros((*rays[0].shape, 3), np.float32)
    swing = rng.normal(0, 0.25)
    cos, sin = np.float32(np.cos(swing)), np.float32(np.sin(swing))
    inside = np.vstack([spots - camera.position, np.zeros(3)])
    across, ahead = (
        cos * inside[:, 0] - sin * inside[:, 2],
        sin * inside[:, 0] + cos * inside[:, 2],
    )
    tall = float(max(rng.uniform(2.5, 4.5), spots[:, 1].max() + 0.1, camera.position[1] + 0.3))
    planes = [
        (2, ahead.max() + 0.15 + rng.exponential(1.5)),
        (0, across.min() - 0.3 - rng.exponential(2.0)),
        (0, across.max() + 0.3 + rng.exponential(2.0)),
        (1, tall),
    ]
    turned = (
        cos * rays[0] - sin * rays[2],
        rays[1],
        sin * rays[0] + cos * rays[2],
    )
    origin = (0.0, camera.position[1], 0.0)
    reaches = []
    for axis, place in planes:
        with np.errstate(divide='ignore', invalid='ignore'):
            reach = np.float32(place - origin[axis]) / turned[axis]
        reaches.append(np.where(reach > 0.2, reach, np.float32(1e4)))
    nearest, best = np.argmin(reaches, axis=0), np.minimum.reduce(reaches)
    plain = vivid(rng, (0, 0.1), (0.7, 1.0))
    walls = [wall_texture(rng), wall_texture(rng)]
    for k, (axis, _) in enumerate(planes):
        hit = nearest == k
        if axis == 1:
            image[hit] = plain
            continue
        wall, shift, tone = walls[axis == 0], rng.random(), rng.uniform(0.7, 1.05)
        rows, columns = np.flatnonzero(hit.any(1)), np.flatnonzero(hit.any(0))
        if not len(rows):
            continue
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        reach = np.where(hit[part], best[part], 0)
        along = turned[0 if axis == 2 else 2][part] * reach
        high = turned[1][part] * reach + np.float32(origin[1])
        paint = _tile(wall, along / (2 * tall) + shift, 1 - high / tall)
        mask = hit[part].astype(np.uint8)
        image[part] = cv2.copyTo(paint * np.float32(tone), mask, np.ascontiguousarray(image[part]))
    return image, best


def surround(rng, kind, camera, light, shadows, spots):
    """Paint the background.

    Args:
        rng (np.random.Generator): Source of all chance.
        kind (str): One of :data:`~.backgrounds.KINDS`.
        camera (Camera): The view.
        light (Light): Tints everything.
        shadows (ShadowMap): Thrown on the ground.
        spots (np.ndarray): Points (N, 3) in the world that a room must hold.

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
    steep = rays[1] < -1e-3
    ground, reach = _ground(rng, kind, camera, rays, steep)
    reach = np.where(steep, reach, np.float32(1e6))
    if kind == 'room':
        image, walls = _room(rng, camera, rays, spots)
    else:
        view = panorama(rng, kind)
        ahead = np.maximum(np.abs(rays[2]), np.float32(0.05))
        # The picture of the far fits the angle of view, so that it is as sharp as the near.
        zoom = np.float32(400 * camera.focal / max(width, height))
        u = np.float32(256) + rays[0] / ahead * zoom
        v = np.clip(np.float32(192) - rays[1] / ahead * zoom, -120, 255)
        image = cv2.remap(view, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        walls = np.float32(60.0)
    floor = reach < walls
    lit = np.ones((height, width), np.float32)
    near = floor & (reach < 40)
    if near.any():
        covered = np.zeros((height, width), np.float32)
        covered[near] = shadows.covers(camera, x[near], y[near], reach[near], 0.01)
        size = max(int(light.softness * 1.6 * width / 320) | 1, 3)
        lit = 1 - cv2.blur(covered, (size, size))
    sun = (light.sun * max(light.direction[1], 0.2)).astype(np.float32)
    shine = [lit * s + k for s, k in zip(sun, light.sky.astype(np.float32))]
    image = cv2.transform(image, np.diag(0.35 + 0.65 * bright))
    ground = cv2.merge([g * s for g, s in zip(ground, shine)])
    image = cv2.copyTo(ground, floor.astype(np.uint8), image)
    if kind == 'room':
        # Corners are darker where a wall meets the floor.
        corner = np.exp(-np.abs(np.minimum(reach, np.float32(1e3)) - walls) * np.float32(4))
        image *= (1 - np.float32(0.25) * corner)[..., None]
    return image
