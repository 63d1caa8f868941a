"""Figures of a training, or of several overlaid, and its images with labels and predictions."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.records import read_record
from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.drawing import disc, keypoint_colour
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import (
    plot_curves,
    plot_keypoints,
    plot_precision_recall,
    read_scalars,
    uses_ema,
)
from mmpose_lrfg.visualization.errors import Tiles
from mmpose_lrfg.visualization.sheets import GAP, PAPER, below, grid, write

BATCH, PREDICTIONS = 'train_batch.jpg', 'predictions.jpg'
SIDE = 320  # pixels of a tile
SCORE_THR = 0.3  # detections from this score are always shown


def plot_run(work_dirs: Sequence[str | Path], out_dir: str | Path) -> list[Path]:
    """Draw all figures for which the work directories have data, with all runs in each.

    These are ``curves.png`` (learning curves), ``pr_curves.png`` (precision over recall, F1 over
    the score threshold) and ``keypoints.png`` (accuracy by keypoint).

    Args:
        work_dirs (Sequence[str | Path]): Work directories of trainings or tests.
        out_dir (str | Path): Folder of the figures; for one run it may be its work directory.

    Returns:
        list[Path]: The figures.

    Raises:
        UserError: If a work directory does not exist or a file in it is broken, or if there is
            nothing to draw.
    """
    runs, out_dir, drawn = _names([Path(work_dir) for work_dir in work_dirs]), Path(out_dir), []
    listed = ', '.join(map(str, runs.values()))
    for run in runs.values():
        if not run.is_dir():
            raise UserError(f'{run} is not a folder: give the work directory of a training')
    with _readable(f'the logs in {listed}'):
        logs = {name: rows for name, run in runs.items() if (rows := read_scalars(run))}
        if logs:
            ema = all(uses_ema(runs[name]) for name in logs)
            drawn.append(plot_curves(logs, out_dir / 'curves.png', ema))
    with _readable(f'the evaluation in {listed}'):
        records = {name: record for name, run in runs.items() if (record := read_record(run))}
        if records:
            curves = {name: each for name, each in records.items() if each.get('precision')}
            if curves:  # records of earlier versions have none
                drawn.append(plot_precision_recall(curves, out_dir / 'pr_curves.png'))
            drawn.append(plot_keypoints(records, out_dir / 'keypoints.png'))
    if not drawn:
        raise UserError(
            f'{listed} has neither logged iterations nor an evaluation: nothing to '
            'draw; is it the work directory of a training?'
        )
    return drawn


def _names(work_dirs: Sequence[Path]) -> dict[str, Path]:
    """Runs by their folder, with its parent folder where two have the same."""
    folders = [work_dir.resolve() for work_dir in work_dirs]
    names = [folder.name for folder in folders]
    return {
        name if names.count(name) == 1 else f'{folder.parent.name}/{name}': work_dir
        for name, folder, work_dir in zip(names, folders, work_dirs)
    }


@contextlib.contextmanager
def _readable(name: str) -> Iterator[None]:
    """Raise a UserError if a file contains something else than a training writes."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if getattr(error, 'errno', None) is not None:  # of the file system, perhaps of the output
            raise
        raise UserError(f'{name} cannot be read: {type(error).__name__}: {error}') from error


def skeleton_of(meta: Mapping, keypoints: int) -> Skeleton:
    """Return the skeleton of a data set, or one without names if the metainfo has none."""
    try:
        skeleton = Skeleton.from_meta(meta)
    except ValueError:
        return Skeleton.unnamed(keypoints)
    return skeleton if len(skeleton) == keypoints else Skeleton.unnamed(keypoints)


def poses_of(instances, meta: Mapping) -> Poses:
    """Return the predictions of an image (``pred_instances``, keypoints of shape (N, K, 2))."""
    keypoints = np.asarray(instances.keypoints, float)
    return Poses(
        # Without a box, :func:`draw_poses` takes the size of a person from the keypoints.
        instances.get('bboxes', np.zeros((len(keypoints), 4))),
        instances.get('bbox_scores', np.ones(len(keypoints))),
        keypoints,
        instances.keypoint_scores,
        instances.get('labels'),
        skeleton_of(meta, keypoints.shape[1]),
    )


def batch_sheet(inputs, samples: Sequence, meta: Mapping, most: int = 8) -> np.ndarray | None:
    """Draw the first images of a training batch with their labels.

    Args:
        inputs (Sequence[Tensor] | Tensor): (3, H, W) each, bytes, BGR.
        samples (Sequence[PoseDataSample]): With ``gt_instance_labels``.
        meta (Mapping): Metainfo of the data set.
        most (int): Number of images.

    Returns:
        ndarray | None: (H, W, 3) uint8 BGR; None if the samples have no boxes with keypoints.
    """
    tiles, captions = [], []
    for image, sample in list(zip(inputs, samples))[:most]:
        labels = sample.get('gt_instance_labels')
        if labels is None or 'bboxes' not in labels or 'keypoints' not in labels:
            return None
        points = np.asarray(labels.keypoints, float)
        visible = np.asarray(labels.keypoints_visible).reshape(points.shape[:2])
        skeleton = skeleton_of(meta, points.shape[1])
        poses = Poses(
            labels.bboxes, np.ones(len(points)), points, visible > 0, labels.get('labels'), skeleton
        )
        image = np.asarray(image).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
        tiles.append(Tiles(image, SIDE).plain(poses, boxes=True))
        captions.append(f'{len(points)} annotated')
    return sheet(tiles, captions, skeleton) if tiles else None


def evaluation_sheet(samples: Sequence, meta: Mapping) -> np.ndarray | None:
    """Draw labels and predictions of evaluated images side by side.

    Of the detections, the best are shown, as many as there are annotated people, and all with a
    score of at least ``SCORE_THR``.

    Args:
        samples (Sequence[PoseDataSample]): With ``pred_instances``, ``img_path``, ``raw_ann_info``.
        meta (Mapping): Metainfo of the data set.

    Returns:
        ndarray | None: (H, W, 3) uint8 BGR; None if there is nothing to show.
    """
    tiles, captions = [], []
    places = {category: n for n, category in enumerate(meta.get('category_ids') or (), 1)}
    for sample in samples:
        found = sample.get('pred_instances')
        image = read_image(Path(sample.get('img_path', '')))
        if image is None or found is None or 'bboxes' not in found:
            continue
        poses = poses_of(found, meta)
        anns = [a for a in sample.get('raw_ann_info') or () if a and a.get('keypoints')]
        people = [
            dict(a, category_id=places.get(a.get('category_id'), 1))
            for a in anns
            if not a.get('iscrowd')
        ]
        labels = Poses.from_coco(people, poses.skeleton)
        rank = np.argsort(np.argsort(-poses.scores, kind='stable'), kind='stable')
        poses = poses[np.flatnonzero((rank < len(labels)) | (poses.scores >= SCORE_THR))]
        best = f', best score {poses.scores.max():.2f}' if len(poses) else ''
        drawing = Tiles(image, SIDE)
        tiles += [drawing.plain(labels, boxes=True), drawing.plain(poses, boxes=True, labels=True)]
        captions += [f'{len(labels)} annotated', f'{len(poses)} found{best}']
    return sheet(tiles, captions, poses.skeleton) if tiles else None


def sheet(tiles: Sequence[np.ndarray], captions: Sequence[str], skeleton: Skeleton) -> np.ndarray:
    """Return tiles, four in a row, and the names of keypoints other than COCO's below them."""
    page = grid(tiles, captions, 4)
    if not skeleton.named:
        return page
    names = []
    for k, name in enumerate(skeleton.names):
        tile = np.full((24, 150, 3), PAPER, np.uint8)
        disc(tile, np.array([12.0, 12.0]), 7, keypoint_colour(k))
        write(tile, (26, 3), name, 14)
        names.append(tile)
    return below([page, grid(names, columns=max(page.shape[1] // (150 + GAP), 1))])
