"""Trackers on rendered videos, in which the identities are known."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.runtime import COCO, Poses, PoseTracker
from mmpose_lrfg.synthetic import Scene, render_video
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table

FPS = 25.0
PAN = 15.0  # degrees by which the camera of every second video swings to either side
LEAST_AREA, LEAST_KEYPOINTS = 150, 3  # of a person who is expected to be found
MISSES, DUPLICATES = 0.10, 0.03  # of simulated detections
BOX_NOISE, KEYPOINT_NOISE = 0.03, 0.7  # of simulated detections: of the size, of the sigmas


@dataclass(frozen=True)
class Video:
    """Images, true people with their identities, and detections of each frame."""

    images: Sequence[np.ndarray]
    seconds: Sequence[float]
    truth: Sequence[Poses]
    detections: Sequence[Poses]


def make_videos(
    count: int,
    frames: int,
    stride: int = 1,
    seed: int = 0,
    predict: Callable[[list[np.ndarray]], list[Poses]] | None = None,
) -> Iterator[Video]:
    """Render videos of 25 frames per second, one by one, and detect their people.

    Args:
        count, frames (int): Videos, and frames of each.
        stride (int): Take every ``stride``-th frame.
        seed (int): Of the first video.
        predict (Callable, optional): A network (default: :func:`simulate`).
    """
    with Progress('rendering and predicting', count * frames) as progress:
        for number in range(seed, seed + count):
            images, truth, detections, taken = [], [], [], range(0, frames, stride)
            rng = np.random.default_rng(number)
            scenes = render_video(number, frames, fps=FPS, pan=PAN * (number % 2))
            for index, scene in enumerate(scenes):
                progress.update((number - seed) * frames + index)
                if index in taken:
                    images.append(scene.image)
                    truth.append(true_poses(scene))
                    one = predict([scene.image])[0] if predict else simulate(truth[-1], rng)
                    detections.append(one)
            yield Video(images, [index / FPS for index in taken], truth, detections)


def true_poses(scene: Scene) -> Poses:
    """Return the people of a scene who can be found; their ids are the identities."""
    people = [
        person
        for person in scene.people
        if person.area >= LEAST_AREA and (person.keypoints[:, 2] > 0).sum() >= LEAST_KEYPOINTS
    ]
    boxes = np.array([person.bbox for person in people]).reshape(-1, 4)
    points = np.array([person.keypoints for person in people]).reshape(-1, len(COCO), 3)
    return Poses(
        boxes=np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1),
        scores=np.ones(len(people)),
        keypoints=points[..., :2],
        keypoint_scores=points[..., 2] > 0,
        ids=[person.number for person in people],
    )


def simulate(truth: Poses, rng: np.random.Generator) -> Poses:
    """Return true people as detections with noise, misses and duplicates."""
    kept = truth[rng.random(len(truth)) >= MISSES]
    again = np.sort(np.r_[np.arange(len(kept)), np.flatnonzero(rng.random(len(kept)) < DUPLICATES)])
    found = kept[again]
    sizes = np.sqrt((found.boxes[:, 2:] - found.boxes[:, :2]).prod(axis=1))
    noise = rng.normal(0, KEYPOINT_NOISE, found.keypoints.shape) * np.array(COCO.sigmas)[:, None]
    return Poses(
        boxes=found.boxes + rng.normal(0, BOX_NOISE, found.boxes.shape) * sizes[:, None],
        scores=rng.uniform(0.3, 0.95, len(found)),
        keypoints=found.keypoints + noise * sizes[:, None, None],
        keypoint_scores=0.9 * found.keypoint_scores,
    )


def compare_trackers(videos: Iterator[Video], kinds: Sequence[str], score_thr: float) -> Table:
    """Track the people of all videos with each tracker.

    HOTA: Luiten et al., IJCV 2021. IDF1: Ristani et al., ECCV-W 2016. MOTA: Bernardin,
    Stiefelhagen, EURASIP 2008. All by the IoU of boxes, as the package ``trackers`` computes them.
    """
    from trackers import eval as metrics

    found = {kind: [] for kind in kinds}
    seconds, frames = dict.fromkeys(kinds, 0.0), 0
    for video in videos:
        frames += len(video.truth)
        for kind in kinds:
            start = time.perf_counter()
            tracks = track(video, kind, score_thr)
            seconds[kind] += time.perf_counter() - start
            found[kind].append(evaluate(video.truth, tracks))
    rows = []
    for kind, values in found.items():
        hota, identity, clear = zip(*values)
        row = dict(tracker=kind, ms=1000 * seconds[kind] / max(frames, 1))
        row |= metrics.aggregate_hota_metrics(hota) | metrics.aggregate_identity_metrics(identity)
        rows.append(row | metrics.aggregate_clear_metrics(clear))
    columns = [Column(name, format='.3f') for name in ('HOTA', 'AssA', 'DetA', 'IDF1', 'MOTA')]
    columns += [Column('switches', 'IDSW', 'd'), Column('ms per frame', 'ms', '.2f')]
    return Table(rows, ['tracker', *columns])


def evaluate(truth: Sequence[Poses], tracks: Sequence[Poses]) -> tuple[dict, dict, dict]:
    """Return the values of HOTA, identities (IDF1) and CLEAR (MOTA) of one video."""
    from trackers import eval as metrics

    # The ids of tracks as indices.
    known = np.unique(np.concatenate([poses.ids for poses in tracks]))
    true_ids = [poses.ids for poses in truth]
    ids = [np.searchsorted(known, poses.ids) for poses in tracks]
    overlaps = [
        metrics.box_iou(a.boxes.astype(float), b.boxes.astype(float)) for a, b in zip(truth, tracks)
    ]
    return (
        metrics.compute_hota_metrics(true_ids, ids, overlaps),
        metrics.compute_identity_metrics(true_ids, ids, overlaps),
        metrics.compute_clear_metrics(true_ids, ids, overlaps),
    )


def track(video: Video, kind: str, score_thr: float) -> list[Poses]:
    """Return the people of a video who have an id."""
    tracker = PoseTracker(kind, score_thr)
    found = []
    for image, seconds, poses in zip(video.images, video.seconds, video.detections):
        tracked = tracker(poses.above(tracker.detect_thr), seconds, image)
        found.append(tracked[tracked.ids >= 0])
    return found
