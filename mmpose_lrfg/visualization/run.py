"""Figures of a training, or of several overlaid, and its images with labels and predictions."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.records import read_record
from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.downloads import check_unpacked
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import (
    SCALARS,
    plot_curves,
    plot_keypoints,
    plot_precision_recall,
)
from mmpose_lrfg.visualization.errors import Tiles
from mmpose_lrfg.visualization.label_statistics import plot_labels
from mmpose_lrfg.visualization.sheets import grid

LABELS, BATCH, PREDICTIONS = 'labels.npz', 'train_batch.jpg', 'predictions.jpg'
SIDE = 320  # pixels of a tile
SCORE_THR = 0.3  # detections from this score are always shown


def plot_run(work_dirs: Sequence[str | Path], out_dir: str | Path) -> list[Path]:
    """Draw all figures for which the work directories have data.

    Learning curves, precision over recall, and accuracy by keypoint show all runs in one figure.
    Label statistics, the first training batch and the predictions are of one run each; for several
    runs their file names start with the name of the run.

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
    trained = {name: run for name, run in runs.items() if any(run.glob(SCALARS))}
    if trained:
        with _readable(f'the logs in {listed}'):
            drawn.append(plot_curves(trained, out_dir / 'curves.png'))
    with _readable(f'the evaluation in {listed}'):
        records = {name: record for name, run in runs.items() if (record := read_record(run))}
        if records:
            curves = {name: arrays for name, (arrays, _) in records.items()}
            drawn.append(plot_precision_recall(curves, out_dir / 'precision_recall.png'))
            numbers = {name: numbers for name, (_, numbers) in records.items()}
            drawn.append(plot_keypoints(numbers, out_dir / 'keypoints.png'))
    for name, run in runs.items():
        prefix = f'{name.replace("/", "-")}-' if len(runs) > 1 else ''
        if (run / LABELS).is_file():
            check_unpacked(run / LABELS)
            with _readable(f'{run / LABELS}'), np.load(run / LABELS, allow_pickle=False) as arrays:
                drawn.append(plot_labels(dict(arrays), out_dir / f'{prefix}labels.png'))
        for file in (BATCH, PREDICTIONS):
            source, target = run / file, out_dir / f'{prefix}{file}'
            if source.is_file():
                if target.resolve() != source.resolve():
                    write_bytes(target, source.read_bytes())
                drawn.append(target)
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
        poses = _poses(labels.bboxes, np.ones(len(points)), points, visible > 0, meta)
        image = np.asarray(image).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
        tiles.append(Tiles(image, SIDE).plain(poses, boxes=True))
        captions.append(f'{len(points)} {"person" if len(points) == 1 else "people"}')
    return grid(tiles, captions, 4) if tiles else None


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
    for sample in samples:
        found = sample.get('pred_instances')
        image = read_image(Path(sample.get('img_path', '')))
        if image is None or found is None or 'bboxes' not in found:
            continue
        scores = np.asarray(found.bbox_scores)
        poses = _poses(found.bboxes, scores, found.keypoints, found.keypoint_scores, meta)
        anns = [a for a in sample.get('raw_ann_info') or () if a and a.get('keypoints')]
        people = [dict(a, category_id=1) for a in anns if not a.get('iscrowd')]
        labels = Poses.from_coco(people, poses.skeleton)
        rank = np.argsort(np.argsort(-scores, kind='stable'), kind='stable')
        poses = poses[np.flatnonzero((rank < len(labels)) | (scores >= SCORE_THR))]
        best = f', best score {poses.scores.max():.2f}' if len(poses) else ''
        drawing = Tiles(image, SIDE)
        tiles += [drawing.plain(labels, boxes=True), drawing.plain(poses, boxes=True, labels=True)]
        captions += [f'{len(labels)} annotated', f'{len(poses)} found{best}']
    return grid(tiles, captions, 4) if tiles else None


def _poses(boxes, scores, keypoints, keypoint_scores, meta: Mapping) -> Poses:
    keypoints = np.asarray(keypoints, float)
    skeleton = skeleton_of(meta, keypoints.shape[1])
    return Poses(
        np.asarray(boxes), scores, keypoints, np.asarray(keypoint_scores), skeleton=skeleton
    )
