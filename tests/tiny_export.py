"""Fixtures: tiny networks and their exported files; every vector and statistic has an effect."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope, init_default_scope
from mmpose.registry import MODELS

import mmpose_lrfg.register  # noqa: F401

CONFIGS = Path(__file__).parents[1] / 'configs'
WIDTH = 0.125


@pytest.fixture(scope='package', autouse=True)
def _mmpose_scope():
    before = DefaultScope.get_current_instance()
    init_default_scope('mmpose')
    yield
    if before is not None:
        init_default_scope(before.scope_name)


@pytest.fixture(autouse=True)
def _one_core():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def unsettle(model):
    """Give every statistic and vector a value that a mistake in folding would show."""
    generator = torch.Generator().manual_seed(0)

    def draw(tensor, low, high):
        tensor.uniform_(low, high, generator=generator)

    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                draw(module.weight, 0.5, 1.5)
                draw(module.bias, -0.5, 0.5)
                module.momentum = 1.0
        for name, parameter in model.named_parameters():
            if name.endswith('.vector'):
                draw(parameter, 0.3, 1.5)
        # Statistics of real maps: with others, the input would fade on its way to the outputs.
        images = torch.rand(4, 3, 192, 192, generator=generator)
        model.train().head(model.extract_feat(images))
    return model.eval()


@pytest.fixture(scope='session')
def build():
    """Build the network of a config, an eighth as wide: ``build('ablation/net8_lrfg')``."""

    def made(config):
        init_default_scope('mmpose')
        torch.manual_seed(0)
        cfg = Config.fromfile(CONFIGS / f'{config}.py').model
        cfg.backbone.widen_factor = cfg.neck.widen_factor = WIDTH
        cfg.head.head_module.widen_factor = WIDTH
        return unsettle(MODELS.build(cfg))

    return made


@pytest.fixture(scope='session')
def tiny(tmp_path_factory, build):
    """Config and checkpoint of a tiny network that finds people everywhere, surely or less so."""
    import tiny_network

    folder = tmp_path_factory.mktemp('tiny')
    config = tiny_network.write_config(folder / 'tiny.py', width=WIDTH)
    model = build('ablation/net8_lrfg')
    with torch.no_grad():
        for conv in model.head.head_module.boxes:
            conv.bias.view(3, 6)[:, 4] = -3
    torch.save({'state_dict': model.state_dict()}, folder / 'tiny.pth')
    return config, str(folder / 'tiny.pth')


@pytest.fixture(scope='session')
def predictor(tiny):
    """The tiny network in PyTorch."""
    from mmpose_lrfg.apis.predictor import PosePredictor

    return PosePredictor.from_files(*tiny)


@pytest.fixture(scope='session')
def exported(tmp_path_factory, predictor):
    """Export the tiny network, each way once: ``exported(uint8=True, ...)`` returns the path."""
    from mmpose_lrfg.deploy.export import export
    from mmpose_lrfg.deploy.options import ExportOptions

    paths = {}

    def made(**options):
        key = tuple(sorted(options.items()))
        if key not in paths:
            chosen = ExportOptions(**options)
            path = tmp_path_factory.mktemp('exported') / f'tiny{chosen.suffix}'
            report = export(predictor.model, path, chosen)
            assert report.paths[0] == path
            paths[key] = path
        return paths[key]

    return made


@pytest.fixture(scope='session')
def pictures():
    """Rendered people on pictures of different shapes."""
    import numpy as np

    from mmpose_lrfg.synthetic import SceneConfig, render_scene

    rng = np.random.default_rng(3)
    scene = SceneConfig(people=(1, 2), objects=False)
    return [render_scene(rng, size, scene).image for size in ((120, 90), (80, 150), (129, 128))]
