"""One model of the comparison: how it is built, and its published accuracy."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmpose_lrfg.benchmark.complexity import Complexity, build_model, measure, quiet, read_config
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.utils.errors import UserError

KINDS = ('one-stage', 'bottom-up', 'top-down')
VAL = 'val2017'
TEST_DEV = 'test-dev2017'
DETECTOR_SHAPE = (640, 640)


@dataclass(frozen=True)
class Published:
    """A published accuracy.

    Args:
        ap (float): COCO keypoint AP in percent.
        source (str): Who published it.
        images (str): ``val2017`` or ``test-dev2017``.
        flip (bool | None): Averaged with the mirrored image; None if unknown.
        note (str): Scales, refinement, boxes.
    """

    ap: float
    source: str
    images: str = VAL
    flip: bool | None = False
    note: str = ''

    def __str__(self) -> str:
        flip = {True: 'flip', False: 'no flip', None: ''}[self.flip]
        images = f'{VAL}, all 5,000 images' if self.images == VAL else self.images
        return f'{self.source}: {", ".join(filter(None, (images, flip, self.note)))}'


@dataclass(frozen=True)
class Entry:
    """A model that can be built and, unless ``no_poses`` is set, finds poses in an image.

    Args:
        name, title (str): For ``--models``, and for tables.
        kind (str): One of :data:`KINDS`.
        shape (tuple[int, int]): Height and width of the network's input in pixels.
        config (str, optional): Config of the network (of a top-down model's pose network).
        options (dict): Changes of that config.
        build (Callable, optional): Instead of a config: returns the network, which takes images
            (N, 3, H, W).
        detector (str, optional): Config of the person detector of a top-down model.
        groups (tuple[str, ...]): Groups that it belongs to, beside its kind and ``all``.
        paper_params, paper_ap (float, optional): Million parameters and AP (percent) in the
            paper's Table 1 or 2.
        published (Published, optional): Accuracy of this network by its authors or MMPose.
        counted (str): Why our count of parameters differs from the paper's.
        no_poses (str): Why it cannot be timed from image to poses.
        format (str): Export format (see :mod:`~mmpose_lrfg.benchmark.formats`) that is run instead
            of the PyTorch model.
    """

    name: str
    title: str
    kind: str
    shape: tuple[int, int]
    config: str | None = None
    options: dict = field(default_factory=dict)
    build: Callable[[], nn.Module] | None = None
    detector: str | None = None
    groups: tuple[str, ...] = ()
    paper_params: float | None = None
    paper_ap: float | None = None
    published: Published | None = None
    counted: str = ''
    no_poses: str = ''
    format: str = ''

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Its groups, with its kind and ``all``."""
        return (*self.groups, self.kind, 'all')

    def shape_for(self, shape: tuple[int, int] | None) -> tuple[int, int]:
        """Return its input (height, width) where ``shape`` is asked for; a crop keeps its own."""
        return self.shape if shape is None or self.detector else tuple(shape)

    def read_config(self, shape: tuple[int, int] | None = None) -> Config:
        """Read its config, with every input size, and its heatmaps, changed to ``shape``.

        Raises:
            UserError: If the config has no input size of the entry's shape.
        """
        cfg = read_config(self.config)
        cfg.merge_from_dict(dict(self.options))
        before, after = self.shape[::-1], self.shape_for(shape)[::-1]  # width, height
        if after == before:
            return cfg
        same = (before, list(before))
        nodes = [node for node in dicts_in(cfg._cfg_dict) if node.get('input_size') in same]
        if not nodes:
            raise UserError('its config does not let one choose the size of the input')
        for node in nodes:
            node['input_size'] = after
            if node.get('heatmap_size'):
                maps = zip(node['heatmap_size'], after, before)
                node['heatmap_size'] = tuple(cells * new // old for cells, new, old in maps)
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
            network = self.build().eval() if self.build else build_model(self.read_config(shape))
            found = measure(network.to(device), self.shape_for(shape))
            if self.detector:
                with DefaultScope.overwrite_default_scope('mmdet'):
                    detector = MODELS.build(read_config(self.detector).model).eval()
                found.parts['detector'] = measure(detector.to(device), DETECTOR_SHAPE)
        return found
