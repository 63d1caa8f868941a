"""Networks of this package as exported files: ONNX Runtime, OpenVINO, TensorRT."""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.benchmark.formats import FORMATS, Format, write_file
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.utils.errors import UserError

from .backends import Backend
from .calibration import find_threshold
from .settings import Settings

TENSORRT = ('TensorrtExecutionProvider', 'CUDAExecutionProvider')


class Exported(Backend):
    """Runs what ``lrfg export --uint8`` writes, with neither torch nor MMPose."""

    def __init__(self, entry: Entry, settings: Settings):
        super().__init__(entry, settings)
        if entry.config is None or entry.detector:
            raise UserError(f'{entry.name} is not exported: only networks of this package are')
        # BatchNorm is not calibrated: the export compares digits, which are sensitive to it.
        model = self.load(entry.read_config(settings.shape))
        if not isinstance(model.head, YOLOPoseHead):
            head = type(model.head).__name__
            raise UserError(f'{entry.name} is not exported: {head} is not of this package')
        form = FORMATS.get(entry.format) or Format(settings.runtime)
        with tempfile.TemporaryDirectory() as folder:
            # Integers get their ranges from these images.
            for number, image in enumerate(trial_images()):
                cv2.imwrite(str(Path(folder, f'{number}.png')), image)
            # Losses of random weights in half precision or integers do not matter here.
            path = write_file(
                model, form, Path(folder), 'network', Path(folder),
                must_agree=not form.export, size=self.shape,
            )  # fmt: skip
            self.estimator = self._open(path, form)
        self.timer.wrap(self.estimator.engine, 'run', 'network', after='post')

    def _open(self, path: Path, form: Format):
        runtime, device = form.runtime, self.settings.device
        options = dict(form.engine, threads=self.settings.threads)
        if runtime == 'tensorrt':
            import onnxruntime

            if TENSORRT[0] not in onnxruntime.get_available_providers():
                raise UserError('this ONNX Runtime has no TensorRT; it needs onnxruntime-gpu')
            runtime, device, options['providers'] = 'onnx', 'cpu', list(TENSORRT)
        return PoseEstimator(path, runtime=runtime, device=device, **options)

    def input(self, batch: int) -> np.ndarray:
        return np.random.default_rng(0).integers(0, 255, (batch, *self.shape, 3), dtype=np.uint8)

    def network(self, images: np.ndarray) -> None:
        self.estimator.engine.run(images)

    def calibrate(self, image: np.ndarray, boxes: np.ndarray) -> None:
        def count(threshold: float) -> int:
            self.estimator.thresholds['score_thr'] = threshold
            return self.poses(image)

        self.estimator.thresholds['max_per_img'] = max(len(boxes), 1)
        self.estimator.thresholds['score_thr'] = find_threshold(count, len(boxes))

    def poses(self, image: np.ndarray) -> int:
        return len(self.estimator(image))
