"""The annotated people of a training sample, moved, cut off and sorted out together."""

from collections.abc import Sequence

import numpy as np

from mmpose_lrfg.datasets.transforms.geometry import (
    mirror_matrix,
    transform_boxes,
    transform_points,
)

# What a sample of N people has in MMPose; every array has N rows.
FIELDS = ('bbox', 'bbox_score', 'category_id', 'keypoints', 'keypoints_visible', 'area')


def people_of(results: dict) -> dict[str, np.ndarray] | None:
    """The annotations of a sample, None if it has none.

    Returns:
        dict: ``bbox`` (N, 4) as x1, y1, x2, y2, ``keypoints`` (N, K, 2) in pixels,
        ``keypoints_visible`` (N, K), -1 for people whose keypoints were not annotated, ``area``,
        ``bbox_score``, ``category_id`` (N,).
    """
    if 'bbox' not in results or 'keypoints' not in results:
        return None
    people = {name: np.asarray(results[name]) for name in FIELDS if name in results}
    if people['keypoints_visible'].ndim == 3:  # MMPose's (N, K, 2) with weights beside
        people['keypoints_visible'] = people['keypoints_visible'][..., 0]
    return people


def no_people(num_keypoints: int) -> dict[str, np.ndarray]:
    """The annotations of an image without people."""
    shapes = dict(bbox=(4,), keypoints=(num_keypoints, 2), keypoints_visible=(num_keypoints,))
    empty = {name: np.zeros((0, *shapes.get(name, ())), np.float32) for name in FIELDS}
    empty['category_id'] = empty['category_id'].astype(np.int64)
    return empty


def move(people: dict[str, np.ndarray], matrix: np.ndarray) -> dict[str, np.ndarray]:
    """People through a matrix (3, 3)."""
    moved = dict(people)
    moved['bbox'] = transform_boxes(people['bbox'], matrix)
    moved['keypoints'] = transform_points(people['keypoints'], matrix)
    if 'area' in people:
        moved['area'] = people['area'] * abs(np.linalg.det(matrix[:2, :2]))
    return moved


def cut_off(people: dict[str, np.ndarray], size: Sequence[float]) -> dict[str, np.ndarray]:
    """Clip boxes to a canvas (width, height); keypoints beyond it are no longer labelled."""
    cut = dict(people)
    cut['bbox'] = people['bbox'].clip(0, [*size, *size])
    points = people['keypoints']
    inside = ((points >= 0) & (points <= np.asarray(size))).all(axis=-1)
    visible = people['keypoints_visible']
    cut['keypoints_visible'] = np.where(inside, visible, np.minimum(visible, 0))
    return cut


def mirrored(
    people: dict[str, np.ndarray], size: Sequence[float], flip_indices: Sequence[int]
) -> dict[str, np.ndarray]:
    """People of a picture (width, height) whose left and right are swapped, names included."""
    order = list(flip_indices)
    flipped = {
        **people,
        'keypoints': people['keypoints'][:, order],
        'keypoints_visible': people['keypoints_visible'][:, order],
    }
    # What lay at the right border, half a pixel beyond the last centre, is cut off once more.
    return cut_off(move(flipped, mirror_matrix(size[0])), size)


def join(groups: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """People of several pictures in one list; fields that one of them lacks are left out."""
    names = [name for name in FIELDS if all(name in group for group in groups)]
    return {name: np.concatenate([group[name] for group in groups]) for name in names}


def single(people: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Coordinates in single precision, as MMPose's annotations have them."""
    return {
        name: values.astype(np.float32) if values.dtype == np.float64 else values
        for name, values in people.items()
    }


def keep_visible(
    people: dict[str, np.ndarray],
    whole: np.ndarray,
    min_size: float,
    min_visible: float,
) -> dict[str, np.ndarray]:
    """Leave out people of whom too little is left, and wipe what is not labelled.

    A person without a labelled keypoint stays, as a box. Both coordinates of an unlabelled
    keypoint become 0: none keeps a half that some loss could take for a position.

    Args:
        people (dict): Already cut off at the border.
        whole (np.ndarray): (N, 4), their boxes before anything was cut off.
        min_size (float): Boxes not wider and higher than this, in pixels, are left out.
        min_visible (float): Least part of the whole box's area to be seen, 0 to 1.
    """
    sides = people['bbox'][:, 2:] - people['bbox'][:, :2]
    sides_before = whole[:, 2:] - whole[:, :2]
    kept = (sides > min_size).all(axis=1)
    kept &= sides.prod(axis=1) >= min_visible * sides_before.prod(axis=1)
    chosen = {name: values[kept] for name, values in people.items()}
    labelled = chosen['keypoints_visible'] > 0
    chosen['keypoints'] = chosen['keypoints'] * labelled[..., None]
    return chosen
