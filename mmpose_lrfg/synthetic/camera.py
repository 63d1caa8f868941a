"""Pinhole camera and z-buffer: which triangle of a scene each pixel shows.

World: metres, y up, the ground is y = 0. Camera: x right, y down, z forward. Pixels: the centre of
the upper left pixel is (0, 0), as in COCO.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; lengths in the image are in pixels."""

    rotation: np.ndarray  # (3, 3) world to camera; rows are right, down and forward
    position: np.ndarray  # (3,) centre in the world, metres
    focal: float
    width: int
    height: int

    @classmethod
    def look_at(cls, position, target, focal, width, height, roll=0.0):
        """Return a camera at ``position`` that looks at ``target``, turned by ``roll`` radians."""
        forward = np.subtract(target, position) / np.linalg.norm(np.subtract(target, position))
        right = np.cross(forward, (0, 1, 0))
        right /= np.linalg.norm(right)
        down, cos, sin = np.cross(forward, right), np.cos(roll), np.sin(roll)
        rotation = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
        return cls(rotation, np.asarray(position, float), focal, width, height)

    def project(self, points):
        """Project world points (N, 3) to pixels (N, 2) and depths (N,) in metres."""
        local = (np.asarray(points) - self.position) @ self.rotation.T
        depth = np.maximum(local[:, 2], 1e-3)
        centre = ((self.width - 1) / 2, (self.height - 1) / 2)
        return local[:, :2] * (self.focal / depth)[:, None] + centre, local[:, 2]

    def rays(self):
        """Directions (3, H, W) float32 in the world through all pixels, 1 long along the view."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        x, y = x - np.float32((self.width - 1) / 2), y - np.float32((self.height - 1) / 2)
        right, down, forward = self.rotation.astype(np.float32)
        focal = np.float32(self.focal)
        return np.stack([(x * r + y * d) / focal + f for r, d, f in zip(right, down, forward)])


def _expand(first, last):
    """Owner and value of the integers from ``first`` (K,) to ``last`` (K,), one run per owner."""
    count = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(count), dtype=np.int32), count)
    shift = (first - (np.cumsum(count) - count)).astype(np.int32)
    return owner, np.arange(len(owner), dtype=np.int32) + shift[owner]


def rasterise(xy, nearness, faces, width, height):
    """Draw triangles into an index and a depth buffer.

    Args:
        xy (np.ndarray): Vertices in pixels, (N, 2), y down.
        nearness (np.ndarray): 1 / z of the vertices, (N,); 0 or less is behind the camera.
        faces (np.ndarray): Vertex indices (F, 3), counter-clockwise seen from outside. Back faces
            and faces that reach behind the camera are not drawn.
        width, height (int): Size of the buffers in pixels.

    Returns:
        tuple: face index (H, W) int32 with -1 for nothing; nearness (H, W) float32; barycentric
        planes (F, 3, 3) float32: the weight of corner k of face f at a pixel is
        ``planes[f, k] @ (x, y, 1)``.
    """
    x, y, near = xy[faces.T, 0], xy[faces.T, 1], nearness[faces.T]
    area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
    # Counter-clockwise in the world is clockwise on an image whose y axis points down.
    drawn = (area < -1e-9) & (near > 0).all(0)
    drawn &= (x.max(0) >= 0) & (x.min(0) <= width - 1) & (y.max(0) >= 0) & (y.min(0) <= height - 1)
    kept = np.flatnonzero(drawn)
    x, y, near, area = x[:, kept], y[:, kept], near[:, kept], area[kept]
    (xi, xj), (yi, yj) = ((np.roll(k, -1, 0), np.roll(k, -2, 0)) for k in (x, y))
    edges = np.stack([yi - yj, xj - xi, xi * yj - xj * yi]) / area  # (coefficient, corner, face)
    planes = np.zeros((len(faces), 3, 3), np.float32)
    planes[kept] = edges.transpose(2, 1, 0)

    # Rows of each face, then columns of each of these rows.
    top, bottom = np.ceil(y.min(0)).astype(int), np.floor(y.max(0)).astype(int)
    face, row = _expand(np.maximum(top, 0), np.minimum(bottom, height - 1))
    order = np.argsort(y, 0)
    x, y = np.take_along_axis(x, order, 0), np.take_along_axis(y, order, 0)

    def crossing(i, j):
        slope = (x[j] - x[i]) / np.maximum(y[j] - y[i], 1e-9)
        return np.take(x[i] - slope * y[i], face) + np.take(slope, face) * row

    one, other = crossing(0, 2), np.where(row < np.take(y[1], face), crossing(0, 1), crossing(1, 2))
    # Slightly generous limits close the hairlines between neighbours.
    left, right = np.minimum(one, other) - 1e-3, np.maximum(one, other) + 1e-3
    left, right = np.maximum(np.ceil(left), 0), np.minimum(np.floor(right), width - 1)
    span, column = _expand(left.astype(int), right.astype(int))

    slope, rise, offset = (np.take(plane, face) for plane in (edges * near).sum(1))
    base = (rise * row + offset).astype(np.float32)
    depth = np.take(slope.astype(np.float32), span) * column.astype(np.float32)
    depth += np.take(base, span)
    pixel = np.take(row * np.int32(width), span) + column
    index, buffer = np.full(height * width, -1, np.int32), np.zeros(height * width, np.float32)
    np.maximum.at(buffer, pixel, depth)
    won = np.flatnonzero(depth == np.take(buffer, pixel))
    index[pixel[won]] = kept[face[span[won]]]
    return index.reshape(height, width), buffer.reshape(height, width), planes
