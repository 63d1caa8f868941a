"""Triangle meshes and the one primitive that builds them: a loft through superellipse rings."""

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
        mat (np.ndarray): Index into the texture list of each vertex, (N,).
        bones (np.ndarray): The two bones that move each vertex, (N, 2).
        weight (np.ndarray): Share of the first of them, (N,).
        weld (np.ndarray): Index (N,) of the vertex whose normal each vertex shares (seams, caps).
    """

    verts: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    mat: np.ndarray
    bones: np.ndarray
    weight: np.ndarray
    weld: np.ndarray

    def two_sided(self):
        """The mesh with its back faces added, for cloth and other open surfaces."""
        return replace(self, faces=np.concatenate([self.faces, self.faces[:, ::-1]]))

    def transformed(self, rotation, offset):
        """The mesh with its vertices turned by (3, 3) and moved by (3,)."""
        return replace(self, verts=self.verts @ np.asarray(rotation, float).T + offset)

    def on_bones(self, first, second=None, weight=1.0):
        """The mesh moved by one bone, or two shared by ``weight`` (N,) of the first."""
        n = len(self.verts)
        bones = np.empty((n, 2), np.int64)
        bones[:, 0], bones[:, 1] = first, first if second is None else second
        return replace(self, bones=bones, weight=np.broadcast_to(weight, n).astype(float))

    def normals(self):
        """Unit normals (N, 3) of the vertices, smooth over welded seams."""
        corners = [np.ascontiguousarray(self.faces[:, k]) for k in range(3)]
        x, y, z = (np.ascontiguousarray(self.verts[:, axis]) for axis in range(3))
        (x1, x2), (y1, y2), (z1, z2) = (
            (np.take(k, corners[1]) - np.take(k, corners[0]),
             np.take(k, corners[2]) - np.take(k, corners[0]))
            for k in (x, y, z)
        )  # fmt: skip
        index = np.take(self.weld, np.concatenate(corners))
        out = np.empty((3, len(self.verts)))
        flat = (y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
        for axis in range(3):
            total = np.bincount(index, np.tile(flat[axis], 3), minlength=len(self.verts))
            out[axis] = np.take(total, self.weld)
        return (out / np.maximum(np.sqrt((out * out).sum(0)), 1e-12)).T


def merge(meshes):
    """One mesh of several; their material indices must already count in one list."""
    starts = np.cumsum([0] + [len(m.verts) for m in meshes[:-1]])
    return Mesh(
        verts=np.concatenate([m.verts for m in meshes]),
        faces=np.concatenate([m.faces + s for m, s in zip(meshes, starts)]),
        uv=np.concatenate([m.uv for m in meshes]),
        mat=np.concatenate([m.mat for m in meshes]),
        bones=np.concatenate([m.bones for m in meshes]),
        weight=np.concatenate([m.weight for m in meshes]),
        weld=np.concatenate([m.weld + s for m, s in zip(meshes, starts)]),
    )


@lru_cache(maxsize=256)
def _topology(rings, around, closed_start, closed_end):
    """Faces and weld map of ``rings`` x (``around`` + 1) vertices, ring by ring."""
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
    collapsed = weld[faces]
    keep = (
        (collapsed[:, 0] != collapsed[:, 1])
        & (collapsed[:, 1] != collapsed[:, 2])
        & (collapsed[:, 2] != collapsed[:, 0])
    )
    return faces[keep], weld


@lru_cache(maxsize=64)
def _angles(around, squareness):
    angle = np.linspace(-np.pi, np.pi, around + 1)
    power = 2.0 / squareness
    sin, cos = np.sin(angle), np.cos(angle)
    return (
        np.sign(sin) * np.abs(sin) ** power,
        np.sign(cos) * np.abs(cos) ** power,
        angle / (2 * np.pi) + 0.5,
    )


def loft(centres, half, front, back, v, around=12, squareness=2.0, material=0, bone=0):
    """A closed or open tube through horizontal rings, listed upwards or downwards.

    Args:
        centres (np.ndarray): Ring centres (R, 3).
        half, front, back (np.ndarray): Half width along x and depths along +z and -z, (R,) each,
            metres. A first or last ring of width 0 closes the tube.
        v (np.ndarray): Second texture coordinate of the rings, (R,). The first runs around and is
            0.5 at the front, with the seam at the back.
        around (int): Vertices around a ring.
        squareness (float): 2 is an ellipse; more is boxier.
        material, bone (int): Given to every vertex.
    """
    centres = np.asarray(centres, float)
    half, front, back = (np.asarray(k, float) for k in (half, front, back))
    sin, cos, u = _angles(around, squareness)
    verts = np.repeat(centres[:, None], around + 1, axis=1)
    verts[..., 0] += half[:, None] * sin
    verts[..., 2] += np.where(cos > 0, front[:, None], back[:, None]) * cos
    n = verts.shape[0] * verts.shape[1]
    faces, weld = _topology(len(centres), around, half[0] <= 1e-6, half[-1] <= 1e-6)
    if centres[-1, 1] < centres[0, 1]:
        faces = faces[:, ::-1]
    uv = np.empty((len(centres), around + 1, 2))
    uv[..., 0], uv[..., 1] = u, np.asarray(v, float)[:, None]
    return Mesh(
        verts=verts.reshape(n, 3),
        faces=faces,
        uv=uv.reshape(n, 2),
        mat=np.full(n, material),
        bones=np.full((n, 2), bone),
        weight=np.ones(n),
        weld=weld,
    )


def ellipsoid(centre, radii, around=12, rings=9, material=0, bone=0):
    """An ellipsoid around ``centre`` (3,) with ``radii`` (3,) along x, y and z."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings)
    scale = np.cos(angle)
    scale[[0, -1]] = 0.0
    centres = np.zeros((rings, 3)) + centre
    centres[:, 1] += np.sin(angle) * radii[1]
    depth = scale * radii[2]
    v = np.linspace(0, 1, rings)
    return loft(centres, scale * radii[0], depth, depth, v, around, 2.0, material, bone)


@lru_cache(maxsize=8)
def _unit_box(parts):
    grid = np.linspace(-1, 1, parts + 1)
    a, b = (k.ravel() for k in np.meshgrid(grid, grid, indexing='ij'))
    ones = np.ones_like(a)
    verts, faces, uv = [], [], []
    corner = (np.arange(parts)[:, None] * (parts + 1) + np.arange(parts)).ravel()
    quad = np.stack([corner, corner + parts + 1, corner + parts + 2, corner + 1], 1)
    tri = np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])
    for axis in range(3):
        for sign in (1, -1):
            side = np.empty((len(a), 3))
            side[:, axis] = sign * ones
            side[:, (axis + 1) % 3], side[:, (axis + 2) % 3] = a, b
            faces.append((tri if sign > 0 else tri[:, ::-1]) + len(a) * len(verts))
            verts.append(side)
            # The vertical axis of every upright side is its v coordinate.
            uv.append(np.stack([b, a] if axis == 0 else [a, b], 1) / 2 + 0.5)
    return np.concatenate(verts), np.concatenate(faces), np.concatenate(uv)


def box(centre, half, material=0, parts=2):
    """A box around ``centre`` (3,) with half sizes ``half`` (3,) and flat sides."""
    verts, faces, uv = _unit_box(parts)
    n = len(verts)
    return Mesh(
        verts=verts * np.asarray(half, float) + np.asarray(centre, float),
        faces=faces,
        uv=uv,
        mat=np.full(n, material),
        bones=np.zeros((n, 2), np.int64),
        weight=np.ones(n),
        weld=np.arange(n),
    )


def rotation_y(angle):
    """Rotation (3, 3) by ``angle`` radians about the vertical."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def align_y(direction):
    """A rotation (3, 3) that takes the y axis to ``direction`` (3,)."""
    y = np.asarray(direction, float) / np.linalg.norm(direction)
    helper = (0.0, 0.0, 1.0) if abs(y[2]) < 0.9 else (1.0, 0.0, 0.0)
    x = np.cross(y, helper)
    x /= np.linalg.norm(x)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def rod(start, end, radius, end_radius=None, around=8, material=0):
    """A closed round rod from ``start`` to ``end`` (3,)."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = np.linalg.norm(end - start)
    last = radius if end_radius is None else end_radius
    heights = np.array([0.0, 0.0, 0.5, 1.0, 1.0]) * length
    widths = np.array([0.0, radius, (radius + last) / 2, last, 0.0])
    centres = np.stack([0 * heights, heights, 0 * heights], 1)
    tube = loft(centres, widths, widths, widths, heights / max(length, 1e-6), around, 2.0, material)
    return tube.transformed(align_y(end - start), start)
