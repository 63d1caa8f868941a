"""Triangle meshes with a texture, and what builds them: tubes, and solid balls, rods and boxes."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

UPRIGHT = np.eye(3)


@dataclass(frozen=True)
class Mesh:
    """Triangles with smooth normals and one texture."""

    verts: np.ndarray  # (N, 3) metres
    normals: np.ndarray  # (N, 3) unit vectors
    faces: np.ndarray  # (F, 3) vertex indices, counter-clockwise seen from outside
    uv: np.ndarray  # (N, 2) column and row of the texture in [0, 1]
    texture: np.ndarray  # BGR uint8, (SIDE, SIDE, 3)

    def moved(self, offset, rotation=UPRIGHT):
        """Return the mesh rotated by (3, 3), then moved by (3,)."""
        verts, normals = self.verts @ rotation.T + offset, self.normals @ rotation.T
        return replace(self, verts=verts, normals=normals)


@lru_cache(maxsize=64)
def _grid_faces(rings, around):
    """Triangles between ``rings`` x (``around`` + 1) vertices, ring by ring."""
    row, column = np.mgrid[0 : rings - 1, 0:around]
    corner = (row * (around + 1) + column).ravel()
    quad = np.stack([corner, corner + 1, corner + around + 2, corner + around + 1], 1)
    return np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def tube(texture, centres, half, front, back, axes, v, around=12, squareness=2.0):
    """Build an open or closed tube through rings.

    Args:
        texture (np.ndarray): Its columns run around the tube, with the front (+z) in the middle.
        centres (np.ndarray): Ring centres (R, 3), in the direction of the y axes of the rings.
        half, front, back (np.ndarray): Half width along the x axis of the rings, and depths along
            their +z and -z, (R,) each, metres. A first or last ring of width 0 closes the tube.
        axes (np.ndarray): Axes of the rings as columns, (3, 3) or (R, 3, 3).
        v (np.ndarray): Row of the texture of each ring, (R,) in [0, 1].
        around (int): Vertices around a ring.
        squareness (float): 2 is an ellipse; more is boxier.
    """
    axes = np.broadcast_to(axes, (len(half), 3, 3))
    angle = np.linspace(-np.pi, np.pi, around + 1)
    circle = np.stack([np.sin(angle), np.cos(angle)]).round(9)
    x, z = np.sign(circle) * np.abs(circle) ** (2 / squareness)
    depth = np.where(z > 0, front[:, None], back[:, None]) * z
    verts = centres[:, None] + depth[..., None] * axes[:, None, :, 2]
    verts += (half[:, None] * x)[..., None] * axes[:, None, :, 0]
    closed = np.concatenate([verts[:, -2:-1], verts, verts[:, 1:2]], 1)
    normals = np.cross(closed[:, 2:] - closed[:, :-2], np.gradient(verts, axis=0))
    for end, sign in ((0, -1), (-1, 1)):
        if half[end] == 0:
            normals[end] = sign * axes[end, :, 1]
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
    uv = np.stack(np.broadcast_arrays(angle / (2 * np.pi) + 0.5, v[:, None]), 2)
    verts, normals, uv = verts.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2)
    return Mesh(verts, normals, _grid_faces(len(half), around), uv, texture)


# Double rings separate the shading of the ends from that of the sides.
_ENDS, _WIDTH = np.array([0.0, 0, 0, 1, 1, 1]), np.array([0.0, 1, 1, 1, 1, 0])
_V = np.linspace(0, 1, 9)
_SINE = np.sin(np.pi * _V) * (_V % 1 > 0)


def _solid(heights, width, v, around, squareness):
    centres = np.outer(heights, (0, 1, 0))
    return tube(None, centres, width, width, width, np.eye(3), v, around, squareness)


#: Solids of radius 1 around the origin.
BALL = _solid(-np.cos(np.pi * _V), _SINE, _V, 12, 2)
ROD, BOX = (_solid(2 * _ENDS - 1, _WIDTH, _ENDS, 8, squareness) for squareness in (2, 60))


def solid(shape, texture, centre, radii, axes=UPRIGHT):
    """Build a ``BALL``, ``ROD`` or ``BOX`` with ``radii`` (3,) along its axes, a column each."""
    normals = shape.normals / np.maximum(radii, 1e-6)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(shape.verts * radii, normals, shape.faces, shape.uv, texture).moved(centre, axes)
