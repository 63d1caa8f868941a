"""One model of the comparison: how it is built, and its published accuracy."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmpose_lrfg.benchmark.complexity import Complexity, build_model, measure, quiet, read_config
from mmpose_lrfg.utils.configs import set_img_size

DETECTOR_SHAPE = (640, 640)


class Accuracy(NamedTuple):
    """COCO keypoint AP in percent, and by whom and how it was measured."""

    ap: float
    source: str


@dataclass(frozen=True)
class Entry:
    """A model of the comparison."""

    name: str
    title: str  # in tables
    kind: str  # one-stage, bottom-up or top-down
    shape: tuple[int, int]  # height and width of the network's input in pixels
    config: str  # of the network (of a top-down model's pose network)
    options: dict = field(default_factory=dict)  # changes of that config
    detector: str | None = None  # config of the person detector of a top-down model
    groups: tuple[str, ...] = ()  # beside its kind and 'all'
    paper_params: float | None = None  # million, in the paper's Table 1 or 2
    published: Accuracy | None = None  # of this network, by its authors or MMPose
    format: str = ''  # of an exported file that is run instead of the PyTorch model

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Its groups, with its kind and ``all``."""
        return (*self.groups, self.kind, 'all')

    def shape_for(self, shape: tuple[int, int] | None) -> tuple[int, int]:
        """Return its input (height, width) where ``shape`` is asked for; a crop keeps its own."""
        return self.shape if shape is None or self.detector else tuple(shape)

    def read_config(self, shape: tuple[int, int] | None = None) -> Config:
        """Read its config, with the input size changed to ``shape``.

        Raises:
            UserError: If the size cannot be changed.
        """
        cfg = read_config(self.config)
        cfg.merge_from_dict(dict(self.options))
        if self.shape_for(shape) != self.shape:
            set_img_size(cfg, shape)
        return cfg

    def measure(self, shape: tuple[int, int] | None = None) -> Complexity:
        """Count parameters and multiply-adds for inputs of ``shape``.

        Returns:
            Complexity: Of the network; ``parts['detector']`` is a top-down model's detector, which
            is not included in the whole.

        Raises:
            UserError: If it cannot be built, or its size cannot be changed.
        """
        # ED-Pose's layers depend on values.
        device = 'cpu' if self.name.startswith('edpose') else 'meta'
        with quiet(), torch.device(device):
            network = build_model(self.read_config(shape))
            found = measure(network.to(device), self.shape_for(shape))
            if self.detector:
                with DefaultScope.overwrite_default_scope('mmdet'):
                    detector = MODELS.build(read_config(self.detector).model).eval()
                found.parts['detector'] = measure(detector.to(device), DETECTOR_SHAPE)
        return found
