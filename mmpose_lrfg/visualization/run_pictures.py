"""What a training saw and what it found: pictures with labels, and with predictions beside them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.visualization.sheets import GAP, PAPER, below, beside, fitted

SIDE = 320  # pixels of a tile
ENOUGH = 0.3  # score of a detection that is shown in any case


def skeleton_of(meta: dict, keypoints: int) -> Skeleton:
    """The data set's, or one without names where it says nothing about them."""
    try:
        skeleton = Skeleton.from_meta(meta)
    except ValueError:
        return Skeleton.unnamed(keypoints)
    return skeleton if len(skeleton) == keypoints else Skeleton.unnamed(keypoints)


def batch_sheet(inputs, samples: Sequence, meta: dict, most: int = 8) -> np.ndarray | None:
    """The first pictures of a training batch with their labels.

    Args:
        inputs (Sequence[Tensor] | Tensor): (3, H, W) each, bytes, BGR.
        samples (Sequence[PoseDataSample]): With ``gt_instance_labels``.
        meta (dict): Of the data set: names and links of the keypoints.
        most (int): Pictures.

    Returns:
        ndarray | None: BGR; None if the samples have no boxes with keypoints.
    """
    tiles, captions = [], []
    for picture, sample in list(zip(inputs, samples))[:most]:
        labels = sample.get('gt_instance_labels')
        if labels is None or 'bboxes' not in labels or 'keypoints' not in labels:
            return None
        points = np.asarray(labels.keypoints, float)
        points = points.reshape(len(points), *points.shape[-2:])
        poses = Poses(
            boxes=np.asarray(labels.bboxes),
            scores=np.ones(len(points)),
            keypoints=points,
            keypoint_scores=np.asarray(labels.keypoints_visible).reshape(points.shape[:2]) > 0,
            skeleton=skeleton_of(meta, points.shape[1]),
        )
        image = np.asarray(picture).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
        tile = _tile(np.ascontiguousarray(image), poses)
        tiles.append(fitted(tile, SIDE, SIDE))
        captions.append(f'{len(points)} {"person" if len(points) == 1 else "people"}')
    rows = [slice(start, start + 4) for start in range(0, len(tiles), 4)]
    return below([beside(tiles[row], captions[row]) for row in rows], gap=4) if tiles else None


def evaluation_sheet(samples: Sequence, meta: dict) -> np.ndarray | None:
    """Labels and predictions of evaluated images, side by side.

    As many detections are shown as people are labelled, the best, and all that score 0.3.

    Args:
        samples (Sequence[PoseDataSample]): With ``pred_instances``, ``img_path``, ``raw_ann_info``.
        meta (dict): Of the data set.

    Returns:
        ndarray | None: BGR; None if there is nothing to show.
    """
    rows = []
    for sample in samples:
        found = sample.get('pred_instances')
        image = read_image(Path(sample.get('img_path', '')))
        if image is None or found is None or 'bboxes' not in found:
            continue
        points = np.asarray(found.keypoints, float)
        poses = Poses(
            boxes=np.asarray(found.bboxes),
            scores=np.asarray(found.bbox_scores),
            keypoints=points,
            keypoint_scores=np.asarray(found.keypoint_scores),
            skeleton=skeleton_of(meta, points.shape[1]),
        )
        labels = _labels(sample.get('raw_ann_info') or (), poses.skeleton)
        rank = np.argsort(np.argsort(-poses.scores, kind='stable'), kind='stable')
        shown = (rank < len(labels)) | (poses.scores >= ENOUGH)
        poses = poses[np.flatnonzero(shown)]
        best = f', the best scores {poses.scores.max():.2f}' if len(poses) else ''
        tiles = [_tile(image, labels), _tile(image, poses, scores=True)]
        tall = tiles[0].shape[0]
        tiles = [fitted(tile, SIDE, tall) for tile in tiles]
        rows.append(beside(tiles, [f'{len(labels)} labelled', f'{len(poses)} found{best}']))
    if not rows:
        return None
    # Two images, four tiles, in a line.
    pairs = [rows[start : start + 2] for start in range(0, len(rows), 2)]
    tall = [max(row.shape[0] for row in pair) for pair in pairs]
    lines = [
        beside_each_other([fitted(row, row.shape[1], height) for row in pair])
        for pair, height in zip(pairs, tall)
    ]
    return below(lines, gap=4)


def write_picture(out: str | Path, picture: np.ndarray) -> None:
    """Write a picture whole or not at all."""
    write_bytes(out, cv2.imencode(Path(out).suffix, picture)[1], durable=False)


def _labels(annotations: Sequence[dict], skeleton: Skeleton) -> Poses:
    people = [a for a in annotations if a and a.get('keypoints') and not a.get('iscrowd')]
    points = np.array([a['keypoints'] for a in people], float).reshape(-1, len(skeleton), 3)
    boxes = np.array([a['bbox'] for a in people], float).reshape(-1, 4)
    return Poses(
        boxes=np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1),
        scores=np.ones(len(people)),
        keypoints=points[..., :2],
        keypoint_scores=points[..., 2] > 0,
        skeleton=skeleton,
    )


def _tile(image: np.ndarray, poses: Poses, scores: bool = False) -> np.ndarray:
    """At most as large as a tile; shrunk first and drawn on after: the lines stay sharp."""
    factor = SIDE / max(image.shape[:2])
    size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    scaled = replace(
        poses, boxes=poses.boxes * factor, keypoints=(poses.keypoints + 0.5) * factor - 0.5
    )
    return scaled.draw(small, scores=scores)


def beside_each_other(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of one height from left to right, on paper."""
    gap = np.full((rows[0].shape[0], 3 * GAP, 3), PAPER, np.uint8)
    return np.concatenate([part for row in rows for part in (row, gap)][:-1], axis=1)
