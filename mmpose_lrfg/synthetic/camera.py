"""Pinhole camera and z-buffer: which triangle of a scene each pixel shows.

World: metres, y up, the ground is y = 0. Camera: x right, y down, z forward. Pixels: the centre of
the upper left pixel is (0, 0), as in COCO.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Args:
        rotation (np.ndarray): World to camera, (3, 3); rows are right, down and forward.
        position (np.ndarray): Centre of the camera in the world, (3,), metres.
        focal (float): Focal length in pixels.
        width, height (int): Image size in pixels.
    """

    rotation: np.ndarray
    position: np.ndarray
    focal: float
    width: int
    height: int

    @classmethod
    def look_at(cls, position, target, focal, width, height, roll=0.0):
        """Return a camera at ``position`` that looks at ``target``, turned by ``roll`` radians."""
        position = np.asarray(position, float)
        forward = np.asarray(target, float) - position
        forward /= np.linalg.norm(forward)
        upright = (0.0, 1.0, 0.0) if abs(forward[1]) < 0.999 else (0.0, 0.0, 1.0)
        right = np.cross(forward, upright)
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        cos, sin = np.cos(roll), np.sin(roll)
        rotation = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
        return cls(rotation, position, float(focal), int(width), int(height))

    def project(self, points):
        """Project world points (N, 3) to pixels (N, 2) and depths (N,) in metres."""
        local = (np.asarray(points) - self.position) @ self.rotation.T
        depth = np.maximum(local[:, 2], 1e-3)
        centre = ((self.width - 1) / 2, (self.height - 1) / 2)
        return local[:, :2] * (self.focal / depth)[:, None] + centre, local[:, 2]

    def rays(self, x, y):
        """Directions (3, ...) float32 in the world through pixels, with forward component 1."""
        dx = (x - np.float32((self.width - 1) / 2)) / np.float32(self.focal)
        dy = (y - np.float32((self.height - 1) / 2)) / np.float32(self.focal)
        right, down, forward = self.rotation.astype(np.float32)
        return np.stack([dx * right[k] + dy * down[k] + forward[k] for k in range(3)])


def _expand(first, count):
    """Owner and running value of ``count`` (K,) consecutive integers from ``first`` (K,)."""
    owner = np.repeat(np.arange(len(count), dtype=np.int32), count)
    shift = (first - (np.cumsum(count, dtype=np.int64) - count)).astype(np.int32)
    return owner, np.arange(len(owner), dtype=np.int32) + shift[owner]


def rasterise(xy, nearness, faces, width, height):
    """Draw triangles into an index and a depth buffer, vectorised over rows of pixels.

    Args:
        xy (np.ndarray): Vertices in pixels, (N, 2), y down.
        nearness (np.ndarray): Larger is nearer, (N,), positive and linear over the image (1 / z of
            a perspective camera). Faces with a vertex at 0 or less, behind it, are not drawn.
        faces (np.ndarray): Vertex indices (F, 3), counter-clockwise seen from outside. Back faces
            are not drawn either.
        width, height (int): Size of the buffers in pixels.

    Returns:
        tuple: face index (H, W) int32 with -1 for nothing, nearness (H, W) float32 with 0 for
        nothing, and the barycentric planes (F, 3, 3) float32: weight k of face f at a pixel is
        ``planes[f, k] @ (x, y, 1)``. Planes of faces that were not drawn are 0.
    """
    index = np.full(height * width, -1, np.int32)
    buffer = np.zeros(height * width, np.float32)
    planes = np.zeros((len(faces), 3, 3), np.float32)

    corners = np.ascontiguousarray(faces.T)
    x, y, near = xy[:, 0][corners], xy[:, 1][corners], nearness[corners]
    area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
    # Counter-clockwise in the world is clockwise on an image whose y axis points down.
    drawn = (area < -1e-9) & (near > 0).all(0)
    drawn &= (x.max(0) >= 0) & (x.min(0) <= width - 1) & (y.max(0) >= 0) & (y.min(0) <= height - 1)
    kept = np.flatnonzero(drawn)
    x, y, near, area = x[:, kept], y[:, kept], near[:, kept], area[kept]

    edges = np.empty((len(kept), 3, 3))
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        edges[:, k, 0] = (y[i] - y[j]) / area
        edges[:, k, 1] = (x[j] - x[i]) / area
        edges[:, k, 2] = (x[i] * y[j] - x[j] * y[i]) / area
    planes[kept] = edges
    near_plane = sum(edges[:, k] * near[k][:, None] for k in range(3))

    top = np.maximum(np.ceil(y.min(0)), 0).astype(np.int64)
    bottom = np.minimum(np.floor(y.max(0)), height - 1).astype(np.int64)
    face, row = _expand(top, np.maximum(bottom - top + 1, 0))
    left, right = np.take(x.min(0), face), np.take(x.max(0), face)
    for k in range(3):
        # An edge limits its rows on the left or on the right; a level edge limits nothing.
        slope, rise, offset = edges[:, k].T
        safe = np.where(np.abs(slope) > 1e-12, slope, np.inf)
        crossing = -np.take(rise / safe, face) * row - np.take(offset / safe, face)
        side = np.take(slope, face)
        left = np.where(side > 1e-12, np.maximum(left, crossing), left)
        right = np.where(side < -1e-12, np.minimum(right, crossing), right)
    # Slightly generous limits close the hairlines between neighbours.
    start = np.maximum(np.ceil(left - 1e-3), 0).astype(np.int64)
    stop = np.minimum(np.floor(right + 1e-3), width - 1).astype(np.int64)
    span, column = _expand(start, np.maximum(stop - start + 1, 0))

    slope, rise, offset = (np.take(plane, face) for plane in near_plane.T)
    base = (rise * row + offset).astype(np.float32)
    depth = np.take(slope.astype(np.float32), span) * column.astype(np.float32)
    depth += np.take(base, span)
    pixel = np.take(row.astype(np.int32) * np.int32(width), span) + column
    np.maximum.at(buffer, pixel, depth)
    won = np.flatnonzero(depth == np.take(buffer, pixel))
    index[pixel[won]] = kept[face[span[won]]]
    return index.reshape(height, width), buffer.reshape(height, width), planes
