"""LRFG starts from YOLO-Pose or from a detector: what they share, the rest fresh."""

import pytest
import torch
from fake_checkpoints import tensors_of_yolopose, write_pt
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.fine_tune import check_start
from mmpose_lrfg.checkpoints.transfer import transfer
from mmpose_lrfg.utils.config_files import load_config

init_default_scope('mmpose')
LRFG = 'lrfg-s6_1xb32-80e_coco-640'
HEAD = 'head.head_module'


@pytest.fixture
def small(tmp_path):
    """A config with the width of the small test networks."""
    cfg = load_config(LRFG)
    for part in (cfg.model.backbone, cfg.model.neck, cfg.model.head.head_module):
        part.widen_factor = 0.0625
    cfg.dump(tmp_path / 'small.py')
    return tmp_path / 'small.py'


def start_of(tensors, config, tmp_path):
    torch.save(tensors, tmp_path / 'a.pt')
    transfer(tmp_path / 'a.pt', tmp_path / 'a.pth', str(config))
    return torch.load(tmp_path / 'a.pth', weights_only=True)['state_dict']


def test_lrfg_from_yolopose(small, tmp_path):
    tensors = tensors_of_yolopose()
    new = start_of(tensors, small, tmp_path)
    # Shared parts, also the last CSP layer, which stands behind the SPP in YOLO-Pose.
    for ours, theirs in (
        ('backbone.stage2.1.blocks.2.conv2.conv.weight', 'model.4.m.2.cv2.conv.weight'),
        ('backbone.stage5.0.bn.running_var', 'model.9.bn.running_var'),
        ('backbone.stage5.1.final_conv.conv.weight', 'model.11.cv3.conv.weight'),
        ('neck.top_down_blocks.0.main_conv.conv.weight', 'model.23.cv1.conv.weight'),
        (f'{HEAD}.keypoint_features.1.10.conv.weight', 'model.33.m_kpt.1.10.conv.weight'),
    ):
        assert torch.equal(new[ours], tensors[theirs])
    # Attention, FGCSPP, Ghost modules, implicit vectors, outputs.
    parts = ('backbone.stage4.1.blocks', 'backbone.stage5.1.blocks', 'neck.spp')
    parts += ('neck.reduce_layers', 'neck.downsample_layers', 'neck.implicit', 'head.anchors')
    assert not any(n.startswith((*parts, f'{HEAD}.boxes', f'{HEAD}.keypoints')) for n in new)


@pytest.mark.parametrize('classes', [1, 80])
def test_lrfg_from_a_detector(small, tmp_path, classes):
    given = tensors_of_yolopose(classes=classes, keypoints=0)
    new = start_of(given, small, tmp_path)
    assert not any(name.startswith(HEAD) for name in new)
    # Its Focus layer stacks columns first.
    focus = given['model.0.conv.conv.weight']
    assert torch.equal(new['backbone.stem.conv.weight'][:, :, 1, 0], focus[:, 3:6, 0, 0])


def test_the_tool(small, tmp_path, run_tool, capsys):
    source, out = tmp_path / 'a.pt', tmp_path / 'a.pth'
    write_pt(source, tensors_of_yolopose(), half=False)
    assert run_tool('convert yolopose', source, out, '--into', small) == 0
    printed = capsys.readouterr().out
    assert 'weights start from yolopose-0.33x0.0625, none of' in printed and 'neck.spp' in printed
    model = MODELS.build(load_config(str(small)).model)
    assert 'loaded in part' in check_start(str(out), model)


@pytest.mark.parametrize(
    ('more', 'reason'),
    [({}, 'are their sizes the same?'), ({'model.33.ia': torch.ones(1)}, 'model.33.ia')],
)
def test_what_does_not_fit(tmp_path, run_tool, capsys, more, reason):
    source, out = tmp_path / 'a.pt', tmp_path / 'a.pth'
    torch.save({**tensors_of_yolopose(), **more}, source)
    assert run_tool('convert yolopose', source, out, '--into', LRFG) == 2
    assert reason in capsys.readouterr().err
    assert not out.exists()
