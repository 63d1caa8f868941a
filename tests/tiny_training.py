"""A network of 0.2 M parameters on invented batches of 128 x 128, to train for an iteration."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

import mmpose_lrfg.register  # noqa: F401

N6 = Path(__file__).parents[1] / 'configs' / '_base_' / 'models' / 'lrfg_n6.py'
SIDE = 128


def build(seed=0, change=lambda model: None, **preprocessor):
    """The network, in training mode; the same seed gives the same weights."""
    model = Config.fromfile(N6).model
    change(model)
    for part in (model.backbone, model.neck, model.head.head_module):
        part.widen_factor = 0.125
    model.data_preprocessor.update(preprocessor)
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope('mmpose'):
        return MODELS.build(model).train()


def batch(images=2, people=3, side=SIDE, seed=0):
    """A batch as a data loader hands it out."""
    random = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(*shape, generator=random)

    samples = []
    for index in range(images):
        low = rand(people, 2) * side / 2
        high = low + side * (0.2 + 0.3 * rand(people, 2))
        instances = InstanceData()
        instances.bboxes = torch.cat([low, high], dim=1)
        instances.labels = torch.zeros(people, dtype=torch.long)
        instances.keypoints = low[:, None] + (high - low)[:, None] * rand(people, 17, 2)
        instances.keypoints_visible = (rand(people, 17) < 0.8).float()
        sample = PoseDataSample(gt_instance_labels=instances)
        sample.set_metainfo(dict(id=index, img_shape=(side, side), input_size=(side, side)))
        samples.append(sample)
    shape = (images, 3, side, side)
    pictures = torch.randint(0, 255, shape, generator=random, dtype=torch.uint8)
    return dict(inputs=list(pictures), data_samples=samples)
