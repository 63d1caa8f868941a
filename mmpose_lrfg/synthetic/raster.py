"""Z-buffer: which triangle each pixel shows. Vectorised over spans, no loop over triangles."""

import numpy as np


def _expand(first, count):
    """Index of the owner and running position for ``count`` (K,) items starting at ``first``."""
    owner = np.repeat(np.arange(len(count), dtype=np.int32), count)
    ends = np.cumsum(count, dtype=np.int64)
    shift = (first - (ends - count)).astype(np.int32)
    return owner, np.arange(len(owner), dtype=np.int32) + shift[owner]


def rasterise(xy, nearness, faces, width, height):
    """Draw triangles into an index and a depth buffer.

    Args:
        xy (np.ndarray): Vertices in pixels, (N, 2), y down.
        nearness (np.ndarray): Larger is nearer, (N,), positive and linear over the screen (1 / z
            of a perspective camera); vertices at 0 or less lie behind it and drop their faces.
        faces (np.ndarray): Vertex indices (F, 3), counter-clockwise seen from outside; faces that
            show their back are not drawn.
        width, height (int): Size of the buffers in pixels.

    Returns:
        tuple: face index (H, W) int32 with -1 for nothing, nearness (H, W) float32 with 0 for
        nothing, and the barycentric planes (F, 3, 3) float32: weight k of face f at a pixel is
        ``planes[f, k] @ (x, y, 1)``. Planes of faces that were not drawn are 0.
    """
    index = np.full(height * width, -1, np.int32)
    buffer = np.zeros(height * width, np.float32)
    planes = np.zeros((len(faces), 3, 3), np.float32)

    corners = [np.ascontiguousarray(faces[:, k]) for k in range(3)]
    x, y = ([np.ascontiguousarray(xy[:, axis])[c] for c in corners] for axis in (0, 1))
    near = [nearness[c] for c in corners]
    area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
    # Counter-clockwise in the world is clockwise on a screen whose y points down.
    drawn = (area < -1e-9) & (near[0] > 0) & (near[1] > 0) & (near[2] > 0)
    least_x, most_x = np.minimum(np.minimum(*x[:2]), x[2]), np.maximum(np.maximum(*x[:2]), x[2])
    least_y, most_y = np.minimum(np.minimum(*y[:2]), y[2]), np.maximum(np.maximum(*y[:2]), y[2])
    drawn &= (most_x >= 0) & (least_x <= width - 1) & (most_y >= 0) & (least_y <= height - 1)
    kept = np.flatnonzero(drawn)
    if not len(kept):
        return index.reshape(height, width), buffer.reshape(height, width), planes
    x, y, near = ([k[kept] for k in corner] for corner in (x, y, near))
    area = area[kept]

    edges = np.empty((len(kept), 3, 3))
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        edges[:, k, 0] = (y[i] - y[j]) / area
        edges[:, k, 1] = (x[j] - x[i]) / area
        edges[:, k, 2] = (x[i] * y[j] - x[j] * y[i]) / area
    planes[kept] = edges
    near_plane = sum(edges[:, k] * near[k][:, None] for k in range(3))

    top = np.maximum(np.ceil(least_y[kept]), 0).astype(np.int64)
    bottom = np.minimum(np.floor(most_y[kept]), height - 1).astype(np.int64)
    face, row = _expand(top, np.maximum(bottom - top + 1, 0))
    left, right = np.take(least_x[kept], face), np.take(most_x[kept], face)
    for k in range(3):
        slope, rise, offset = (edges[:, k, c] for c in range(3))
        upright = np.abs(slope) > 1e-12
        safe = np.where(upright, slope, 1.0)
        # An edge bounds the rows it crosses on the left or on the right; flat edges bound nothing.
        tilt = np.where(upright, -rise / safe, 0.0)
        for side, best in ((slope > 1e-12, left), (slope < -1e-12, right)):
            place = np.flatnonzero(np.take(side, face))
            owner = np.take(face, place)
            crossing = np.take(tilt, owner) * np.take(row, place)
            crossing -= np.take(offset / safe, owner)
            pick = np.maximum if best is left else np.minimum
            best[place] = pick(np.take(best, place), crossing)
    # Slightly generous spans close the hairlines between neighbours.
    start = np.maximum(np.ceil(left - 1e-3), 0).astype(np.int64)
    stop = np.minimum(np.floor(right + 1e-3), width - 1).astype(np.int64)
    span, column = _expand(start, np.maximum(stop - start + 1, 0))

    slope, rise, offset = (np.ascontiguousarray(near_plane[:, c])[face] for c in range(3))
    base = (rise * row + offset).astype(np.float32)
    depth = np.take(slope.astype(np.float32), span) * column.astype(np.float32)
    depth += np.take(base, span)
    pixel = np.take(row.astype(np.int32) * np.int32(width), span) + column
    np.maximum.at(buffer, pixel, depth)
    won = np.flatnonzero(depth == np.take(buffer, pixel))
    index[pixel[won]] = kept[face[span[won]]]
    return index.reshape(height, width), buffer.reshape(height, width), planes
