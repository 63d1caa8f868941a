"""Our networks as exported files: ONNX Runtime, OpenVINO, TensorRT."""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.apis.model_specs import user_errors
from mmpose_lrfg.benchmark.cost import config_of
from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.benchmark.formats import FORMATS, Format, write_file
from mmpose_lrfg.benchmark.speed.candidates import find_threshold
from mmpose_lrfg.benchmark.speed.scenes import Picture
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.runtime import PoseEstimator, estimator
from mmpose_lrfg.utils.errors import UserError

from .base import Options, Way
from .whole_image import load_model


class Exported(Way):
    """Runs what ``tools/export.py --uint8`` writes, with neither torch nor MMPose."""

    def __init__(self, entry: Entry, options: Options):
        super().__init__(options.shape or entry.shape)
        if entry.config is None or entry.detector:
            raise UserError(f'{entry.name} is not exported: only networks of this package are')
        # Settled random weights are sensitive to the last digit, which the export checks.
        model = load_model(config_of(entry, options.shape), options)
        if not isinstance(model.head, YOLOPoseHead):
            raise UserError(
                f'{entry.name} is not exported: {type(model.head).__name__} is not of this package'
            )
        way = FORMATS.get(entry.format) or Format(options.runtime, 0)
        with tempfile.TemporaryDirectory() as folder:
            integers = way.export.get('int8')
            path = write_file(
                model,
                way,
                Path(folder),
                'network',
                calib=calibration_folder(Path(folder)) if integers else None,
                # What random weights lose in half precision or integers does not matter here.
                must_agree=not way.export,
                size=self.shape,
            )
            self.estimator = open_file(path, way, options)
        self.clock.wrap(self.estimator.engine, 'run', 'network')
        self.clock.wrap(estimator, 'select', 'post')
        self.clock.wrap(self.estimator, '_poses', 'post')
        # What is left of it is the letterbox.
        self.clock.wrap(self.estimator, '_batch', 'input')

    def input(self, batch: int) -> np.ndarray:
        return np.random.default_rng(0).integers(0, 255, (batch, *self.shape, 3), dtype=np.uint8)

    def network(self, images) -> None:
        self.estimator.engine.run(images)

    def show(self, picture: Picture) -> None:
        self.input_shape = self.shape

        def count(threshold: float) -> int:
            self.estimator.score_thr = threshold
            return self.poses(picture.image)

        people = len(picture.boxes)
        self.estimator.max_per_img = max(people, 1)
        self.estimator.score_thr = find_threshold(count, people)
        self.clock.take()

    def poses(self, image: np.ndarray) -> int:
        return len(self.estimator(image))


def calibration_folder(folder: Path) -> Path:
    """A folder of pictures made here, from which integers get their ranges."""
    calib = folder / 'calibration'
    calib.mkdir()
    for number, picture in enumerate(trial_images()):
        cv2.imwrite(str(calib / f'{number}.png'), picture)
    return calib


def open_file(path: Path, way: Format, options: Options) -> PoseEstimator:
    """An exported file in its runtime.

    Raises:
        UserError: If the runtime is not installed or cannot use the device.
    """
    choices = dict(threads=options.threads, **way.engine)
    runtime = way.runtime
    if runtime == 'tensorrt':
        import onnxruntime

        if 'TensorrtExecutionProvider' not in onnxruntime.get_available_providers():
            raise UserError('this ONNX Runtime has no TensorRT; it needs onnxruntime-gpu')
        choices['providers'] = ['TensorrtExecutionProvider', 'CUDAExecutionProvider']
        runtime = 'onnx'
    elif options.device != 'cpu':
        if runtime == 'openvino':
            raise UserError('OpenVINO does not run on GPUs of this kind; take --device cpu')
        choices['providers'] = ['CUDAExecutionProvider', 'CPUExecutionProvider']
    with user_errors():
        return PoseEstimator(path, runtime=runtime, **choices)
