"""Triangle meshes, and the primitives that build them: tubes, ellipsoids, boxes and rods."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np


@dataclass
class Mesh:
    """Triangles with texture coordinates and skinning weights.

    Args:
        verts (np.ndarray): Vertices (N, 3) in metres.
        faces (np.ndarray): Vertex indices (F, 3), counter-clockwise seen from outside.
        uv (np.ndarray): Texture coordinates (N, 2) in [0, 1].
        material (np.ndarray): Index into the list of textures of each vertex, (N,).
        bones (np.ndarray): The two bones that move each vertex, (N, 2).
        weight (np.ndarray): Share of the first bone, (N,).
        weld (np.ndarray): Index (N,) of the vertex whose normal each vertex shares (at seams).
    """

    verts: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    material: np.ndarray
    bones: np.ndarray
    weight: np.ndarray
    weld: np.ndarray

    def two_sided(self):
        """Return the mesh with its back faces added, for cloth and other open surfaces."""
        return replace(self, faces=np.concatenate([self.faces, self.faces[:, ::-1]]))

    def transformed(self, rotation, offset):
        """Return the mesh rotated by (3, 3) and moved by (3,)."""
        return replace(self, verts=self.verts @ np.asarray(rotation, float).T + offset)

    def on_bones(self, first, second, weight):
        """Return the mesh moved by two bones, with ``weight`` (N,) of the first."""
        bones = np.empty((len(self.verts), 2), np.int64)
        bones[:, 0], bones[:, 1] = first, second
        return replace(self, bones=bones, weight=weight)

    def normals(self):
        """Unit normals (N, 3) of the vertices, smooth over welded seams."""
        # One array per coordinate is faster than rows of three.
        a, b, c = (np.ascontiguousarray(self.verts[self.faces[:, k]].T) for k in range(3))
        (x1, y1, z1), (x2, y2, z2) = b - a, c - a
        flat = (y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
        index = np.take(self.weld, self.faces.T.ravel())
        normals = np.empty((3, len(self.verts)))
        for axis in range(3):
            total = np.bincount(index, np.tile(flat[axis], 3), minlength=len(self.verts))
            normals[axis] = np.take(total, self.weld)
        return (normals / np.maximum(np.sqrt((normals**2).sum(0)), 1e-12)).T


def merge(meshes):
    """Join meshes; their material indices already refer to one list of textures."""
    starts = np.cumsum([0] + [len(m.verts) for m in meshes[:-1]])
    return Mesh(
        verts=np.concatenate([m.verts for m in meshes]),
        faces=np.concatenate([m.faces + s for m, s in zip(meshes, starts)]),
        uv=np.concatenate([m.uv for m in meshes]),
        material=np.concatenate([m.material for m in meshes]),
        bones=np.concatenate([m.bones for m in meshes]),
        weight=np.concatenate([m.weight for m in meshes]),
        weld=np.concatenate([m.weld + s for m, s in zip(meshes, starts)]),
    )


@lru_cache(maxsize=256)
def _topology(rings, around, closed_start, closed_end):
    """Faces and weld indices of ``rings`` x (``around`` + 1) vertices, ring by ring."""
    columns = around + 1
    r, c = np.mgrid[0 : rings - 1, 0:around]
    corner = (r * columns + c).ravel()
    quad = np.stack([corner, corner + 1, corner + columns + 1, corner + columns], 1)
    faces = np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])
    weld = np.arange(rings * columns)
    weld[around::columns] = weld[::columns]
    if closed_start:
        weld[:columns] = 0
    if closed_end:
        weld[-columns:] = (rings - 1) * columns
    welded = weld[faces]
    return faces[(welded != np.roll(welded, 1, axis=1)).all(1)], weld


@lru_cache(maxsize=64)
def _ring(around, squareness):
    """x, z and u of a unit superellipse that starts and ends at the back."""
    angle = np.linspace(-np.pi, np.pi, around + 1)
    sin, cos = np.sin(angle).round(12), np.cos(angle).round(12)
    power = 2.0 / squareness
    x, z = np.sign(sin) * np.abs(sin) ** power, np.sign(cos) * np.abs(cos) ** power
    return x, z, angle / (2 * np.pi) + 0.5


def tube(centres, half, front, back, v, around=12, squareness=2.0, material=0, bone=0):
    """Build an open or closed tube through horizontal rings, listed upwards or downwards.

    Args:
        centres (np.ndarray): Ring centres (R, 3).
        half, front, back (np.ndarray): Half width along x and depths along +z and -z, (R,) each,
            metres. A first or last ring of width 0 closes the tube.
        v (np.ndarray): Second texture coordinate of the rings, (R,). The first coordinate runs
            around, is 0.5 at the front and has its seam at the back.
        around (int): Vertices around a ring.
        squareness (float): 2 is an ellipse; more is boxier.
        material, bone (int): Of every vertex.
    """
    centres = np.asarray(centres, float)
    x, z, u = _ring(around, squareness)
    verts = np.repeat(centres[:, None], around + 1, axis=1)
    verts[..., 0] += half[:, None] * x
    verts[..., 2] += np.where(z > 0, front[:, None], back[:, None]) * z
    n = verts.shape[0] * verts.shape[1]
    faces, weld = _topology(len(centres), around, half[0] <= 1e-6, half[-1] <= 1e-6)
    if centres[-1, 1] < centres[0, 1]:
        faces = faces[:, ::-1]
    uv = np.empty((len(centres), around + 1, 2))
    uv[..., 0], uv[..., 1] = u, np.asarray(v, float)[:, None]
    bones, material = np.full((n, 2), bone), np.full(n, material)
    return Mesh(verts.reshape(n, 3), faces, uv.reshape(n, 2), material, bones, np.ones(n), weld)


def column(heights):
    """Ring centres (R, 3) on the y axis."""
    return np.stack([0 * heights, heights, 0 * heights], 1)


def ellipsoid(centre, radii, around=12, rings=9, material=0, bone=0):
    """Build an ellipsoid around ``centre`` (3,) with ``radii`` (3,) along x, y and z."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings)
    scale = np.cos(angle)
    scale[[0, -1]] = 0.0
    centres = column(np.sin(angle) * radii[1]) + centre
    half, depth = scale * radii[0], scale * radii[2]
    v = np.linspace(0, 1, rings)
    return tube(centres, half, depth, depth, v, around, 2.0, material, bone)


def rod(start, end, radius, end_radius=None, around=8, material=0, bone=0):
    """Build a closed round rod from ``start`` to ``end`` (3,)."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = np.linalg.norm(end - start)
    end_radius = radius if end_radius is None else end_radius
    v = np.array([0.0, 0.0, 0.5, 1.0, 1.0])
    radii = np.array([0.0, radius, (radius + end_radius) / 2, end_radius, 0.0])
    mesh = tube(column(v * length), radii, radii, radii, v, around, 2.0, material, bone)
    return mesh.transformed(_rotation_from_y(end - start), start)


def box(centre, half, material=0):
    """Build a box around ``centre`` (3,) with half sizes ``half`` (3,)."""
    # Double rings keep the shading of top and bottom apart from that of the sides.
    v = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    size = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    centres = column((2 * v - 1) * half[1]) + centre
    return tube(centres, size * half[0], size * half[2], size * half[2], v, 8, 60.0, material)


def rotation_y(angle):
    """Rotation (3, 3) by ``angle`` radians about the vertical axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _rotation_from_y(direction):
    """A rotation (3, 3) of the y axis to ``direction`` (3,)."""
    a, b, c = direction / np.linalg.norm(direction)
    x = np.array([b, -a, 0.0]) if abs(c) < 0.9 else np.array([0.0, c, -b])
    p, q, r = x / np.linalg.norm(x)
    return np.array([[p, a, q * c - r * b], [q, b, r * a - p * c], [r, c, p * b - q * a]])
