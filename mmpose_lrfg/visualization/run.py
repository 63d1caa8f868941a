"""Figures of a training, or of several overlaid, and its images with labels and predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.records import read_record
from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import plot_curves, plot_precision_recall, read_scalars
from mmpose_lrfg.visualization.errors import Tiles
from mmpose_lrfg.visualization.sheets import grid

BATCH, PREDICTIONS = 'train_batch.jpg', 'predictions.jpg'
SIDE = 320  # pixels of a tile
SCORE_THR = 0.3  # detections from this score are always shown


def plot_run(work_dirs: Sequence[str | Path], out_dir: str | Path) -> list[Path]:
    """Draw the figures for which the work directories of trainings or tests have data.

    These are ``curves.png`` (learning curves) and ``pr_curves.png`` (precision over recall, F1 over
    the score threshold) in ``out_dir``, with all runs in each.

    Raises:
        UserError: If a file is broken, or if there is nothing to draw.
    """
    # Runs of the same name are distinguished by their parent folder.
    runs = {'/'.join(Path(run).resolve().parts[-2:]): Path(run) for run in work_dirs}
    out_dir, drawn = Path(out_dir), []
    logs = {name: rows for name, run in runs.items() if (rows := read_scalars(run))}
    if logs:
        drawn.append(plot_curves(logs, out_dir / 'curves.png'))
    records = {name: read_record(run) or {} for name, run in runs.items()}
    curves = {name: each for name, each in records.items() if each.get('precision')}
    if curves:  # records of earlier versions have none
        drawn.append(plot_precision_recall(curves, out_dir / 'pr_curves.png'))
    if not drawn:
        raise UserError(
            f'{", ".join(map(str, runs.values()))} has neither logged iterations nor an '
            'evaluation: nothing to draw; is it the work directory of a training?'
        )
    return drawn


def poses_of(instances, meta: Mapping) -> Poses:
    """Return the ``pred_instances`` or ``gt_instance_labels`` of an image, keypoints (N, K, 2).

    The skeleton is that of the metainfo, or one without names if it has none for K keypoints.
    """
    points = np.asarray(instances.keypoints, float)
    scores = instances.get('keypoint_scores', instances.get('keypoints_visible'))
    scores = np.asarray(scores).reshape(points.shape[:2])
    skeleton = Skeleton.unnamed(points.shape[1])
    if len(meta.get('keypoint_id2name') or ()) == points.shape[1]:
        skeleton = Skeleton.from_meta(meta)
    return Poses(
        # Without a box, :func:`draw_poses` takes the size of a person from the keypoints.
        instances.get('bboxes', np.zeros((len(points), 4))),
        instances.get('bbox_scores', np.ones(len(points))),
        points,
        scores.clip(0, 1),
        instances.get('labels'),
        skeleton,
    )


def batch_sheet(inputs, samples: Sequence, meta: Mapping, most: int = 8) -> np.ndarray | None:
    """Draw the first images of a training batch with their labels.

    Args:
        inputs (Sequence[Tensor] | Tensor): (3, H, W) each, bytes, BGR.
        samples (Sequence[PoseDataSample]): With ``gt_instance_labels``.
        meta (Mapping): Metainfo of the data set.
        most (int): Number of images.

    Returns None if the samples have no boxes with keypoints.
    """
    tiles, captions = [], []
    for image, sample in list(zip(inputs, samples))[:most]:
        labels = sample.get('gt_instance_labels')
        if labels is None or 'bboxes' not in labels or 'keypoints' not in labels:
            return None
        poses = poses_of(labels, meta)
        image = np.asarray(image).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
        tiles.append(Tiles(image, SIDE).plain(poses, boxes=True, names=True))
        captions.append(f'{len(poses)} annotated')
    return grid(tiles, captions, 4) if tiles else None


def evaluation_sheet(samples: Sequence, meta: Mapping) -> np.ndarray | None:
    """Draw labels and predictions of evaluated images side by side.

    Of the detections, the best are shown, as many as there are annotated people, and all with a
    score of at least ``SCORE_THR``.

    Args:
        samples (Sequence[PoseDataSample]): With ``pred_instances``, ``img_path``, ``raw_ann_info``.
        meta (Mapping): Metainfo of the data set.

    Returns None if there is nothing to show.
    """
    tiles, captions = [], []
    for sample in samples:
        found = sample.get('pred_instances')
        image = read_image(Path(sample.get('img_path', '')))
        if image is None or found is None or 'bboxes' not in found:
            continue
        poses = poses_of(found, meta)
        people = [
            dict(ann, category_id=1)  # classes of annotations are not shown
            for ann in sample.get('raw_ann_info') or ()
            if ann and ann.get('keypoints') and not ann.get('iscrowd')
        ]
        labels = Poses.from_coco(people, poses.skeleton)
        rank = np.argsort(np.argsort(-poses.scores, kind='stable'), kind='stable')
        poses = poses[(rank < len(labels)) | (poses.scores >= SCORE_THR)]
        best = f', best score {poses.scores.max():.2f}' if len(poses) else ''
        drawing = Tiles(image, SIDE)
        tiles.append(drawing.plain(labels, boxes=True, names=True))
        tiles.append(drawing.plain(poses, boxes=True, labels=True))
        captions += [f'{len(labels)} annotated', f'{len(poses)} found{best}']
    return grid(tiles, captions, 4) if tiles else None
