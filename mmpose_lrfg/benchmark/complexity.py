"""Size and cost of a network: parameters and multiply-adds, whole and by part."""

import contextlib
import logging
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torchvision.ops  # noqa: F401  registers its operators
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import mmpose_lrfg.register  # noqa: F401  registers our classes, for MMPose's own configs too
from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_files import PACKAGE, load_config
from mmpose_lrfg.utils.config_values import check_values
from mmpose_lrfg.utils.errors import UserError

DEFINITION = (
    'MACs are the multiply-adds of convolutions and matrix products (linear layers, attention) for '
    'one image; "GFLOPs" in papers mean the same number, or twice that'
)
# What else the networks do (normalisation, activations, pooling, resizing) is not counted.

# Table 1 of the paper, by the name of our config: million parameters, AP.
PAPER = {
    'net1_yolopose': (15.1, 63.8),
    'net2_fgcspp': (21.5, 64.5),
    'net3_sca': (14.3, 65.5),
    'net4_implicit': (13.9, 64.7),
    'net5_fgcspp_sca': (20.7, 66.1),
    'net6_fgcspp_implicit': (20.4, 64.8),
    'net7_sca_implicit': (13.1, 65.9),
    'net8_lrfg': (19.5, 66.4),
}

DEFORM_CONV = torch.ops.torchvision.deform_conv2d


@dataclass
class Cost:
    """Size and cost of a network, or of a part of it."""

    params: int
    macs: int
    parts: dict[str, 'Cost'] = field(default_factory=dict)

    def to_dict(self) -> dict:
        """Plain values; ``parts`` only where there are some."""
        own = dict(params=self.params, macs=self.macs)
        return own | (
            {'parts': {n: p.to_dict() for n, p in self.parts.items()}} if self.parts else {}
        )


def read_config(name: str) -> Config:
    """Read a config of ours, of a path, or of an installed package ('mmpose::...').

    Raises:
        UserError: If there is none.
    """
    package, mark, path = name.partition('::')
    if not mark or package == PACKAGE:
        return load_config(name)
    try:
        return get_config(name)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f'config {path} of {package} does not load: {reason}') from error


def input_shape(cfg: Config) -> tuple[int, int]:
    """(height, width) that the config's test images are brought to; (640, 640) if it is silent."""
    for split in ('test_dataloader', 'val_dataloader'):
        dataset = (cfg.get(split) or {}).get('dataset') or {}
        for step in dataset.get('pipeline') or ():
            size = step.get('input_size')
            if size:
                return _height_width(size)
    codec = cfg.get('codec')
    size = codec.get('input_size') if isinstance(codec, dict) else cfg.get('input_size')
    return _height_width(size) if size else (640, 640)


def _height_width(size) -> tuple[int, int]:
    width, height = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


def build_model(cfg: Config) -> nn.Module:
    """Build the config's network in evaluation mode, with no weights loaded or downloaded.

    Raises:
        UserError: If the config has no model or builds none.
    """
    from mmpose.registry import MODELS

    if not cfg.get('model'):
        raise UserError(f'config {cfg.filename} has no model')
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    with explained():
        check_values(cfg)
        model = MODELS.build(cfg.model)
    if not isinstance(model, nn.Module):
        raise UserError(f'model.type of the config must name a network, got {cfg.model.type!r}')
    return model.eval()


def count_parameters(module: nn.Module) -> int:
    """Count all parameters, frozen ones too; buffers are none."""
    return sum(p.numel() for p in module.parameters())


def deform_conv_flops(image, weight, *args, out_shape, **kwargs) -> int:
    """Twice the multiply-adds, which torch takes for none; shapes stand in for the tensors."""
    return 2 * math.prod(out_shape) * math.prod(weight[1:])


def measure(model: nn.Module, shape: tuple[int, int]) -> Cost:
    """Count the parameters and the multiply-adds for one image.

    Args:
        model (nn.Module): A pose estimator of MMPose; in evaluation mode.
        shape (tuple[int, int]): Height and width of the image in pixels.

    Returns:
        Cost: Of the network; ``parts`` are its children that have parameters (backbone, neck,
        head), and what is counted in none of them is in the head's.

    Raises:
        UserError: If the network does not run on an image of this shape.
    """
    parts = {name: child for name, child in model.named_children() if count_parameters(child)}
    counter = FlopCounterMode(display=False, custom_mapping={DEFORM_CONV: deform_conv_flops})
    try:
        with torch.no_grad(), counter:
            model(torch.zeros(1, 3, *shape), None, mode='tensor')
    except (RuntimeError, ValueError, TypeError, AttributeError, AssertionError) as error:
        reason = ' '.join(str(error).split())[:200]
        height, width = shape
        raise UserError(
            f'the network does not run on one image of {height} x {width}: {reason}'
        ) from error
    whole = Cost(count_parameters(model), counter.get_total_flops() // 2)
    counts = counter.get_flop_counts()
    for name, child in parts.items():
        by_operator = counts.get(f'{type(model).__name__}.{name}', {})
        whole.parts[name] = Cost(count_parameters(child), sum(by_operator.values()) // 2)
    # MMPose calls head.forward() itself, past the hooks that the counter goes by.
    if 'head' in whole.parts:
        others = sum(part.macs for name, part in whole.parts.items() if name != 'head')
        whole.parts['head'].macs = whole.macs - others
    return whole


def measure_config(name: str, shape: tuple[int, int] | None = None) -> dict:
    """Measure the network of a config.

    Args:
        name (str): As :func:`read_config` takes it.
        shape (tuple[int, int], optional): Height and width; by default those of the config.

    Returns:
        dict: ``config``, ``shape`` (height, width), ``params``, ``macs``, ``parts`` and, for the
        networks of the paper's Table 1, ``paper`` with ``params_m`` and ``ap``.
    """
    cfg = read_config(name)
    shape = shape or input_shape(cfg)
    with quiet():
        cost = measure(build_model(cfg), shape)
    row = dict(config=name, shape=list(shape), **cost.to_dict())
    known = PAPER.get(Path(name).stem)
    if known:
        row['paper'] = dict(params_m=known[0], ap=known[1])
    return row


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """MMPose and its neighbours remark on details of configs; not between the rows of a table."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(before)
