"""Parameters and multiply-adds of networks, whole and by part."""

import contextlib
import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torchvision.ops  # noqa: F401  registers its operators
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import mmpose_lrfg.register  # noqa: F401  registers our classes, for MMPose's own configs too
from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_files import PACKAGE, load_config, require_keys
from mmpose_lrfg.utils.config_values import check_values
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table

DEFINITION = (
    'MACs are the multiply-adds of convolutions and matrix products (linear layers, attention) for '
    'one image; "GFLOPs" in papers mean the same number, or twice that'
)
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


@dataclass
class Complexity:
    """Size and cost of a network, or of a part of it."""

    params: int  # frozen ones included, without buffers
    macs: int  # multiply-adds for one image
    parts: dict[str, 'Complexity'] = field(default_factory=dict)  # backbone, neck and head


def read_config(name: str) -> Config:
    """Read a config of this package, of a path, or of an installed package ('mmpose::...').

    Raises:
        UserError: If there is none.
    """
    package, separator, path = name.partition('::')
    if not separator or package == PACKAGE:
        return load_config(name)
    try:
        return get_config(name)
    except Exception as error:
        reason = str(error).partition('\n')[0] or type(error).__name__
        raise UserError(f'config {path} of {package} does not load: {reason}') from error


def input_shape(cfg: Config) -> tuple[int, int]:
    """Return height and width of the config's test input; (640, 640) by default."""
    sources = [cfg.get(key) for key in ('test_dataloader', 'val_dataloader', 'codec')]
    sources.append({'input_size': cfg.get('input_size', 640)})
    size = next(node['input_size'] for node in dicts_in(sources) if node.get('input_size'))
    width, height = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


def build_model(cfg: Config) -> nn.Module:
    """Build the config's network in evaluation mode, without loading weights.

    Raises:
        UserError: If the config has no model or builds none.
    """
    require_keys(cfg, cfg.filename, 'model')
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    with explained():
        check_values(cfg)
        model = MODELS.build(cfg.model)
    if not isinstance(model, nn.Module):
        raise UserError(f'model.type of the config must name a network, got {cfg.model.type!r}')
    return model.eval()


def count_parameters(module: nn.Module) -> int:
    """Count all parameters, frozen ones included."""
    return sum(p.numel() for p in module.parameters())


def forward(model: nn.Module, images: Tensor) -> None:
    """Run all layers of a network on normalised images (N, 3, H, W), without decoding."""
    if type(getattr(model, 'head', None)).__name__ == 'EDPoseHead':  # needs the image's size
        shape = tuple(images.shape[2:])
        sample = PoseDataSample(metainfo=dict(batch_input_shape=shape, img_shape=shape))
        model.head.forward(model.extract_feat(images), [sample] * len(images))
    elif isinstance(model, BaseModel):
        model(images, None, mode='tensor')
    else:
        model(images)


def measure(model: nn.Module, shape: tuple[int, int]) -> Complexity:
    """Count the parameters and the multiply-adds for one image.

    Args:
        model (nn.Module): In evaluation mode, as :func:`forward` takes it; on the device
            ``'meta'`` nothing is computed.
        shape (tuple[int, int]): Height and width of the image in pixels.

    Returns:
        Complexity: ``parts`` are the children that have parameters. Operations outside of all
        children are counted as the head's.

    Raises:
        UserError: If the network does not run on an image of this shape.
    """
    # Torch counts no operations of deformable convolutions by itself.
    operators = {torch.ops.torchvision.deform_conv2d: _deform_conv_flops}
    counter = FlopCounterMode(display=False, custom_mapping=operators)
    try:
        with torch.no_grad(), counter:
            forward(model, torch.zeros(1, 3, *shape, device=next(model.parameters()).device))
    except (RuntimeError, ValueError, TypeError, AttributeError, AssertionError) as error:
        size, reason = '{} x {}'.format(*shape), ' '.join(str(error).split())[:200]
        raise UserError(f'the network does not run on one image of {size}: {reason}') from error
    whole = Complexity(count_parameters(model), counter.get_total_flops() // 2)
    counts = counter.get_flop_counts()
    for name, child in model.named_children():
        if params := count_parameters(child):
            flops = counts.get(f'{type(model).__name__}.{name}', {})
            whole.parts[name] = Complexity(params, sum(flops.values()) // 2)
    # MMPose calls head.forward() itself, past the hooks that the counter uses.
    if head := whole.parts.get('head'):
        head.macs += whole.macs - sum(part.macs for part in whole.parts.values())
    return whole


def _deform_conv_flops(image, weight, *args, out_shape, **kwargs) -> int:
    """Twice the multiply-adds; the arguments are shapes."""
    return 2 * math.prod(out_shape) * math.prod(weight[1:])


def measure_config(name: str, shape: tuple[int, int] | None = None) -> dict:
    """Measure the network of a config, for an image (height, width) of the config's by default.

    Returns:
        dict: ``config``, ``shape``, the fields of :class:`Complexity`, and ``paper_params`` and
        ``paper_ap`` of the paper's Table 1 (million parameters, AP).

    Raises:
        UserError: About the config or the shape; begins with ``name``.
    """
    try:
        cfg = read_config(name)
        shape = shape or input_shape(cfg)
        with quiet():
            found = asdict(measure(build_model(cfg), shape))
    except UserError as error:
        raise UserError(f'{name}: {error}') from error
    params, ap = PAPER.get(Path(name).stem, (None, None))
    return dict(found, config=name, shape=shape, paper_params=params, paper_ap=ap)


def print_complexity(rows: Sequence[dict]) -> None:
    """Print a table of whole networks, with the paper's numbers, and one of their parts."""
    name = Column('network', lambda row: Path(row['config'].rpartition('::')[2]).stem)
    columns = [
        name,
        Column('input', lambda row: '{} x {}'.format(*row['shape'])),
        Column('M params', 'params', '.2f', scale=1e-6),
        Column('in paper', 'paper_params', '.1f'),
        Column('GMACs', 'macs', '.2f', scale=1e-9),
        Column('AP in paper', 'paper_ap', '.1f'),
    ]
    if not any(row['paper_ap'] for row in rows):
        columns = [column for column in columns if 'paper' not in column.title]
    Table(rows, columns, 'Networks').print()
    parts = [name]
    for part in dict.fromkeys(part for row in rows for part in row['parts']):
        parts.append(Column(f'{part}: M params', f'parts.{part}.params', '.2f', scale=1e-6))
        parts.append(Column('GMACs', f'parts.{part}.macs', '.2f', scale=1e-9))
    Table(rows, parts, 'Parts').print()
    print(f'{DEFINITION}.')


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress warnings and log lines of MMPose and its neighbours."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(before)
