"""Light and colour: from a mesh to its image and its shadow on the ground."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .camera import rasterise


@dataclass(frozen=True)
class Light:
    """A sun (or lamp) and the light of the surroundings.

    Args:
        direction (np.ndarray): Unit vector (3,) towards the sun.
        sun, sky, ground (np.ndarray): BGR strengths (3,), about 1: direct light, light from above
            and light reflected by the ground.
        softness (float): Width of the edge of shadows, in pixels of a 320 pixel image.
    """

    direction: np.ndarray
    sun: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    softness: float = 4.0


@dataclass(frozen=True)
class Layer:
    """Everything that stands in the scene, seen by the camera.

    Args:
        colour (np.ndarray): BGR (H, W, 3) float32, multiplied by ``alpha``.
        alpha (np.ndarray): Coverage (H, W) float32.
        owner (np.ndarray): Number of the object at each pixel of the fine grid, (sH, sW) int32, -1
            for nothing.
        nearness (np.ndarray): 1 / depth on the fine grid, 0 for nothing.
        scale (int): s, fine pixels per pixel.
    """

    colour: np.ndarray
    alpha: np.ndarray
    owner: np.ndarray
    nearness: np.ndarray
    scale: int


def _view(verts, faces, camera):
    """Draw triangles of the world into the buffers of :func:`rasterise`."""
    xy, depth = camera.project(verts)
    nearness = np.where(depth > 0.08, 1 / np.maximum(depth, 0.08), 0.0)
    return rasterise(xy, nearness, faces, camera.width, camera.height)


def ground_shadow(mesh, camera, light):
    """Return how much of the sun a mesh hides from the ground at each pixel, (H, W) in 0 to 1."""
    flat = mesh.verts - mesh.verts[:, 1:2] / light.direction[1] * light.direction
    hidden = (_view(flat, mesh.faces, camera)[0] >= 0).astype(np.float32)
    size = max(int(light.softness * camera.width / 320) | 1, 3)
    return cv2.blur(hidden, (size, size))


def _surface(mesh, textures, face, place, planes, width, light):
    """Interpolate over the faces (P,) shown at the pixels ``place`` of a grid ``width`` wide.

    Returns:
        tuple: cosine (P,) between normal and light, height (P,) of the normal, and the index (P,)
        of the texel in the concatenated textures.
    """
    normals = mesh.normals()
    attributes = np.column_stack([normals @ light.direction, normals[:, 1], mesh.uv])
    used, number = np.unique(face, return_inverse=True)
    row, column = np.divmod(place, width)
    # One plane per attribute and face.
    values = attributes[mesh.faces[used]].transpose(0, 2, 1) @ planes[used]
    lit, up, u, v = (
        np.take(across, number) * column + np.take(down, number) * row + np.take(offset, number)
        for across, down, offset in values.transpose(1, 2, 0).astype(np.float32)
    )
    material = mesh.material[mesh.faces[used, 0]][number]
    heights, widths = np.array([t.shape[:2] for t in textures]).T
    starts = np.cumsum([0, *(heights * widths)[:-1]])
    row = (np.clip(v, 0, 0.9999) * heights[material]).astype(int)
    column = (np.clip(u, 0, 0.9999) * widths[material]).astype(int)
    return lit, up, starts[material] + row * widths[material] + column


def render(mesh, textures, owners, camera, light, scale=2):
    """Draw a mesh.

    Args:
        mesh (Mesh): Everything that stands in the scene, in the world.
        textures (list[np.ndarray]): Float32 BGR images that ``mesh.material`` refers to.
        owners (np.ndarray): Number of the object of each face, (F,).
        camera (Camera): View of the final image.
        light (Light): Sun and surroundings.
        scale (int): Supersampling factor.

    Returns:
        Layer: image and buffers.
    """
    width, height = camera.width * scale, camera.height * scale
    fine = replace(camera, focal=camera.focal * scale, width=width, height=height)
    index, nearness, planes = _view(mesh.verts, mesh.faces, fine)
    place = np.flatnonzero(index.ravel() >= 0)
    face = index.ravel()[place]
    owner = np.full(index.shape, -1, np.int32)
    owner.ravel()[place] = owners[face]
    lit, up, texel = _surface(mesh, textures, face, place, planes, width, light)
    palette = np.concatenate([t.reshape(-1, 3) for t in textures])
    direct, up = np.clip((lit + 0.12) / 1.12, 0, 1), np.clip(0.5 + 0.5 * up, 0, 1)
    colour = np.zeros((height * width, 3), np.float32)
    for channel, sun, sky, ground in zip(range(3), light.sun, light.sky, light.ground):
        shine = direct * sun + up * sky + (1 - up) * ground
        colour[place, channel] = palette[texel, channel] * shine
    size = (camera.width, camera.height)
    colour, alpha = (
        cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for plane in (colour.reshape(height, width, 3), index >= 0)
    )
    return Layer(colour, alpha, owner, nearness, scale)
