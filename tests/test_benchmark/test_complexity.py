import json
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import nn

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.benchmark.complexity import (
    build_model,
    input_shape,
    measure,
    measure_config,
    read_config,
)
from mmpose_lrfg.utils.errors import UserError

ROOT = Path(__file__).parents[2]
ABLATION = sorted((ROOT / 'configs' / 'ablation').glob('*.py'))
NET1 = str(ROOT / 'configs/ablation/net1_yolopose.py')


@pytest.mark.parametrize('path', ABLATION, ids=lambda path: path.stem)
def test_parameters_are_the_papers_to_its_last_digit(path):
    found = measure_config(str(path), shape=(64, 64))
    assert round(found['params'] / 1e6, 1) == found['paper_params']
    for name in ('params', 'macs'):
        assert sum(part[name] for part in found['parts'].values()) == found[name]


def test_network_1_has_the_cost_of_yolopose():
    model = build_model(read_config(NET1))
    cost = measure(model, (640, 640))
    assert cost.params == 15_114_860
    assert round(cost.macs / 1e9, 2) == 10.09
    assert round(measure(model, (960, 960)).macs / 1e9, 2) == 22.71
    assert set(cost.parts) == {'backbone', 'neck', 'head'}


class Small(BaseModel):
    """One operator of every kind that counts, and some that do not."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.neck = nn.Sequential(nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, groups=4, padding=1))
        self.head = nn.Linear(8, 5)

    def forward(self, inputs, data_samples, mode):
        assert mode == 'tensor'
        x = self.neck(self.backbone(inputs)).relu().mean((2, 3))
        return self.head.forward(x)  # as MMPose calls its heads


def test_multiply_adds_by_hand():
    cost = measure(Small().eval(), (10, 20))
    assert cost.parts['backbone'].macs == 10 * 20 * 8 * 3 * 9
    assert cost.parts['neck'].macs == 10 * 20 * 8 * 2 * 9
    assert cost.parts['head'].macs == 8 * 5
    assert cost.macs == sum(part.macs for part in cost.parts.values())
    assert cost.parts['neck'].params == 16 + 8 * 2 * 9 + 8


def test_deformable_convolutions_count():
    import torchvision

    class Deformable(Small):
        def forward(self, inputs, data_samples, mode):
            offset = inputs.new_zeros(1, 18, *inputs.shape[2:])
            return torchvision.ops.deform_conv2d(inputs, offset, self.backbone.weight, padding=1)

    assert measure(Deformable().eval(), (10, 20)).macs == 10 * 20 * 8 * 3 * 9


def test_shape_comes_from_the_config():
    pipeline = [dict(type='LoadImage'), dict(type='BottomupResize', input_size=(320, 192))]
    dataset = dict(dataset=dict(pipeline=pipeline))
    assert input_shape(Config(dict(test_dataloader=dataset))) == (192, 320)
    assert input_shape(Config(dict(codec=dict(input_size=(192, 256))))) == (256, 192)
    assert input_shape(Config(dict(codec=[dict(a=1)], input_size=320))) == (320, 320)
    assert input_shape(Config({})) == (640, 640)


def test_a_config_of_mmpose():
    name = 'mmpose::body_2d_keypoint/rtmo/coco/rtmo-s_8xb32-600e_coco-640x640.py'
    found = measure_config(name, shape=(320, 320))
    assert found['params'] == pytest.approx(9.9e6, rel=0.01)
    assert found['paper_params'] is None


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda: read_config('net8_lrgf'), r'Did you mean net8_lrfg\.py'),
        (lambda: read_config('mmpose::nothing/here.py'), 'of mmpose does not load'),
        (lambda: measure_config(NET1, (50, 50)), 'one image of 50 x 50'),
        (lambda: build_model(Config({})), 'has no model'),
    ],
    ids=range(4),
)
def test_errors(call, message):
    with pytest.raises(UserError, match=message):
        call()


def test_the_tool_prints_and_writes(run_tool, tmp_path, capsys):
    out = tmp_path / 'stats.json'
    configs = ['net8_lrfg', ROOT / 'configs/ablation/net7_sca_implicit.py']
    assert run_tool('info', *configs, '--img-size', 64, 128, '--json', out) == 0
    rows = json.loads(out.read_text())
    assert [row['config'] for row in rows] == [str(config) for config in configs]
    assert [round(row['params'] / 1e6, 1) for row in rows] == [19.5, 13.1]
    assert rows[0]['shape'] == [64, 128] and rows[0]['macs'] > rows[1]['macs'] > 0
    assert set(rows[0]['parts']) == {'backbone', 'neck', 'head'}
    printed = capsys.readouterr().out
    assert all(text in printed for text in ('64 x 128', '19.52', '19.5', '66.4'))
    assert run_tool('info', 'net9_lrfg') == 2
    assert 'error: net9_lrfg: config net9_lrfg does not exist' in capsys.readouterr().err
