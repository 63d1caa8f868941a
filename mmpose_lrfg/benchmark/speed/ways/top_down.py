"""Top-down models: a detector, then the pose network on the crop of every person."""

import numpy as np
import torch
from mmdet.apis import inference_detector, init_detector
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.utils import adapt_mmdet_pipeline

from mmpose_lrfg.benchmark.complexity import read_config
from mmpose_lrfg.benchmark.cost import config_of
from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.benchmark.speed.candidates import find_threshold, noise, settle
from mmpose_lrfg.benchmark.speed.scenes import Picture, typical_picture
from mmpose_lrfg.models.fuse import fuse

from .base import Options, Way
from .whole_image import forward, load_model, time_stages


class TopDown(Way):
    """Runs MMDetection's test pipeline and MMPose's, all crops in one batch.

    The pose network gets the labelled boxes of the picture, whatever the detector found: with
    random weights it finds nothing sensible, and every model then has the same crops.
    """

    def __init__(self, entry: Entry, options: Options):
        super().__init__(entry.shape, options.device)
        self.model = load_model(config_of(entry), options)
        if not options.checkpoint:
            settle(self.model, lambda: self.network(noise(2, self.shape, self.device)))
        init_default_scope('mmpose')
        self.pipeline = Compose(self.model.cfg.test_dataloader.dataset.pipeline)
        self.detector = self._load_detector(entry.detector)
        if options.fused:
            self.model, self.detector = fuse(self.model), fuse(self.detector)
        self.boxes = np.zeros((0, 4), np.float32)
        time_stages(self.clock, self.model)
        self.clock.wrap(self, 'pipeline', 'input')
        self.clock.wrap(self, 'detect', 'detector')

    def _load_detector(self, config: str):
        cfg = read_config(config)
        torch.manual_seed(0)
        detector = init_detector(cfg, None, palette='none', device=str(self.device))
        init_default_scope('mmpose')
        detector.cfg = adapt_mmdet_pipeline(detector.cfg)
        steps = detector.cfg.test_dataloader.dataset.pipeline
        steps[0] = dict(type='mmdet.LoadImageFromNDArray')
        self.detector_pipeline = Compose(steps)
        data = self.detector_pipeline(dict(img=typical_picture().image, img_id=0))
        images = detector.data_preprocessor(pseudo_collate([data]))['inputs']
        mirrored = torch.cat([images, images.flip(-1)])
        settle(detector, lambda: detector(mirrored, mode='tensor'))
        return detector

    @torch.inference_mode()
    def network(self, images) -> None:
        forward(self.model, images)

    def detect(self, image: np.ndarray) -> int:
        """How many boxes the detector finds."""
        found = inference_detector(self.detector, image, self.detector_pipeline)
        return len(found.pred_instances)

    @torch.inference_mode()
    def show(self, picture: Picture) -> None:
        self.boxes = picture.boxes
        self.input_shape = self.shape
        cfg = self.detector.bbox_head.test_cfg

        def count(threshold: float) -> int:
            cfg.score_thr = threshold
            return self.detect(picture.image)

        # Its score scarcely matters, its number does: some boxes more cost nothing.
        cfg.max_per_img = max(len(self.boxes), 1)
        cfg.score_thr = find_threshold(count, len(self.boxes))
        self.clock.take()

    @torch.inference_mode()
    def poses(self, image: np.ndarray) -> int:
        self.detect(image)
        if not len(self.boxes):
            return 0
        meta = self.model.dataset_meta
        one = np.ones(1, np.float32)
        inputs = [
            self.pipeline(dict(img=image, bbox=box[None], bbox_score=one, **meta))
            for box in self.boxes
        ]
        return len(self.model.test_step(pseudo_collate(inputs)))
