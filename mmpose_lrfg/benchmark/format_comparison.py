"""Time of an image, and AP, of PyTorch and exported files, measured in one run."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.datasets.coco_folder import AnnotationFile
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.evaluation.oks_backends import evaluate_oks
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.runtime.libraries import installed
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table

from .formats import FORMATS, runtime_options, write
from .predictions import ImageFile, predict_images
from .timing import Timing, interleave, summarize, timed

#: Lowest scores: for AP every candidate counts, times are those of a prediction.
EVALUATED, TIMED = 0.01, 0.3


@dataclass
class Candidate:
    """A model in a format, and what was measured; the first one is the reference."""

    name: str  # format, or file and runtime
    predictor: PosePredictor | PoseEstimator
    sigmas: Sequence[float]  # of the keypoints, for OKS
    megabytes: float | None = None  # of the file
    timing: Timing | None = None  # from an image to its poses
    ap: float | None = None
    difference: float | None = None

    @classmethod
    def of(cls, path: Path, name: str, **options) -> 'Candidate':
        """Open an exported file with options of the runtime."""
        predictor = PoseEstimator(path, **options)
        files = [path, path.with_suffix('.bin')][: 1 + (path.suffix == '.xml')]
        size = sum(file.stat().st_size for file in files) / 1e6
        return cls(name, predictor, predictor.metadata.sigmas, size)

    def with_score_thr(self, score_thr: float):
        """Return the predictor with another threshold."""
        if isinstance(self.predictor, PosePredictor):
            return PosePredictor(self.predictor.model, score_thr)
        predictor = copy.copy(self.predictor)
        predictor.thresholds = predictor.thresholds | dict(score_thr=score_thr)
        return predictor


def export_candidates(
    config: str,
    checkpoint: str,
    names: Sequence[str],
    folder: Path,
    img_size: Sequence[int] | None = None,
    calib: Path | None = None,
    threads: int = 1,
) -> list[Candidate]:
    """Return a network in PyTorch (fused), and exported to formats.

    Args:
        config (str), checkpoint (str), img_size (Sequence[int], optional): The network.
        names (Sequence[str]): Keys of :data:`FORMATS`.
        folder (Path): For the exported files.
        calib (Path, optional): Folder of typical images for integers.
        threads (int): CPU threads of each.

    Raises:
        UserError: If the network cannot be loaded or exported.
    """
    torch.set_num_threads(threads)
    predictor = PosePredictor.from_files(config, checkpoint, img_size=img_size)
    sigmas = predictor.model.dataset_meta['sigmas']
    found, paths = [Candidate('torch', predictor.fused(), sigmas)], {}
    with Progress('exporting', len(names)) as progress:
        for number, name in enumerate(names):
            progress.update(number, text=name)
            key = str(FORMATS[name][0])  # formats that differ only in the runtime share a file
            if key not in paths:
                paths[key] = write(name, predictor.model, folder / f'network{number}', calib)
            options = runtime_options(name)
            found.append(Candidate.of(paths[key], name, threads=threads, **options))
    return found


def file_candidates(paths: Sequence[str], threads: int = 1) -> list[Candidate]:
    """Return exported files in every installed runtime that runs them."""
    return [
        Candidate.of(Path(path), f'{path}, {runtime}', runtime=runtime, threads=threads)
        for path in paths
        for runtime in ('onnx', 'openvino')
        if installed(runtime) and (runtime == 'openvino' or not path.endswith('.xml'))
    ]


def compare_formats(
    candidates: Sequence[Candidate],
    repetitions: int,
    data: AnnotationFile | None = None,
    limit: int | None = None,
) -> None:
    """Time an image in interleaved repetitions and, with data, evaluate; fills the candidates.

    Args:
        candidates (Sequence[Candidate]): The first is the reference.
        repetitions (int): Of the image, after a warm-up.
        data (AnnotationFile, optional), limit (int, optional): As in :func:`evaluate`.
    """
    image = trial_images()[1]
    runs = {}
    for each in candidates:
        predict = each.with_score_thr(TIMED)
        runs[each.name] = timed(lambda predict=predict: predict([image]))
    seconds = interleave(runs, repetitions)
    for each in candidates:
        each.timing = summarize(seconds[each.name], seconds[candidates[0].name])
        if data is not None:
            each.ap = evaluate(each, data, limit)
            each.difference = each.ap - candidates[0].ap


def evaluate(candidate: Candidate, data: AnnotationFile, limit: int | None = None) -> float:
    """Return the AP by OKS on a data set, or on ``limit`` images evenly spread over it."""
    images = data.content['images']
    if limit is not None and limit < len(images):
        images = [images[n * len(images) // limit] for n in range(limit)]
    chosen = {entry['id'] for entry in images}
    people = [
        {'iscrowd': 0, 'area': AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3], **ann}
        for ann in data.content['annotations']
        if ann['image_id'] in chosen and 'keypoints' in ann and 'bbox' in ann
    ]
    truth = dict(data.content, images=images, annotations=people)
    files = [ImageFile(entry['id'], data.images / entry['file_name']) for entry in images]
    found = predict_images(candidate.with_score_thr(EVALUATED), files, candidate.name)
    categories = [category['id'] for category in truth['categories']]
    detections = [
        row for key, poses in found.items() for row in poses.to_coco(key, category_ids=categories)
    ]
    return float(evaluate_oks(truth, detections, candidate.sigmas).stats[0])


def format_table(candidates: Sequence[Candidate], title: str = '') -> Table:
    """Return the table of the measurements; its rows are dicts."""
    rows = [
        dict(
            name=each.name, ms=each.timing.median, p90=each.timing.p90, ratio=each.timing.ratio,
            megabytes=each.megabytes, ap=each.ap, difference=each.difference,
        )
        for each in candidates
    ]  # fmt: skip
    columns = [
        Column('format', 'name'),
        Column('ms', format='.1f'),
        Column('p90', format='.1f'),
        Column('ratio', format='.2f'),
        Column('MB', 'megabytes', '.1f'),
        Column('AP', 'ap', '.4f'),
        Column('difference', format='+.4f'),
    ]
    if all(each.ap is None for each in candidates):
        columns = [column for column in columns if column.title not in ('AP', 'difference')]
    return Table(rows, columns, title)
