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
        _, depth, _ = rasterise(xy, nearness, faces, SHADOW_CELLS, SHADOW_CELLS)
        self.depth = np.pad(depth, 1).ravel()

    def _locate(self, points):
        local = (points - self.centre) @ self.axes.T.astype(points.dtype)
        xy = local[:, :2] * (SHADOW_CELLS / 2 / self.radius) + SHADOW_CELLS / 2
        return xy, 3 * self.radius - local[:, 2]

    def covers(self, camera, x, y, depth, bias=0.045):
        """True where the sun does not reach.

        Args:
            camera (Camera): The view.
            x, y, depth (np.ndarray): Points (P,) in pixels of the view and metres before it.
            bias (float): Metres a point must lie behind the lit surface.
        """
        # A pixel's ray is linear in x and y, and so is its place in the sun's view.
        turn = (self.axes @ camera.rotation.T).astype(np.float32)
        start = (self.axes @ (camera.position - self.centre)).astype(np.float32)
        middle_x, middle_y = (camera.width - 1) / 2, (camera.height - 1) / 2
        local = []
        for axis in range(3):
            across, down, ahead = turn[axis]
            across, down = across / camera.focal, down / camera.focal
            ahead = ahead - across * middle_x - down * middle_y
            line = np.float32(across) * x + np.float32(down) * y + np.float32(ahead)
            local.append(start[axis] + line * depth)
        scale = np.float32(SHADOW_CELLS / 2 / self.radius)
        # The buffer has a margin of one cell without shadow, where all outer points end up.
        cells = [
            np.clip(k * scale + (SHADOW_CELLS / 2 + 1.5), 0, SHADOW_CELLS + 1).astype(np.int32)
            for k in local[:2]
        ]
        found = np.take(self.depth, cells[1] * (SHADOW_CELLS + 2) + cells[0])
        return found > np.float32(3 * self.radius + bias) - local[2]


def _texels(textures, material, u, v):
    """Where in the concatenated textures each of P pixels looks, (P,) int32."""
    heights = np.array([t.shape[0] for t in textures], np.float32)
    widths = np.array([t.shape[1] for t in textures], np.float32)
    starts = np.cumsum([0] + [t.shape[0] * t.shape[1] for t in textures[:-1]]).astype(np.int32)
    inside = np.float32(0.9999)
    row = (np.clip(v, 0, inside) * np.take(heights, material)).astype(np.int32)
    width = np.take(widths, material)
    column = (np.clip(u, 0, inside) * width).astype(np.int32)
    return np.take(starts, material) + row * width.astype(np.int32) + column


def _paint(mesh, textures, face, place, planes, width, light):
    """What the P pixels ``place`` of a grid ``width`` wide show of their faces ``face``.

    Returns:
        tuple: cosine (P,) between normal and light, height (P,) of the normal, texel (P,), and
        the colours of all texels, (3, T).
    """
    normals = mesh.normals()
    attributes = np.empty((len(normals), 4), np.float32)
    attributes[:, 0] = normals @ light.direction
    attributes[:, 1] = normals[:, 1]
    attributes[:, 2:] = mesh.uv
    mark = np.zeros(len(mesh.faces), bool)
    mark[face] = True
    used = np.flatnonzero(mark)
    number = np.take((np.cumsum(mark) - 1).astype(np.int32), face)
    values = attributes[mesh.faces[used]].transpose(0, 2, 1)
    plane = np.ascontiguousarray((values @ planes[used]).transpose(1, 2, 0))
    row = (place // width).astype(np.float32)
    column = place.astype(np.float32) - row * np.float32(width)
    lit, up, u, v = (
        np.take(across, number) * column + np.take(down, number) * row + np.take(offset, number)
        for across, down, offset in plane
    )
    material = np.take(mesh.mat[mesh.faces[used, 0]].astype(np.int32), number)
    texel = _texels(textures, material, u, v)
    palette = np.ascontiguousarray(np.concatenate([t.reshape(-1, 3) for t in textures]).T)
    return lit, up, texel, palette


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
    place = np.flatnonzero(index.ravel() >= 0).astype(np.int32)
    colour = np.zeros((3, index.size), np.float32)
    owner = np.full(index.size, -1, np.int32)
    if len(place):
        face = np.take(index, place)
        owner[place] = np.take(owners.astype(np.int32), face)
        lit, up, texel, palette = _paint(
            mesh, textures, face, place, planes, fine.width, light
        )  # fmt: skip
        shade, dark = _gloom(buffer, camera, light, shadows, scale)
        keep = 1 - np.take(dark, place)
        direct = np.clip((lit + np.float32(0.12)) / np.float32(1.12), 0, 1)
        direct *= (1 - np.take(shade, place)) * keep
        up = np.clip(np.float32(0.5) + np.float32(0.5) * up, 0, 1) * keep
        down = keep - up
        for channel in range(3):
            shine = direct * np.float32(light.sun[channel]) + up * np.float32(light.sky[channel])
            shine += down * np.float32(light.ground[channel])
            colour[channel][place] = np.take(palette[channel], texel) * shine
    owner, seen = owner.reshape(index.shape), index >= 0
    colour = colour.reshape(3, *index.shape)
    size = (camera.width, camera.height)
    return Layer(
        cv2.merge([cv2.resize(c, size, interpolation=cv2.INTER_AREA) for c in colour]),
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


def _gloom(buffer, camera, light, shadows, scale):
    """Cast shadows, and the dark of folds, armpits and contacts: two (sH, sW) images in 0 to 1.

    Both are soft, so they are found on the coarse grid.
    """
    coarse = np.ascontiguousarray(buffer[::scale, ::scale])
    seen = coarse > 0
    row, column = (k.astype(np.float32) for k in np.nonzero(seen))
    depth = np.zeros(coarse.shape, np.float32)
    depth[seen] = 1 / coarse[seen]
    shade = np.zeros(coarse.shape, np.float32)
    shade[seen] = shadows.covers(camera, column, row, depth[seen])
    shade = _blur_inside(shade, seen, light.softness * camera.width / 320)
    around = _blur_inside(depth, seen, max(0.035 * camera.width, 5))
    dark = np.where(seen, 0.42 * np.clip((depth - around) / 0.16, 0, 1), 0)
    size = buffer.shape[::-1]
    return cv2.resize(shade, size), cv2.resize(dark.astype(np.float32), size)


def composite(layer, background):
    """The layer over a background (H, W, 3) float32."""
    return layer.colour + (1 - layer.alpha)[..., None] * background
