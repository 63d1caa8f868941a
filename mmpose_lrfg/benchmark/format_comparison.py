"""Time of an image, and AP, of PyTorch and exported files, measured in one run."""

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.datasets.coco_folder import Split
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.deploy.quantization import IMAGES
from mmpose_lrfg.evaluation.oks_backends import evaluate_oks
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table

from .formats import FORMATS, TORCH, installed_runtimes
from .timing import WARM_UPS, Timing, interleave, summarize, timed

#: Lowest scores: for AP every candidate counts, times are those of a prediction.
EVALUATED, TIMED = 0.01, 0.3


@dataclass
class Candidate:
    """A model in a format, and what was measured.

    Args:
        name (str): Format, or file and runtime.
        predictor (PosePredictor | PoseEstimator): Runs it.
        sigmas (Sequence[float]): Of the keypoints, for OKS.
        megabytes (float, optional): Size of the file.
        note (str): Remark.
        timing (Timing, optional): From an image to its poses; the first candidate is the reference.
        ap, difference (float, optional): AP, and its difference from the first candidate's.
    """

    name: str
    predictor: PosePredictor | PoseEstimator
    sigmas: Sequence[float]
    megabytes: float | None = None
    note: str = ''
    timing: Timing | None = None
    ap: float | None = None
    difference: float | None = None

    def with_score_thr(self, score_thr: float):
        """Return the predictor with another threshold."""
        if isinstance(self.predictor, PosePredictor):
            return PosePredictor(self.predictor.model, score_thr)
        predictor = copy.copy(self.predictor)
        predictor.thresholds = predictor.thresholds | dict(score_thr=score_thr)
        return predictor

    def row(self) -> dict:
        """Return what was measured, for tables and JSON."""
        names = ('megabytes', 'ap', 'difference', 'note')
        measured = {name: getattr(self, name) for name in names}
        timing = self.timing
        return dict(
            name=self.name, ms=timing.median, p90=timing.p90, ratio=timing.ratio, **measured
        )


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
        config (str), checkpoint (str): The network.
        names (Sequence[str]): Keys of :data:`FORMATS`.
        folder (Path): For the exported files.
        img_size (Sequence[int], optional): Height and width of the input in pixels.
        calib (Path, optional): Folder of typical images for integers.
        threads (int): CPU threads of each.

    Raises:
        UserError: If the network cannot be loaded or exported.
    """
    torch.set_num_threads(threads)
    predictor = PosePredictor.from_files(config, checkpoint, img_size=img_size)
    sigmas = predictor.model.dataset_meta['sigmas']
    found, paths = [Candidate(TORCH, predictor.fused(), sigmas)], {}
    with Progress('exporting', len(names)) as progress:
        for number, name in enumerate(names):
            progress.update(number, text=name)
            form = FORMATS[name]
            key = str(form.export)  # formats that differ only in the runtime share a file
            if key not in paths:
                paths[key] = form.write(predictor.model, folder / f'network{number}', calib)
            options = dict(form.engine, runtime=form.runtime, threads=threads)
            found.append(_candidate(paths[key], name, **options))
            if 'int8' in form.export:
                found[-1].note = f'calibrated on {IMAGES} images at most' if calib else (
                    'calibrated on two portraits: AP needs --data or --calib')  # fmt: skip
    return found


def file_candidates(paths: Sequence[str], threads: int = 1) -> list[Candidate]:
    """Return exported files in every installed runtime that runs them."""
    short = {path: Path(path).name for path in paths}
    names = short if len(set(short.values())) == len(short) else {path: path for path in paths}
    return [
        _candidate(Path(path), f'{names[path]}, {runtime}', runtime=runtime, threads=threads)
        for path in paths
        for runtime in installed_runtimes()
        if runtime == 'openvino' or not path.endswith('.xml')
    ]


def _candidate(path: Path, name: str, **options) -> Candidate:
    predictor = PoseEstimator(path, **options)
    files = [path, path.with_suffix('.bin')][: 1 + (path.suffix == '.xml')]
    size = sum(file.stat().st_size for file in files) / 1e6
    found = Candidate(name, predictor, predictor.metadata.sigmas, size)
    if precision := options.get('precision'):
        compiled = predictor.engine.compiled
        used = str(compiled.get_property('INFERENCE_PRECISION_HINT'))
        # Its name there is '<Type: 'bfloat16'>' or 'bf16', by version.
        if 'bf' not in used:
            found.note = f'this processor has no {precision}: computed as {used}'
    return found


def compare_formats(
    candidates: Sequence[Candidate],
    repetitions: int,
    data: Split | None = None,
    limit: int | None = None,
) -> None:
    """Time an image in interleaved repetitions and, with data, evaluate; fills the candidates.

    Args:
        candidates (Sequence[Candidate]): The first is the reference.
        repetitions (int): Of the image, after a warm-up.
        data (Split, optional): Images with labels.
        limit (int, optional): Number of images, evenly spread over the data.

    Raises:
        UserError: If an image cannot be read.
    """
    image = trial_images()[1]
    runs = {}
    for each in candidates:
        predict = each.with_score_thr(TIMED)
        runs[each.name] = timed(lambda predict=predict: predict([image]))
    done = itertools.count()
    with Progress('timing', len(runs) * (repetitions + WARM_UPS)) as progress:
        seconds = interleave(
            runs, repetitions, on_turn=lambda name: progress.update(next(done), text=name)
        )
    for each in candidates:
        each.timing = summarize(seconds[each.name], seconds[candidates[0].name])
        if data is not None:
            each.ap = evaluate(each, data, limit)
            each.difference = each.ap - candidates[0].ap


def evaluate(candidate: Candidate, data: Split, limit: int | None = None) -> float:
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
    categories = [category['id'] for category in truth['categories']]
    predictor, detections = candidate.with_score_thr(EVALUATED), []
    with Progress(f'predicting with {candidate.name}', len(images)) as progress:
        for number, entry in enumerate(images, 1):
            image = read_image(data.images / entry['file_name'])
            if image is None:
                raise UserError(f'image {data.images / entry["file_name"]} cannot be decoded')
            detections += predictor([image])[0].to_coco(entry['id'], category_ids=categories)
            progress.update(number)
    return float(evaluate_oks(truth, detections, candidate.sigmas).stats[0])


def format_table(candidates: Sequence[Candidate], title: str = '') -> Table:
    """Return the table of the measurements."""
    columns = [
        Column('format', 'name'),
        Column('ms', format='.1f'),
        Column('p90', format='.1f'),
        Column('ratio', format='.2f'),
        Column('MB', 'megabytes', '.1f'),
        Column('AP', 'ap', '.4f'),
        Column('difference', format='+.4f'),
        Column('note'),
    ]
    if all(each.ap is None for each in candidates):
        columns = [column for column in columns if column.title not in ('AP', 'difference')]
    return Table([each.row() for each in candidates], columns, title)
