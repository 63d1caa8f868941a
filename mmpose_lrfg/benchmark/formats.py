"""AP of exported files beside PyTorch's, on the same images."""

import importlib.util
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.datasets.coco_folder import Split, open_labels
from mmpose_lrfg.datasets.data_files import joined
from mmpose_lrfg.deploy.export import export
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.deploy.quantization import IMAGES
from mmpose_lrfg.engine.data import datasets_of
from mmpose_lrfg.evaluation.oks_backends import evaluate_oks
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table

REFERENCE = 'torch'


@dataclass(frozen=True)
class Format:
    """An export format and the runtime that runs it.

    Args:
        runtime (str): ``'onnx'`` or ``'openvino'``.
        tolerance (float): Accepted difference of the AP from PyTorch's.
        export, engine (Mapping): Options of the export and of the runtime.
    """

    runtime: str
    tolerance: float = 0.0
    export: Mapping = field(default_factory=dict)
    engine: Mapping = field(default_factory=dict)


FORMATS = {
    'onnx': Format('onnx', 0.001),
    'onnx-fp16': Format('onnx', 0.005, {'half': True}),
    'onnx-int8': Format('onnx', 0.02, {'int8': True}),
    'openvino': Format('openvino', 0.001, {'format': 'openvino'}),
    'openvino-bf16': Format('openvino', 0.005, {'format': 'openvino'}, {'precision': 'bf16'}),
    # OpenVINO runs the integers of the ONNX file.
    'openvino-int8': Format('openvino', 0.02, {'int8': True}),
}
LIBRARIES = {'onnx': 'onnxruntime', 'openvino': 'openvino'}


@dataclass(frozen=True)
class FormatResult:
    """Accuracy of a format.

    Args:
        name (str): One of :data:`FORMATS`, or ``'torch'``.
        images (int): Evaluated.
        ap (float): AP by OKS.
        difference, tolerance (float): From PyTorch's AP, and how large it may be.
        megabytes (float, optional): Size of the file.
        note (str): Remark.
    """

    name: str
    images: int
    ap: float
    difference: float = 0.0
    tolerance: float = 0.0
    megabytes: float | None = None
    note: str = ''

    @property
    def good(self) -> bool:
        """Whether the difference is accepted."""
        return abs(self.difference) <= self.tolerance


def choose_formats(names: Sequence[str] | None) -> list[str]:
    """Return names of formats in the order of the table, PyTorch first; by default all available.

    Raises:
        UserError: If one is unknown, or its library is not installed.
    """
    missing = {r for r, package in LIBRARIES.items() if importlib.util.find_spec(package) is None}
    available = [name for name, form in FORMATS.items() if form.runtime not in missing]
    for name in names or ():
        if name not in (REFERENCE, *FORMATS):
            raise UserError(f'unknown format {name}.{nearest(name, [REFERENCE, *FORMATS])}')
        if name not in (REFERENCE, *available):
            package = LIBRARIES[FORMATS[name].runtime]
            raise UserError(f'the format {name} needs a package: pip install {package}')
    return [REFERENCE, *(name for name in available if not names or name in names)]


def open_data(source: str, images: str | None = None) -> Split:
    """Open the labels and images of a data set.

    Args:
        source (str): COCO keypoint JSON, a folder, or a config, whose val set is taken.
        images (str, optional): The folder of the JSON's images.

    Raises:
        UserError: If labels or images are missing or wrong.
    """
    if source.endswith('.json') or Path(source).is_dir():
        return open_labels(source, images)
    dataset = next(datasets_of(load_config(source).get('val_dataloader')), None)
    if dataset is None:
        raise UserError(f'config {source} has no data to evaluate on: no val_dataloader')
    root, prefix = dataset.get('data_root'), (dataset.get('data_prefix') or {}).get('img')
    return open_labels(joined(root, dataset['ann_file']), images or joined(root, prefix))


def compare_formats(
    model: nn.Module,
    data: Split,
    names: Sequence[str],
    folder: Path,
    calib: Path | None = None,
    limit: int | None = None,
) -> Iterator[FormatResult]:
    """Export, run and evaluate format after format.

    Args:
        model (nn.Module): As ``mmpose.apis.init_model`` returns it.
        data (Split): Images with labels.
        names (Sequence[str]): As :func:`choose_formats` returns them.
        folder (Path): For the exported files.
        calib (Path, optional): Folder of typical images for integers; by default those of ``data``.
        limit (int, optional): Number of images, evenly spread over the data set.

    Yields:
        FormatResult: As soon as it is known, PyTorch's first.

    Raises:
        UserError: If an image cannot be read, or the network cannot be exported.
    """
    truth = _truth(data, limit)
    categories = [category['id'] for category in truth['categories']]
    count, turns, paths = len(truth['images']), itertools.count(1), {}
    with Progress('predicting', count * len(names)) as progress:

        def measure(predictor, name: str) -> float:
            detections = []
            for entry in truth['images']:
                path = data.images / entry['file_name']
                image = read_image(path)
                if image is None:
                    raise UserError(f'{path} does not decode')
                poses = predictor([image])[0]
                detections += poses.to_coco(entry['id'], category_ids=categories)
                progress.update(next(turns), text=name)
            return float(evaluate_oks(truth, detections, model.dataset_meta['sigmas']).stats[0])

        reference = measure(PosePredictor(model), REFERENCE)
        yield FormatResult(REFERENCE, count, reference)
        for name in names[1:]:
            form = FORMATS[name]
            key = str(form.export)  # formats that differ only in the runtime share a file
            if key not in paths:
                # Its AP is compared, not its digits.
                paths[key] = write_file(
                    model, form, folder, str(len(paths)), calib or data.images, must_agree=False
                )
            predictor = PoseEstimator(paths[key], runtime=form.runtime, **form.engine)
            ap = measure(predictor, name)
            files = folder.glob(f'{paths[key].stem}.*')
            size = sum(file.stat().st_size for file in files) / 1e6
            note = _note(predictor, form)
            yield FormatResult(name, count, ap, ap - reference, form.tolerance, size, note)


def _truth(data: Split, limit: int | None) -> dict:
    """Return the annotations of all images, or of ``limit`` images evenly spread."""
    images = data.content['images']
    if limit is not None and limit < len(images):
        images = [images[n * len(images) // limit] for n in range(limit)]
    chosen = {entry['id'] for entry in images}
    people = [
        {'iscrowd': 0, 'area': AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3], **ann}
        for ann in data.content['annotations']
        if ann['image_id'] in chosen and 'keypoints' in ann and 'bbox' in ann
    ]
    return dict(data.content, images=images, annotations=people)


def write_file(
    model: nn.Module,
    form: Format,
    folder: Path,
    stem: str,
    calib: Path,
    must_agree: bool,
    size: tuple[int, int] | None = None,
) -> Path:
    """Export a model with uint8 input to a file ``stem`` in a folder; return its path.

    ``calib`` is a folder of typical images, which is read for integers only.
    """
    more = {'calib': calib} if 'int8' in form.export else {}
    options = ExportOptions(uint8=True, img_size=size, **form.export, **more)
    path = folder / f'{stem}{options.suffix}'
    return export(model, path, options, must_agree=must_agree).paths[0]


def _note(predictor: PoseEstimator, form: Format) -> str:
    """Return a remark on integers, or on a precision that this processor does not have."""
    if 'precision' not in form.engine:
        return f'calibrated on {IMAGES} images at most' if 'int8' in form.export else ''
    compiled = predictor.engine.compiled
    used = str(compiled.get_property('INFERENCE_PRECISION_HINT'))
    # Its name there is '<Type: 'bfloat16'>' or 'bf16', by version.
    precision = form.engine['precision']
    return '' if 'bf' in used else f'this processor has no {precision}: computed as {used}'


def format_table(results: Sequence[FormatResult]) -> Table:
    """Return the table of the results."""
    columns = [
        Column('format', 'name'),
        Column('AP', 'ap', '.4f'),
        Column('difference', format='+.4f'),
        Column('tolerance', lambda r: None if r.name == REFERENCE else r.tolerance, 'g'),
        Column('MB', 'megabytes', '.1f'),
        Column('note', lambda r: f'{"" if r.good else "too far. "}{r.note}'.strip()),
    ]
    return Table(results, columns)
