"""One-stage and bottom-up models of MMPose: one forward pass for the whole image."""

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.apis import init_model
from mmpose.structures import PoseDataSample
from torch import nn

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.benchmark.cost import config_of
from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.benchmark.speed.candidates import find_number, find_threshold, settle
from mmpose_lrfg.benchmark.speed.scenes import Picture, typical_picture
from mmpose_lrfg.benchmark.speed.weights import load_weights
from mmpose_lrfg.models.heads import YOLOPoseHead

from .base import Options, Way


def load_model(cfg: Config, options: Options) -> nn.Module:
    """An MMPose model on its device, with the checkpoint's weights or with random ones."""
    # MMPose takes the names of keypoints from the training data.
    cfg.train_dataloader = cfg.get('train_dataloader') or cfg.get('test_dataloader')
    cfg.model.test_cfg.flip_test = False
    torch.manual_seed(0)
    model = init_model(cfg, None, device='cpu')
    if options.checkpoint:
        load_weights(model, options.checkpoint)
    return model.to(options.device)


def forward(model: nn.Module, images: torch.Tensor) -> None:
    """Backbone, neck and the layers of the head; without its decoding."""
    if type(model.head).__name__ == 'EDPoseHead':  # which asks for the size of the images
        shape = tuple(images.shape[2:])
        sample = PoseDataSample(metainfo=dict(batch_input_shape=shape, img_shape=shape))
        model.head.forward(model.extract_feat(images), [sample] * len(images))
    else:
        model.head.forward(model.extract_feat(images))


def time_stages(clock, model: nn.Module) -> None:
    """Wrap what an MMPose estimator does in :meth:`test_step`."""
    clock.wrap(model.data_preprocessor, 'forward', 'input')
    clock.wrap(model, 'extract_feat', 'network')
    clock.wrap(model.head, 'forward', 'network')
    clock.wrap(model.head, 'predict', 'post')
    clock.wrap(model, 'add_pred_to_datasample', 'post')


def prepare(predictor: PosePredictor, image: np.ndarray) -> dict:
    """``inputs`` (1, 3, H, W) and ``data_samples``, as the network takes them."""
    model = predictor.model
    data = predictor.pipeline(dict(img=image, **model.dataset_meta))
    return model.data_preprocessor(pseudo_collate([data]))


def settled(entry: Entry, options: Options) -> PosePredictor:
    """A predictor whose random weights, if it has such, are settled on a typical picture."""
    predictor = PosePredictor(load_model(config_of(entry, options.shape), options), batch_size=1)
    if not options.checkpoint:
        images = prepare(predictor, typical_picture().image)['inputs']
        mirrored = torch.cat([images, images.flip(-1)])
        settle(predictor.model, lambda: forward(predictor.model, mirrored))
    return predictor


class WholeImage(Way):
    """Runs MMPose's test pipeline and ``test_step``."""

    def __init__(self, entry: Entry, options: Options):
        super().__init__(options.shape or entry.shape, options.device)
        predictor = settled(entry, options)
        if options.fused or isinstance(predictor.model.head, YOLOPoseHead):
            predictor = predictor.fused()
        self.predictor, self.model = predictor, predictor.model
        time_stages(self.clock, self.model)
        self.clock.wrap(self.predictor, 'pipeline', 'input')
        self.clock.wrap(self.predictor, '_poses', 'post')

    @torch.inference_mode()
    def network(self, images) -> None:
        forward(self.model, images)

    def poses(self, image: np.ndarray) -> int:
        return len(self.predictor([image])[0])

    @torch.inference_mode()
    def show(self, picture: Picture) -> None:
        data = prepare(self.predictor, picture.image)
        self.input_shape = tuple(data['inputs'].shape[2:])
        self.limit(len(picture.boxes), data)
        self.clock.take()

    def limit(self, people: int, data: dict) -> None:
        """Let as many candidates pass as there are people."""
        head = self.model.head
        if 'score_thr' in self.model.test_cfg:
            self._choose_threshold(people, data)
            return
        if hasattr(head, 'data_decoder'):  # ED-Pose takes the best so many
            head.data_decoder.num_select = max(people, 1)
            self.model.test_cfg.num_select = max(people, 1)
            return
        # Bottom-up: so many peaks of every heatmap, however high.
        decoder = head.decoder
        for name in ('decode_max_instances', 'decode_topk'):
            if hasattr(decoder, name):
                setattr(decoder, name, max(people, 1))
        for name in ('decode_keypoint_thr', 'decode_thr'):
            if hasattr(decoder, name):
                setattr(decoder, name, -1e9 if people else 1e9)

    def _choose_threshold(self, people: int, data: dict) -> None:
        head, cfg = self.model.head, self.model.test_cfg
        feats = self.model.extract_feat(data['inputs'])
        # Boxes of random weights overlap as chance has it; trained ones leave about ten of a person
        # to the suppression, not thousands.
        cfg.nms_pre = most = max(100, 30 * people)

        def count(**limits) -> int:
            found = head.predict(feats, data['data_samples'], test_cfg={**cfg, **limits})
            found = found[0] if isinstance(found, tuple) else found
            return len(found[0].keypoints)

        cfg.score_thr = find_threshold(lambda score: count(score_thr=score), people)
        if people and count() > people:
            cfg.nms_pre = find_number(lambda number: count(nms_pre=number), people, most)
