"""LRFG starts from YOLO-Pose or from a detector: what they share, the rest fresh."""

import pytest
import torch
from fake_checkpoints import tensors_of_yolopose, write_pt
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.loading import check_fits
from mmpose_lrfg.checkpoints.transfer import fresh_model, transfer_source
from mmpose_lrfg.checkpoints.yolopose_source import Source
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

init_default_scope('mmpose')
LRFG, YOLOPOSE = 'lrfg-s6_1xb32-80e_coco-640', 'yolopose-s6_1xb32-80e_coco-640'
HEAD = 'head.head_module'


def small(name):
    """A config with the width of the small test networks."""
    cfg = load_config(name)
    for part in (cfg.model.backbone, cfg.model.neck, cfg.model.head.head_module):
        part.widen_factor = 0.0625
    return cfg


@pytest.fixture(scope='module')
def tensors():
    return tensors_of_yolopose()


def test_lrfg_from_yolopose(tensors):
    cfg = small(LRFG)
    result = transfer_source(Source('x', tensors), cfg)
    new, fresh = result.state_dict, fresh_model(cfg).state_dict()
    # Shared parts, also the last CSP layer, which stands behind the SPP in YOLO-Pose.
    for ours, theirs in (
        ('backbone.stage2.1.blocks.2.conv2.conv.weight', 'model.4.m.2.cv2.conv.weight'),
        ('backbone.stage5.0.bn.running_var', 'model.9.bn.running_var'),
        ('backbone.stage5.1.final_conv.conv.weight', 'model.11.cv3.conv.weight'),
        ('neck.top_down_blocks.0.main_conv.conv.weight', 'model.23.cv1.conv.weight'),
        (f'{HEAD}.keypoint_features.1.10.conv.weight', 'model.33.m_kpt.1.10.conv.weight'),
    ):
        assert result.rows[ours] == len(new[ours])
        assert torch.equal(new[ours], tensors[theirs])
    # Attention, FGCSPP, Ghost modules, implicit vectors.
    parts = ('backbone.stage4.1.blocks', 'backbone.stage5.1.blocks', 'neck.spp')
    parts += ('neck.reduce_layers', 'neck.downsample_layers', 'neck.implicit')
    for part in (*parts, f'{HEAD}.keypoints_add'):
        mine = [name for name in new if name.startswith(part) and 'tracked' not in name]
        assert mine
        assert all(result.rows[n] == 0 and torch.equal(new[n], fresh[n]) for n in mine), part
    # The box of anchor 0 alone comes from the box branch.
    boxes = f'{HEAD}.boxes.0.weight'
    assert result.rows[boxes] == 6
    assert torch.equal(new[boxes][:6], tensors['model.33.m.0.weight'][:6])
    assert torch.equal(new[boxes][6:], fresh[boxes][6:])
    keypoints = f'{HEAD}.keypoints.0.bias'
    assert torch.equal(new[keypoints][51], tensors['model.33.m_kpt.0.11.bias'][45])
    assert any(name.startswith('neck.spp') for name in result.unused)  # YOLO-Pose's SPP
    named = {name for name in new if 'tracked' not in name}
    assert named == {*result.rows, 'head.anchors.sizes'}


def test_yolopose_from_itself_is_itself(tensors):
    result = transfer_source(Source('x', tensors), small(YOLOPOSE))
    assert result.rows == {name: len(result.state_dict[name]) for name in result.rows}
    assert not result.unused


@pytest.mark.parametrize('classes', [1, 80])
def test_lrfg_from_a_detector(classes):
    given = tensors_of_yolopose(classes=classes, keypoints=0)
    new = transfer_source(Source('x', given), small(LRFG))
    assert new.architecture.name == 'yolov5-0.33x0.0625'
    boxes, outputs = new.state_dict[f'{HEAD}.boxes.2.weight'], 5 + classes
    theirs = given['model.33.m.2.weight'].view(3, outputs, -1)[:, :6]
    assert torch.equal(boxes.view(3, 6, -1), theirs)
    assert new.rows[f'{HEAD}.boxes.2.weight'] == 18
    assert new.rows[f'{HEAD}.keypoints.2.weight'] == 0
    # Its Focus layer stacks columns first.
    stem = new.state_dict['backbone.stem.conv.weight']
    focus = given['model.0.conv.conv.weight']
    assert torch.equal(stem[:, :, 1, 0], focus[:, 3:6, 0, 0])


@pytest.mark.parametrize('shape', [(), (5,), (153,)])
def test_outputs_of_another_shape_are_not_taken(tensors, shape):
    name = 'model.33.m_kpt.1.11.bias'
    result = transfer_source(Source('x', {**tensors, name: torch.ones(shape)}), small(LRFG))
    assert (result.rows[f'{HEAD}.keypoints.1.bias'] > 100) == (shape == (153,))


def test_anchors_stay_those_of_the_config(tensors):
    cfg = small(LRFG)
    cfg.model.head.anchors = torch.rand(4, 3, 2).mul(90).tolist()
    result = transfer_source(Source('x', tensors), cfg)
    stored = result.state_dict['head.anchors.sizes']
    assert torch.equal(stored, torch.tensor(cfg.model.head.anchors))
    assert result.rows[f'{HEAD}.boxes.0.weight'] == 4  # without width and height


def test_the_tool(tmp_path, tensors, run_tool, capsys):
    cfg, config, source = small(LRFG), tmp_path / 'c.py', tmp_path / 'a.pt'
    cfg.dump(config)
    write_pt(source, tensors, half=False)
    states = []
    for out in (tmp_path / 'a.pth', tmp_path / 'b.pth'):
        assert run_tool('convert yolopose', source, out, '--into', config) == 0
        states.append(torch.load(out, weights_only=True)['state_dict'])
    printed = capsys.readouterr().out
    assert 'neck.spp' in printed and '60 tensors of the source' in printed
    model = MODELS.build(cfg.model)
    assert check_fits(str(out), model) is None
    model.load_state_dict(states[0], strict=True)
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_what_does_not_fit(tmp_path, tensors, run_tool, capsys):
    source, out = tmp_path / 'a.pt', tmp_path / 'a.pth'
    torch.save(tensors, source)
    assert run_tool('convert yolopose', source, out, '--into', LRFG) == 2
    assert 'are their sizes the same?' in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(UserError, match=r'no YOLO-Pose network has .*model\.33\.ia'):
        transfer_source(Source('x', {**tensors, 'model.33.ia': torch.ones(1)}), small(LRFG))
