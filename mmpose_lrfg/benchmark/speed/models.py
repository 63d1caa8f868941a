"""Models of MMPose in PyTorch (one-stage, bottom-up, top-down), and exported files."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from mmdet.apis import inference_detector, init_detector
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.apis import inference_topdown
from mmpose.utils import adapt_mmdet_pipeline

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.benchmark.complexity import read_config
from mmpose_lrfg.benchmark.formats import runtime_options, write
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.utils.errors import UserError

from .backends import Backend
from .calibration import calibrate_batch_norm, find_threshold, people_image
from .settings import Settings

# Detections of random weights overlap at random; trained ones leave about ten of a person to NMS.
CANDIDATES_PER_PERSON, CANDIDATES = 30, 100
TWO_PEOPLE = people_image(2, (240, 320)).image


def wrap_network(backend: Backend) -> None:
    """Time the network's part of an MMPose model's ``test_step``."""
    backend.timer.wrap(backend.model, 'extract_feat', 'network', after='post')
    backend.timer.wrap(backend.model.head, 'forward', 'network', after='post')


class WholeImage(Backend):
    """One-stage and bottom-up models: MMPose's test pipeline and ``test_step``."""

    def __init__(self, entry: Entry, settings: Settings):
        super().__init__(entry, settings)
        self.model = self.load(entry.read_config(settings.img_size))
        self.predictor = PosePredictor(self.model, batch_size=1)
        if not self.checkpoint:
            images = self._prepare(TWO_PEOPLE)['inputs']
            images = torch.cat([images, images.flip(-1)])  # a map of one pixel needs two
            calibrate_batch_norm(self.model, lambda: self.network(images))
        if settings.fused or isinstance(self.model.head, YOLOPoseHead):
            model = self.fuse(self.model)
            model.cfg, model.dataset_meta = self.model.cfg, self.model.dataset_meta
            self.model, self.predictor = model, PosePredictor(model, batch_size=1)
        wrap_network(self)

    def _prepare(self, image: np.ndarray) -> dict:
        """Return ``inputs`` (1, 3, H, W) and ``data_samples``, as the network takes them."""
        data = self.predictor.pipeline(dict(img=image, **self.model.dataset_meta))
        return self.model.data_preprocessor(pseudo_collate([data]))

    def poses(self, image: np.ndarray) -> int:
        return len(self.predictor([image])[0])

    @torch.inference_mode()
    def calibrate(self, image: np.ndarray, boxes: np.ndarray) -> None:
        data, people = self._prepare(image), len(boxes)
        self.input_shape = tuple(data['inputs'].shape[2:])
        head, cfg = self.model.head, self.model.test_cfg
        if 'score_thr' in cfg:
            self._choose_threshold(people, data)
        elif hasattr(head, 'data_decoder'):  # ED-Pose takes the best so many
            head.data_decoder.num_select = cfg.num_select = max(people, 1)
        else:  # bottom-up: so many peaks of every heatmap, however high
            values = dict.fromkeys(('decode_max_instances', 'decode_topk'), max(people, 1))
            thr = -1e9 if people else 1e9
            values |= dict.fromkeys(('decode_keypoint_thr', 'decode_thr'), thr)
            for name in values.keys() & vars(head.decoder).keys():
                setattr(head.decoder, name, values[name])

    def _choose_threshold(self, people: int, data: dict) -> None:
        head, cfg = self.model.head, self.model.test_cfg
        feats = self.model.extract_feat(data['inputs'])
        cfg.nms_pre = max(CANDIDATES, CANDIDATES_PER_PERSON * people)
        cfg.max_per_img = max(people, 1)

        def count(score_thr: float) -> int:
            cfg.score_thr = score_thr
            found = head.predict(feats, data['data_samples'], test_cfg=cfg)
            found = found[0] if isinstance(found, tuple) else found
            return len(found[0].keypoints)

        cfg.score_thr = find_threshold(count, people)
        if count(cfg.score_thr) > people > 0:  # equal scores, which no threshold separates
            cfg.nms_pre = people


class TopDown(Backend):
    """A detector, then the pose network on the crops of all people in one batch.

    The pose network gets the given boxes whatever the detector finds: random weights find nothing
    sensible, and every model gets the same crops.
    """

    def __init__(self, entry: Entry, settings: Settings):
        super().__init__(entry, settings)
        self.model = self.load(entry.read_config())
        if not self.checkpoint:
            calibrate_batch_norm(self.model, lambda: self.network(self.input(2)))
        torch.manual_seed(0)
        self.detector = init_detector(
            read_config(entry.detector), None, palette='none', device=settings.device
        )
        init_default_scope('mmpose')
        self.detector.cfg = adapt_mmdet_pipeline(self.detector.cfg)
        steps = self.detector.cfg.test_dataloader.dataset.pipeline
        steps[0] = dict(type='mmdet.LoadImageFromNDArray')
        self.detector_pipeline = Compose(steps)
        calibrate_batch_norm(self.detector, lambda: self.detect(TWO_PEOPLE))
        if settings.fused:
            self.model, self.detector = self.fuse(self.model), self.fuse(self.detector)
        self.boxes = np.zeros((0, 4), np.float32)
        wrap_network(self)
        self.timer.wrap(self, 'detect', 'detector')

    def detect(self, image: np.ndarray) -> int:
        """Return how many boxes the detector finds."""
        found = inference_detector(self.detector, image, self.detector_pipeline)
        return len(found.pred_instances)

    @torch.inference_mode()
    def calibrate(self, image: np.ndarray, boxes: np.ndarray) -> None:
        self.boxes = boxes
        cfg = self.detector.bbox_head.test_cfg

        def count(threshold: float) -> int:
            cfg.score_thr = threshold
            return self.detect(image)

        cfg.max_per_img = max(len(boxes), 1)
        cfg.score_thr = find_threshold(count, len(boxes))

    @torch.inference_mode()
    def poses(self, image: np.ndarray) -> int:
        self.detect(image)
        # Without boxes, the whole image would be one.
        return len(inference_topdown(self.model, image, self.boxes)) if len(self.boxes) else 0


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
            options = runtime_options(entry.format)
            options.update(device=settings.device, threads=settings.threads)
            self.estimator = PoseEstimator(path, **options)
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
