"""Light and colour: from meshes to their image, their shadow on the ground, and what hides what."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .camera import rasterise
from .textures import SIDE

SCALE = 2  # fine pixels per pixel, in both directions


@dataclass(frozen=True)
class Light:
    """A sun (or lamp) and the sky; BGR strengths (3,), about 1."""

    direction: np.ndarray  # (3,) unit vector towards the sun
    sun: np.ndarray
    sky: np.ndarray


@dataclass(frozen=True)
class Layer:
    """Everything that stands in the scene, seen by the camera."""

    colour: np.ndarray  # BGR (H, W, 3) float32, multiplied by alpha
    alpha: np.ndarray  # (H, W) float32, coverage in 0 to 1
    shadow: np.ndarray  # (H, W) float32, 1 where the ground is in shadow
    owner: np.ndarray  # (2H, 2W), number of the object at each fine pixel, -1 for nothing
    nearness: np.ndarray  # (2H, 2W), 1 / depth at each fine pixel, 0 for nothing


def render(meshes, owners, camera, light):
    """Draw meshes in the world; ``owners`` are the numbers of the objects they belong to."""
    starts = np.cumsum([0] + [len(mesh.verts) for mesh in meshes])
    faces = np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts)])
    part = np.repeat(np.arange(len(meshes)), [len(mesh.faces) for mesh in meshes])
    names = ('verts', 'normals', 'uv')
    verts, normals, uv = (np.concatenate([getattr(m, name) for m in meshes]) for name in names)
    size = camera.width, camera.height
    width, height = size[0] * SCALE, size[1] * SCALE
    fine = replace(camera, focal=camera.focal * SCALE, width=width, height=height)
    index, nearness, planes = _draw(verts, faces, fine)
    pixel = np.flatnonzero(index >= 0)
    face = index.ravel()[pixel]

    # Interpolate over the faces: one plane per attribute and face.
    corners = np.column_stack([normals @ light.direction, normals[:, 1], uv]).astype(np.float32)
    attributes = (corners[faces].transpose(0, 2, 1) @ planes).transpose(1, 2, 0).copy()
    y, x = (k.astype(np.float32) for k in np.divmod(pixel, width))
    lit, up, u, v = (
        np.take(across, face) * x + np.take(down, face) * y + np.take(offset, face)
        for across, down, offset in attributes
    )

    row, column = ((np.clip(k, 0, 0.9999) * SIDE).astype(int) for k in (v, u))
    textures = np.stack([mesh.texture for mesh in meshes]).reshape(-1, 3)
    # The ground reflects more than half of the light from the sky.
    direct, ambient = np.clip((lit + 0.12) / 1.12, 0, 1), 0.8 + 0.2 * up
    shine = np.stack([direct, ambient], 1) @ np.float32([light.sun, light.sky])
    colour = np.zeros((height * width, 3), np.float32)
    colour[pixel] = np.take(textures, (part[face] * SIDE + row) * SIDE + column, axis=0) * shine
    owner = np.full(height * width, -1)
    owner[pixel] = np.asarray(owners)[part[face]]
    colour, alpha = (
        cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for image in (colour.reshape(height, width, 3), index >= 0)
    )
    flat = verts - np.outer(verts[:, 1] / light.direction[1], light.direction)
    shadow = (_draw(flat, faces, camera)[0] >= 0).astype(np.float32)
    return Layer(colour, alpha, shadow, owner.reshape(height, width), nearness)


def _draw(verts, faces, camera):
    xy, depth = camera.project(verts)
    nearness = np.where(depth > 0.08, 1 / np.maximum(depth, 0.08), 0.0)
    return rasterise(xy, nearness, faces, camera.width, camera.height)
