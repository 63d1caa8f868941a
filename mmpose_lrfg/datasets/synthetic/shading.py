"""Light and paint: from meshes to the picture of everything that stands in the scene."""

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .raster import rasterise

SHADOW_CELLS = 320


@dataclass(frozen=True)
class Light:
    """A sun (or lamp) and the light of the surroundings.

    Args:
        direction (np.ndarray): Unit vector (3,) towards the sun.
        sun, sky, ground (np.ndarray): BGR strengths (3,), about 1: direct light, light from above
            and light that the ground throws back.
        softness (float): Width of the edge of shadows, in pixels of a 320 pixel image.
    """

    direction: np.ndarray
    sun: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    softness: float = 2.0


@dataclass(frozen=True)
class Layer:
    """What stands in the scene, seen by the camera.

    Args:
        colour (np.ndarray): BGR (H, W, 3) float32, multiplied by ``alpha``.
        alpha (np.ndarray): Coverage (H, W) float32.
        owner (np.ndarray): Which thing each pixel of the fine grid shows, (sH, sW) int32, or -1.
        nearness (np.ndarray): 1 / depth on the fine grid, 0 where nothing is.
        scale (int): s, fine pixels to a pixel.
    """

    colour: np.ndarray
    alpha: np.ndarray
    owner: np.ndarray
    nearness: np.ndarray
    scale: int


class ShadowMap:
    """Where the sun does not reach: a depth buffer seen from the sun.

    Args:
        light (Light): Its direction counts.
        verts (np.ndarray): Vertices (N, 3) of what throws shadows.
        faces (np.ndarray): Their triangles (F, 3).
        centre (np.ndarray): Middle (3,) of the region with shadows.
        radius (float): Its radius in metres.
    """

    def __init__(self, light, verts, faces, centre, radius):
        view = Camera.look_at(np.zeros(3), -light.direction, 1.0, 1, 1)
        self.axes, self.centre, self.radius = view.rotation, centre, radius
        xy, nearness = self._locate(verts)
        nearness = np.where(np.linalg.norm(verts - centre, axis=1) < 2 * radius, nearness, 0)
        _, self.depth, _ = rasterise(xy, nearness, faces, SHADOW_CELLS, SHADOW_CELLS)

    def _locate(self, points):
        local = (points - self.centre) @ self.axes.T.astype(points.dtype)
        xy = local[:, :2] * (SHADOW_CELLS / 2 / self.radius) + SHADOW_CELLS / 2
        return xy, 3 * self.radius - local[:, 2]

    def covers(self, points, bias=0.045):
        """True for the points (N, 3) that lie in shadow."""
        xy, nearness = self._locate(points)
        cell = np.rint(xy).astype(np.int32)
        inside = ((cell >= 0) & (cell < SHADOW_CELLS)).all(1)
        cell = np.where(inside[:, None], cell, 0)
        return inside & (self.depth[cell[:, 1], cell[:, 0]] > nearness + bias)


def _sample(textures, material, u, v):
    """Colours (P, 3) of texture ``material`` (P,) at ``u``, ``v`` (P,)."""
    flat = np.concatenate([t.reshape(-1, 3) for t in textures])
    heights = np.array([t.shape[0] for t in textures], np.int32)
    widths = np.array([t.shape[1] for t in textures], np.int32)
    starts = np.cumsum([0] + [t.shape[0] * t.shape[1] for t in textures[:-1]]).astype(np.int32)
    height, width = heights[material], widths[material]
    row = np.clip((v * height).astype(np.int32), 0, height - 1)
    column = np.clip((u * width).astype(np.int32), 0, width - 1)
    return np.take(flat, starts[material] + row * width + column, axis=0)


def render(mesh, textures, owners, camera, light, shadows, scale=2):
    """Draw a mesh.

    Args:
        mesh (Mesh): All that stands in the scene, in the world.
        textures (list): Float32 BGR images that ``mesh.mat`` counts in.
        owners (np.ndarray): Which thing each face belongs to, (F,).
        camera (Camera): Of the final image.
        light (Light): Sun and surroundings.
        shadows (ShadowMap): Of the same things.
        scale (int): Supersampling.

    Returns:
        Layer: picture and buffers.
    """
    fine = camera.scaled(scale)
    xy, depth = fine.project(mesh.verts)
    nearness = np.where(depth > 0.08, 1 / np.maximum(depth, 0.08), 0.0)
    index, buffer, planes = rasterise(xy, nearness, mesh.faces, fine.width, fine.height)
    seen = index >= 0
    face = index[seen]
    colour = np.zeros((*index.shape, 3), np.float32)
    owner = np.full(index.shape, -1, np.int32)
    if len(face):
        owner[seen] = owners[face]
        row, column = (k.astype(np.float32) for k in np.nonzero(seen))

        normals = mesh.normals()
        attributes = np.empty((len(normals), 4), np.float32)
        attributes[:, 0] = normals @ light.direction
        attributes[:, 1] = normals[:, 1]
        attributes[:, 2:] = mesh.uv
        used, face = np.unique(face, return_inverse=True)
        values = attributes[mesh.faces[used]]
        plane = np.einsum('fka,fkc->fac', values, planes[used]).astype(np.float32)
        flat = np.take(plane.reshape(len(used), 12), face, axis=0)
        lit, up, u, v = (
            flat[:, 3 * k] * column + flat[:, 3 * k + 1] * row + flat[:, 3 * k + 2]
            for k in range(4)
        )

        points = fine.rays(column, row) / buffer[seen][:, None] + camera.position.astype(np.float32)
        shade = np.zeros(index.shape, np.float32)
        shade[seen] = shadows.covers(points)
        shade = _blur_inside(shade, seen, light.softness * camera.width / 320 * scale)

        material = mesh.mat[mesh.faces[used, 0]].astype(np.int32)[face]
        direct = np.clip((lit + 0.12) / 1.12, 0, 1) * (1 - shade[seen])
        up = np.clip(0.5 + 0.5 * up, 0, 1)
        shine = direct[:, None] * light.sun.astype(np.float32)
        shine += up[:, None] * light.sky.astype(np.float32)
        shine += (1 - up)[:, None] * light.ground.astype(np.float32)
        shine *= (1 - _crevices(buffer, seen, camera, scale))[:, None]
        colour[seen] = _sample(textures, material, u, v) * shine
    size = (camera.width, camera.height)
    return Layer(
        cv2.resize(colour, size, interpolation=cv2.INTER_AREA),
        cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA),
        owner,
        buffer,
        scale,
    )


def _blur_inside(values, inside, width):
    """Box blur of ``values`` that takes in only pixels ``inside``."""
    size = max(int(width) | 1, 3)
    share = cv2.blur(inside.astype(np.float32), (size, size))
    return cv2.blur(values, (size, size)) / np.maximum(share, 1e-6)


def _crevices(buffer, seen, camera, scale):
    """Darkness (P,) of pixels that lie behind their neighbours: folds, armpits, contacts."""
    depth = np.where(seen, 1 / np.maximum(buffer, 1e-4), 0).astype(np.float32)
    size = max(int(0.035 * camera.width * scale) | 1, 5)
    around = _blur_inside(depth, seen, size)
    return 0.42 * np.clip((depth[seen] - around[seen]) / 0.16, 0, 1)


def composite(layer, background):
    """The layer over a background (H, W, 3) float32."""
    return layer.colour + (1 - layer.alpha)[..., None] * background
