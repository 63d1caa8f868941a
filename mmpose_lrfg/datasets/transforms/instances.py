"""Geometric transforms of all annotated instances of a training sample at once."""

from collections.abc import Sequence

import numpy as np

from mmpose_lrfg.datasets.transforms.geometry import (
    mirror_matrix,
    transform_boxes,
    transform_points,
)

# Annotations of N instances in a sample of MMPose; every array has N rows.
FIELDS = ('bbox', 'bbox_score', 'category_id', 'keypoints', 'keypoints_visible', 'area')


def instances_of(results: dict) -> dict[str, np.ndarray] | None:
    """Return the annotations of a sample, None if it has none.

    Returns:
        dict: ``bbox`` (N, 4) as x1, y1, x2, y2, ``keypoints`` (N, K, 2) in pixels,
        ``keypoints_visible`` (N, K), -1 for instances without annotated keypoints, ``area``,
        ``bbox_score``, ``category_id`` (N,).
    """
    if 'bbox' not in results or 'keypoints' not in results:
        return None
    instances = {name: np.asarray(results[name]) for name in FIELDS if name in results}
    if instances['keypoints_visible'].ndim == 3:  # MMPose's (N, K, 2) with weights beside
        instances['keypoints_visible'] = instances['keypoints_visible'][..., 0]
    return instances


def no_instances(num_keypoints: int) -> dict[str, np.ndarray]:
    """Return the annotations of an image without instances."""
    shapes = dict(bbox=(4,), keypoints=(num_keypoints, 2), keypoints_visible=(num_keypoints,))
    empty = {name: np.zeros((0, *shapes.get(name, ())), np.float32) for name in FIELDS}
    empty['category_id'] = empty['category_id'].astype(np.int64)
    return empty


def move(instances: dict[str, np.ndarray], matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Transform instances by a matrix (3, 3)."""
    moved = dict(instances)
    moved['bbox'] = transform_boxes(instances['bbox'], matrix)
    moved['keypoints'] = transform_points(instances['keypoints'], matrix)
    if 'area' in instances:
        moved['area'] = instances['area'] * abs(np.linalg.det(matrix[:2, :2]))
    return moved


def clip(instances: dict[str, np.ndarray], size: Sequence[float]) -> dict[str, np.ndarray]:
    """Clip boxes to a canvas (width, height); keypoints outside become not annotated."""
    cut = dict(instances)
    cut['bbox'] = instances['bbox'].clip(0, [*size, *size])
    points = instances['keypoints']
    inside = ((points >= 0) & (points <= np.asarray(size))).all(axis=-1)
    visible = instances['keypoints_visible']
    cut['keypoints_visible'] = np.where(inside, visible, np.minimum(visible, 0))
    return cut


def flip(
    instances: dict[str, np.ndarray], size: Sequence[float], flip_indices: Sequence[int]
) -> dict[str, np.ndarray]:
    """Mirror an image (width, height) horizontally and swap left and right keypoints."""
    order = list(flip_indices)
    flipped = {
        **instances,
        'keypoints': instances['keypoints'][:, order],
        'keypoints_visible': instances['keypoints_visible'][:, order],
    }
    # Points at the right border, half a pixel beyond the last centre, are now outside.
    return clip(move(flipped, mirror_matrix(size[0])), size)


def concatenate(groups: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Concatenate the instances of several images; fields that one of them lacks are dropped."""
    names = [name for name in FIELDS if all(name in group for group in groups)]
    return {name: np.concatenate([group[name] for group in groups]) for name in names}


def to_float32(instances: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Convert float64 arrays to float32, as in MMPose's annotations."""
    return {
        name: values.astype(np.float32) if values.dtype == np.float64 else values
        for name, values in instances.items()
    }


def filter_visible(
    instances: dict[str, np.ndarray],
    whole: np.ndarray,
    min_size: float,
    min_visible: float,
) -> dict[str, np.ndarray]:
    """Drop instances of which too little is visible, and zero keypoints without annotation.

    An instance without annotated keypoints stays, as a box.

    Args:
        instances (dict): After clipping.
        whole (np.ndarray): (N, 4), boxes before clipping.
        min_size (float): Boxes not wider and higher than this, in pixels, are dropped.
        min_visible (float): Least visible part of the area of the whole box, 0 to 1.
    """
    sides = instances['bbox'][:, 2:] - instances['bbox'][:, :2]
    sides_before = whole[:, 2:] - whole[:, :2]
    kept = (sides > min_size).all(axis=1)
    kept &= sides.prod(axis=1) >= min_visible * sides_before.prod(axis=1)
    chosen = {name: values[kept] for name, values in instances.items()}
    annotated = chosen['keypoints_visible'] > 0
    chosen['keypoints'] = chosen['keypoints'] * annotated[..., None]
    return chosen
