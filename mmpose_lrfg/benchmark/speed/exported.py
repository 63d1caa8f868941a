"""Networks of this package as exported files, in ONNX Runtime or OpenVINO."""

import tempfile
from pathlib import Path

import numpy as np

from mmpose_lrfg.benchmark.formats import FORMATS, write
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.utils.errors import UserError

from .backends import Backend
from .calibration import find_threshold
from .settings import Settings


class Exported(Backend):
    """Runs an exported file, with neither torch nor MMPose."""

    def __init__(self, entry: Entry, settings: Settings):
        super().__init__(entry, settings)
        # BatchNorm is not calibrated: the export compares digits, which are sensitive to it.
        model = self.load(entry.read_config(settings.img_size))
        if not isinstance(model.head, YOLOPoseHead):
            raise UserError(f'{entry.name} is not exported: only networks of this package are')
        with tempfile.TemporaryDirectory() as folder:
            path = write(entry.format, model, Path(folder, 'network'), size=self.shape)
            self.estimator = PoseEstimator(
                path,
                runtime=FORMATS[entry.format][0],
                device=settings.device,
                threads=settings.threads,
            )
        self.timer.wrap(self.estimator.engine, 'run', 'network', after='post')

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
