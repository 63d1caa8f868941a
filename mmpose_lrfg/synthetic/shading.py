"""Light, shadows and colour: from a mesh to its image."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .camera import Camera, rasterise

SHADOW_CELLS = 320


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
    softness: float = 2.0


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


class ShadowMap:
    """A depth buffer seen from the sun.

    Args:
        light (Light): Gives the direction.
        mesh (Mesh): What casts shadows.
        radius (float): Radius in metres of the region with shadows, around (0, 0.6, 0).
    """

    def __init__(self, light, mesh, radius):
        self.axes = Camera.look_at(np.zeros(3), -light.direction, 1.0, 1, 1).rotation
        self.centre, self.radius = np.array([0, 0.6, 0]), float(radius)
        local = mesh.verts - self.centre
        x, y, nearness = self._locate(self.axes @ local.T)
        nearness = nearness * (np.linalg.norm(local, axis=1) < 2 * radius)
        xy = np.stack([x, y], 1)
        _, depth, _ = rasterise(xy, nearness, mesh.faces, SHADOW_CELLS, SHADOW_CELLS)
        # Points outside are moved to a margin without shadow.
        self.depth = np.pad(depth, 1)

    def _locate(self, points):
        """Column, row and nearness of points (3, N) in the axes of the sun."""
        x, y, depth = points
        scale = SHADOW_CELLS / 2 / self.radius
        return x * scale + SHADOW_CELLS / 2, y * scale + SHADOW_CELLS / 2, 3 * self.radius - depth

    def covers(self, camera, x, y, depth, bias=0.045):
        """Whether points are in shadow.

        Args:
            camera (Camera): The view.
            x, y, depth (np.ndarray): Points (P,) float32: pixels of the view, and metres from it.
            bias (float): Metres that a point must be behind the lit surface.

        Returns:
            np.ndarray: (P,) bool.
        """
        start = np.float32(self.axes @ (camera.position - self.centre))
        view = replace(camera, rotation=camera.rotation @ self.axes.T)
        column, row, nearness = self._locate(view.rays(x, y) * depth + start[:, None])
        cells = np.clip(np.stack([row, column]) + 1.5, 0, SHADOW_CELLS + 1).astype(np.int32)
        return self.depth[tuple(cells)] > nearness + np.float32(bias)


def _surface(mesh, textures, face, place, planes, width, light):
    """Interpolate over the faces (P,) shown at the pixels ``place`` of a grid ``width`` wide.

    Returns:
        tuple: cosine (P,) between normal and light, height (P,) of the normal, and the index (P,)
        of the texel in the concatenated textures.
    """
    normals = mesh.normals()
    attributes = np.empty((len(normals), 4), np.float32)
    attributes[:, 0], attributes[:, 1] = normals @ light.direction, normals[:, 1]
    attributes[:, 2:] = mesh.uv
    shown = np.zeros(len(mesh.faces), bool)
    shown[face] = True
    used = np.flatnonzero(shown)
    number = np.take((np.cumsum(shown) - 1).astype(np.int32), face)
    row = (place // width).astype(np.float32)
    column = place.astype(np.float32) - row * np.float32(width)
    # One plane per attribute and face.
    values = attributes[mesh.faces[used]].transpose(0, 2, 1) @ planes[used]
    lit, up, u, v = (
        np.take(across, number) * column + np.take(down, number) * row + np.take(offset, number)
        for across, down, offset in np.ascontiguousarray(values.transpose(1, 2, 0))
    )
    material = np.take(mesh.material[mesh.faces[used, 0]].astype(np.int32), number)
    heights, widths = (np.take(k, material) for k in np.float32([t.shape[:2] for t in textures]).T)
    starts = np.cumsum([0] + [t.shape[0] * t.shape[1] for t in textures[:-1]]).astype(np.int32)
    inside = np.float32(0.9999)
    row = (np.clip(v, 0, inside) * heights).astype(np.int32)
    column = (np.clip(u, 0, inside) * widths).astype(np.int32)
    return lit, up, np.take(starts, material) + row * widths.astype(np.int32) + column


def render(mesh, textures, owners, camera, light, shadows, scale=2):
    """Draw a mesh.

    Args:
        mesh (Mesh): Everything that stands in the scene, in the world.
        textures (list[np.ndarray]): Float32 BGR images that ``mesh.material`` refers to.
        owners (np.ndarray): Number of the object of each face, (F,).
        camera (Camera): View of the final image.
        light (Light): Sun and surroundings.
        shadows (ShadowMap): Of the same mesh.
        scale (int): Supersampling factor.

    Returns:
        Layer: image and buffers.
    """
    width, height = camera.width * scale, camera.height * scale
    fine = replace(camera, focal=camera.focal * scale, width=width, height=height)
    xy, depth = fine.project(mesh.verts)
    nearness = np.where(depth > 0.08, 1 / np.maximum(depth, 0.08), 0.0)
    index, buffer, planes = rasterise(xy, nearness, mesh.faces, width, height)
    place = np.flatnonzero(index.ravel() >= 0).astype(np.int32)
    face = np.take(index, place)
    owner = np.full(index.shape, -1, np.int32)
    owner.ravel()[place] = owners[face]
    lit, up, texel = _surface(mesh, textures, face, place, planes, width, light)
    palette = np.concatenate([t.reshape(-1, 3) for t in textures]).T
    shade = _shade(buffer, camera, light, shadows, scale)
    direct = np.clip((lit + np.float32(0.12)) / np.float32(1.12), 0, 1)
    direct *= 1 - np.take(shade, place)
    up = np.clip(np.float32(0.5) + np.float32(0.5) * up, 0, 1)
    channels, plane = [], np.zeros(index.size, np.float32)
    for paint, *strengths in zip(palette, light.sun, light.sky, light.ground):
        sun, sky, ground = np.float32(strengths)
        shine = direct * sun + up * sky + (1 - up) * ground
        plane[place] = np.take(np.ascontiguousarray(paint), texel) * shine
        channels.append(_shrink(plane.reshape(index.shape), camera))
    return Layer(cv2.merge(channels), _shrink(index >= 0, camera), owner, buffer, scale)


def _shrink(plane, camera):
    """Average a plane of the fine grid over the pixels of the image."""
    size = (camera.width, camera.height)
    return cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def _shade(buffer, camera, light, shadows, scale):
    """Cast shadows, (sH, sW) in 0 to 1; they are soft, so they are computed on the coarse grid."""
    coarse = np.ascontiguousarray(buffer[::scale, ::scale])
    seen = coarse > 0
    row, column = (k.astype(np.float32) for k in np.nonzero(seen))
    shade = np.zeros(coarse.shape, np.float32)
    shade[seen] = shadows.covers(camera, column, row, 1 / coarse[seen])
    size = (max(int(light.softness * camera.width / 320) | 1, 3),) * 2
    # The blur stays on what stands in the scene.
    shade = cv2.blur(shade, size) / np.maximum(cv2.blur(seen.astype(np.float32), size), 1e-6)
    return cv2.resize(shade, buffer.shape[::-1])
