"""The same poses in every format? AP of exported files beside PyTorch's, on the same images."""

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import nn

from mmpose_lrfg.apis.model_specs import ExportedPredictor
from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.datasets.coco_folder import Split, open_labels
from mmpose_lrfg.datasets.data_files import joined
from mmpose_lrfg.deploy.export import export
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.deploy.quantization import IMAGES
from mmpose_lrfg.engine.data import datasets_of
from mmpose_lrfg.evaluation.oks_backends import evaluate_oks
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError, nearest


@dataclass(frozen=True)
class Format:
    """A way to run an exported network.

    Args:
        runtime (str): ``'onnx'`` or ``'openvino'``.
        tolerance (float): How far its AP may be from PyTorch's.
        export (Mapping): Options of the export.
        engine (Mapping): Options of the runtime.
    """

    runtime: str
    tolerance: float
    export: Mapping = field(default_factory=dict)
    engine: Mapping = field(default_factory=dict)


REFERENCE = 'torch'
FORMATS = {
    'onnx': Format('onnx', 0.001),
    'onnx-fp16': Format('onnx', 0.005, {'half': True}),
    'onnx-int8': Format('onnx', 0.02, {'int8': True}),
    'openvino': Format('openvino', 0.001, {'format': 'openvino'}),
    'openvino-bf16': Format('openvino', 0.005, {'format': 'openvino'}, {'precision': 'bf16'}),
    # OpenVINO takes the integers of ONNX's file as its own.
    'openvino-int8': Format('openvino', 0.02, {'int8': True}),
}


@dataclass(frozen=True)
class Row:
    """A format of the table.

    Args:
        name (str): Which.
        images (int): Evaluated.
        ap (float): AP by OKS.
        difference (float): From PyTorch's AP.
        tolerance (float): Allowed.
        megabytes (float, optional): Size of the file.
        note (str): What else there is to say.
    """

    name: str
    images: int
    ap: float
    difference: float
    tolerance: float = 0.0
    megabytes: float | None = None
    note: str = ''

    @property
    def good(self) -> bool:
        """Whether the format may stand for the network."""
        return abs(self.difference) <= self.tolerance


def choose_formats(names: Sequence[str] | None) -> list[str]:
    """Names of formats in the order of the table, PyTorch first; by default all that can run.

    Raises:
        UserError: If one is unknown, or its library is not installed.
    """
    known = [REFERENCE, *FORMATS]
    for name in names or ():
        if name not in known:
            raise UserError(f'there is no format {name}.{nearest(name, known)}')
    libraries = {'onnx': 'onnxruntime', 'openvino': 'openvino'}
    missing = {r: p for r, p in libraries.items() if importlib.util.find_spec(p) is None}
    for name in names or ():
        if name in FORMATS and FORMATS[name].runtime in missing:
            package = missing[FORMATS[name].runtime]
            raise UserError(f'the format {name} needs a package: pip install {package}')
    chosen = names or [name for name in FORMATS if FORMATS[name].runtime not in missing]
    return [REFERENCE, *(name for name in FORMATS if name in chosen)]


def open_data(source: str, images: str | None = None) -> Split:
    """Labels and images of a data set.

    Args:
        source (str): A config, whose val set is meant; or COCO keypoint JSON, or a folder.
        images (str, optional): The folder of the JSON's images.

    Raises:
        UserError: If they are not there or not what they should be.
    """
    if source.endswith('.json') or Path(source).is_dir():
        return open_labels(source, images)
    dataset = next(datasets_of(load_config(source).get('val_dataloader')), None)
    if dataset is None:
        raise UserError(f'config {source} names no data to evaluate on: no val_dataloader')
    root, prefix = dataset.get('data_root'), (dataset.get('data_prefix') or {}).get('img')
    return open_labels(joined(root, dataset['ann_file']), images or joined(root, prefix))


def compare_formats(
    model: nn.Module,
    data: Split,
    names: Sequence[str],
    folder: Path,
    calib: Path | None = None,
    limit: int | None = None,
    on_image: Callable[[], None] = lambda: None,
) -> Iterator[Row]:
    """Export, run and evaluate format after format.

    Args:
        model (nn.Module): As ``mmpose.apis.init_model`` returns it.
        data (Split): Images with labels.
        names (Sequence[str]): As :func:`choose_formats` returns them.
        folder (Path): For the exported files.
        calib (Path, optional): Folder of typical images for integers; by default the images of
            ``data``.
        limit (int, optional): So many images, evenly spread over the data set.
        on_image (Callable): Called after every image of every format.

    Yields:
        Row: As soon as it is known, PyTorch's first.

    Raises:
        UserError: If an image cannot be read, or the network is one that cannot be exported.
    """
    images = data.content['images']
    if limit is not None and limit < len(images):
        images = [images[n * len(images) // limit] for n in range(limit)]
    sigmas = model.dataset_meta['sigmas']

    def measure(predict) -> float:
        return average_precision(predict, data, images, sigmas, on_image)

    reference = measure(PosePredictor(model))
    yield Row(REFERENCE, len(images), reference, 0.0)
    paths: dict[str, Path] = {}
    for name in names:
        if name == REFERENCE:
            continue
        way = FORMATS[name]
        row = dict(name=name, images=len(images), tolerance=way.tolerance)
        path = exported(model, way, folder, paths, calib or data.images)
        predictor = ExportedPredictor(str(path), runtime=way.runtime, **way.engine)
        ap = measure(predictor)
        sizes = [file.stat().st_size for file in (path, path.with_suffix('.bin')) if file.exists()]
        row.update(megabytes=sum(sizes) / 1e6, note=precision_note(predictor, way))
        yield Row(**row, ap=ap, difference=ap - reference)


def exported(
    model: nn.Module, way: Format, folder: Path, paths: dict[str, Path], calib: Path
) -> Path:
    """The file for ``way``; exported once for all that run the same.

    How far its numbers are from PyTorch's does not matter here: its AP will tell.
    """
    key = '-'.join(f'{k}_{v}' for k, v in sorted(way.export.items())) or 'fp32'
    if key not in paths:
        paths[key] = write_file(model, way, folder, key, calib, must_agree=False)
    return paths[key]


def write_file(
    model: nn.Module,
    way: Format,
    folder: Path,
    stem: str,
    calib: Path | None,
    must_agree: bool,
    size: tuple[int, int] | None = None,
) -> Path:
    """Export for ``way`` into ``folder``, with bytes for input.

    Args:
        calib (Path, optional): Folder of typical images; read, and needed, for integers.
        must_agree (bool), size (tuple[int, int], optional): As in :func:`.export.export`.
    """
    more = {'calib': calib} if way.export.get('int8') else {}
    options = ExportOptions(uint8=True, size=size, **way.export, **more)
    path = Path(folder, stem + options.suffix)
    return export(model, path, options, must_agree=must_agree).paths[0]


def precision_note(predictor: ExportedPredictor, way: Format) -> str:
    """What a processor does instead of what it was asked for."""
    wanted = way.engine.get('precision')
    compiled = getattr(predictor.estimator.engine, 'compiled', None)
    if not wanted or compiled is None:
        return f'calibrated on {IMAGES} images at most' if way.export.get('int8') else ''
    used = str(compiled.get_property('INFERENCE_PRECISION_HINT'))
    # Its name there is '<Type: 'bfloat16'>' or 'bf16', by version.
    return '' if 'bf' in used else f'this processor has no {wanted}: computed as {used}'


def average_precision(
    predict: Callable[[Sequence[np.ndarray]], list[Poses]],
    data: Split,
    images: Sequence[Mapping],
    sigmas: Sequence[float],
    on_image: Callable[[], None] = lambda: None,
) -> float:
    """AP by OKS of what ``predict`` finds on ``images`` of ``data``.

    Raises:
        UserError: If an image cannot be read.
    """
    categories = [category['id'] for category in data.content['categories']]
    detections = []
    for entry in images:
        path = data.images / entry['file_name']
        image = read_image(path)
        if image is None:
            raise UserError(f'{path} does not decode')
        detections += predict([image])[0].to_coco(entry['id'], category_ids=categories)
        on_image()
    chosen = {entry['id'] for entry in images}
    people = [
        {'iscrowd': 0, 'area': AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3], **ann}
        for ann in data.content['annotations']
        if ann['image_id'] in chosen and 'keypoints' in ann and 'bbox' in ann
    ]
    truth = dict(data.content, images=list(images), annotations=people)
    return float(evaluate_oks(truth, detections, sigmas).stats[0])


def as_markdown(rows: Sequence[Row]) -> str:
    """The table."""
    lines = ['| format | AP | difference | allowed | MB | |', '|---|---|---|---|---|---|']
    for row in rows:
        size = '' if row.megabytes is None else f'{row.megabytes:.1f}'
        verdict = '' if row.good else 'too far. '
        allowed = '' if row.name == REFERENCE else f'{row.tolerance:g}'
        note = f'{verdict}{row.note}'.strip()
        numbers = f'{row.ap:.4f} | {row.difference:+.4f}'
        lines.append(f'| {row.name} | {numbers} | {allowed} | {size} | {note} |')
    return '\n'.join(lines) + '\n'
