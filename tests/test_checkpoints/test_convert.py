"""Every published network is recognised and filled; anything else is refused in a sentence."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from fake_checkpoints import tensors_of_yolopose, write_pt
from golden import SHAPES
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.apis import inference_bottomup, init_model
from mmpose.registry import MODELS

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints import yolopose_names as names
from mmpose_lrfg.checkpoints.convert import build_meta_model, convert_source
from mmpose_lrfg.checkpoints.yolopose_source import Source, read_source
from mmpose_lrfg.models.task_modules import COCO_ANCHORS
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

init_default_scope('mmpose')

PIXELS = torch.tensor(COCO_ANCHORS, dtype=torch.float32)
CELLS = PIXELS / torch.tensor(names.STRIDES)[:, None, None]


@pytest.fixture(scope='module')
def tensors():
    """A small YOLO-Pose network's, by variant."""
    return {lite: tensors_of_yolopose(lite) for lite in (False, True)}


@pytest.mark.parametrize('path', SHAPES, ids=lambda path: path.stem)
def test_every_published_tensor_has_its_place(path):
    """Names and shapes alone: tensors without memory, but for the anchors."""
    described = json.loads(path.read_text())
    given = {
        name: torch.empty(shape, device='meta') for name, shape in described['tensors'].items()
    }
    given['model.33.anchor_grid'] = PIXELS.view(4, 1, 3, 1, 1, 2)
    given['model.33.anchors'] = CELLS
    result = convert_source(Source(path, given))
    assert result.num_parameters == described['params']
    assert result.num_source_tensors == len(described['tensors'])
    assert result.architecture.size == path.name[len('yolov5') :][:2]
    assert result.architecture.lite == ('lite' in path.name)
    counters = {name for name in result.state_dict if name.endswith('num_batches_tracked')}
    # The anchors come twice, in pixels and in cells.
    assert len(result.state_dict) - len(counters) == len(given) - 1


@pytest.mark.parametrize('name', ['s6', 's6-lite', 'm6', 'm6-lite', 'l6', 'l6-lite'])
def test_the_configs_have_the_behaviour_of_yolopose(name):
    cfg = load_config(f'yolopose-{name}_1xb32-80e_coco-640')
    assert cfg.train_dataloader.batch_size * cfg.optim_wrapper.accumulative_counts == 64
    head = build_meta_model(cfg).head
    assert head.single_class_score and head.unannotated_at_zero
    assert head.head_module.layout == 'concatenated' and head.on_conflict == 'last'


@pytest.mark.parametrize('half, lite, key', [(True, False, 'model'), (False, True, 'ema')])
def test_a_pickled_network_is_read_without_its_code(tmp_path, tensors, half, lite, key):
    act = 'ReLU' if lite else 'SiLU'
    write_pt(tmp_path / 'a.pt', tensors[lite], half, key, act=act)
    with pytest.raises(ModuleNotFoundError):
        __import__('models.common')
    source = read_source(tmp_path / 'a.pt')
    read = {name: t for name, t in source.tensors.items() if 'tracked' not in name}
    assert read.keys() == tensors[lite].keys()
    for name, tensor in tensors[lite].items():
        assert torch.equal(read[name], tensor.half() if half else tensor), name
    result = convert_source(source)
    assert result.architecture.act == act and result.architecture.spp_act == 'SiLU'
    model = MODELS.build(result.cfg.model)
    model.load_state_dict(result.state_dict, strict=True)
    assert all(p.dtype == torch.float32 for p in model.parameters())


@pytest.mark.parametrize('rows_first', [True, False], ids=['YOLO-Pose', 'YOLOv5'])
def test_focus_is_a_convolution(tensors, rows_first):
    """Slicing every 2x2 block into channels, then 3x3, is one 6x6 convolution."""
    weight = tensors[False]['model.0.conv.conv.weight']
    x = torch.rand(1, 3, 16, 12)
    places = [(i, j) if rows_first else (j, i) for i in (0, 1) for j in (0, 1)]
    blocks = torch.cat([x[..., row::2, column::2] for row, column in places], dim=1)
    focus = torch.nn.functional.conv2d(blocks, weight, padding=1)
    ours = names.focus_to_conv(weight, rows_first)
    conv = torch.nn.functional.conv2d(x, ours, stride=2, padding=2)
    assert torch.allclose(focus, conv, atol=1e-5)


def test_the_module_tree_replaces_the_published_values(tmp_path, tensors):
    write_pt(tmp_path / 'a.pt', tensors[False], act='ReLU', pools=(5, 9, 13))
    found = convert_source(read_source(tmp_path / 'a.pt'))
    assert found.architecture.act == 'ReLU'
    assert found.cfg.model.backbone.spp.kernel_sizes == (5, 9, 13)
    write_pt(tmp_path / 'a.pt', tensors[False], act='LeakyReLU')
    with pytest.raises(UserError, match='LeakyReLU'):
        convert_source(read_source(tmp_path / 'a.pt'))


@pytest.mark.parametrize('prefix', ['', 'module.', 'sd/', 'npz'])
def test_plain_tensors(tmp_path, tensors, prefix):
    given = tensors[True]
    if prefix in ('', 'module.'):
        state = {prefix + name: tensor for name, tensor in given.items()}
        torch.save({'state_dict': state} if prefix else state, tmp_path / 'a')
    else:
        prefix = prefix.removeprefix('npz')
        np.savez(tmp_path / 'a', **{prefix + name: t.numpy() for name, t in given.items()})
    source = read_source(next(tmp_path.iterdir()))
    assert source.tensors.keys() == given.keys()
    assert convert_source(source).architecture.lite


def test_other_classes_and_keypoints():
    source = Source('x', tensors_of_yolopose(classes=3, keypoints=5))
    found = convert_source(source)
    assert (found.architecture.num_classes, found.architecture.num_keypoints) == (3, 5)
    assert MODELS.build(found.cfg.model).head.num_keypoints == 5


def test_half_precision_anchors_agree():
    given = {'model.33.anchor_grid': PIXELS.half(), 'model.33.anchors': CELLS.half()}
    assert torch.equal(names.anchors_in_pixels(given), PIXELS)
    assert torch.equal(names.anchors_in_pixels({'model.33.anchors': CELLS}), PIXELS)


def test_the_result_works_in_mmpose(tmp_path, tensors, run_tool, capsys):
    source, out = tmp_path / 'a.pt', tmp_path / 'a.pth'
    torch.save(tensors[True], source)
    assert run_tool('convert yolopose', source, out) == 0
    assert f'{len(tensors[True])} tensors used, none left' in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ['a.pt', 'a.pth']
    meta = torch.load(out, weights_only=True)['meta']
    assert len(meta['dataset_meta']['sigmas']) == 17
    model = init_model(Config.fromstring(meta['cfg'], '.py'), str(out), device='cpu')
    assert torch.equal(
        model.backbone.stem[1].conv.weight, tensors[True]['model.0.conv.conv.weight']
    )
    assert model.dataset_meta['keypoint_id2name'][0] == 'nose'
    found = inference_bottomup(model, np.zeros((100, 120, 3), np.uint8))[0].pred_instances
    assert found.keypoints.shape[1:] == (17, 2)


def without(tensors, *gone):
    return {k: v for k, v in tensors.items() if not any(g in k for g in gone)}


class Attack:
    def __reduce__(self):
        return os.system, ('false',)


def endless(width):
    """A module that contains itself."""
    module = torch.nn.Module()
    for i in range(width):
        module._modules[str(i)] = module
    return {'model': module}


FIRST = 'model.0.conv.conv.weight'
KEYPOINTS = 'model.33.m_kpt.0.11.weight'
#: Name -> function that spoils a network, words of the error.
BAD = {
    'missing tensors': (
        lambda t: without(t, 'model.2.m.0.cv1.bn.bias'),
        '1 missing (backbone.stage1.1.blocks.0.conv1.bn.bias)',
    ),
    'more tensors': (
        lambda t: {**t, 'model.33.ia.0.implicit': torch.ones(1), 'extra': torch.ones(1)},
        '2 unexpected (model.33.ia.0.implicit, extra)',
    ),
    'another shape': (
        lambda t: {**t, 'model.2.cv1.bn.bias': torch.ones(3)},
        'backbone.stage1.1.main_conv.bn.bias (3,) instead of (4,)',
    ),
    'no normalisation': (lambda t: without(t, '.bn.'), 'missing'),
    'another network': (
        lambda t: torch.nn.Linear(2, 2).state_dict(),
        'is no YOLO-Pose or YOLOv5-P6 network: it lacks',
    ),
    'no anchors': (lambda t: without(t, 'anchor'), 'the head has no anchors'),
    'no anchor': (
        lambda t: {**without(t, 'anchor'), 'model.33.anchors': torch.ones(4, 0, 2)},
        'anchors',
    ),
    'another stem': (lambda t: {**t, FIRST: t[FIRST][:, :3]}, 'backbone.stem.conv.weight'),
    'empty tensors': (
        lambda t: {**t, 'model.1.conv.weight': torch.ones(0, 4, 3, 3)},
        'lacks model.1.conv.weight',
    ),
    'a long number': (
        lambda t: {**t, f'model.2.m.{"9" * 5000}.cv1.conv.weight': torch.ones(1)},
        'unexpected',
    ),
    'half a class': (lambda t: {**t, 'model.33.m.0.weight': torch.ones(17, 8, 1, 1)}, '17 and 153'),
    'no keypoint': (lambda t: {**t, KEYPOINTS: torch.ones(())}, '18 and 0'),
    'a detector': (lambda t: without(t, 'm_kpt'), '--into CONFIG starts a pose network from it'),
    'nothing': (lambda t: {'model': None, 'epoch': 3}, 'holds no network'),
    'a circle': (lambda t: endless(1), 'nests its modules without end'),
    'wide circles': (lambda t: endless(30_000), 'nests its modules without end'),
    'code': (lambda t: {'model': t, 'opt': [Attack()]}, 'is refused: it calls posix.system'),
    'nan': (
        lambda t: {**t, 'model.2.cv1.bn.bias': torch.full((4,), float('nan'))},
        'NaN or infinity (model.2.cv1.bn.bias)',
    ),
}


@pytest.mark.parametrize('what', BAD)
def test_what_does_not_fit_is_refused(tmp_path, tensors, run_tool, capsys, what):
    spoil, sentence = BAD[what]
    torch.save(spoil(tensors[False]), tmp_path / 'network.pt')
    assert run_tool('convert yolopose', tmp_path / 'network.pt', tmp_path / 'out.pth') == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count('\n') == 1
    assert not (tmp_path / 'out.pth').exists()


def test_files_that_are_no_checkpoints(tmp_path, run_tool, capsys):
    torch.save({'a': torch.ones(1000)}, tmp_path / 'good.pt')
    np.savez(tmp_path / 'objects.npz', thing=np.array([{}]))
    np.save(tmp_path / 'array', np.ones(3))
    (tmp_path / 'array.npy').rename(tmp_path / 'array.npz')
    data = (tmp_path / 'good.pt').read_bytes()
    for content in (data[: len(data) // 2], b'', b'hello', b'PK\x03\x04', b'\x80\x02hello'):
        for name in ('bad.pt', 'bad.npz'):
            (tmp_path / name).write_bytes(content)
            assert run_tool('convert yolopose', tmp_path / name, tmp_path / 'out.pth') == 2
            assert f'{tmp_path / name} is ' in capsys.readouterr().err
    for name in ('objects.npz', 'array.npz'):
        assert run_tool('convert yolopose', tmp_path / name, tmp_path / 'out.pth') == 2
        assert 'more than arrays' in capsys.readouterr().err
    assert not (tmp_path / 'out.pth').exists()


def test_destinations(tmp_path, tensors, run_tool, capsys):
    source = tmp_path / 'a.pt'
    torch.save(tensors[True], source)
    before = source.read_bytes()
    for out, reason in ((tmp_path, 'directory'), (source, 'is an input'), (source / 'b', 'a.pt')):
        assert run_tool('convert yolopose', source, out) == 2
        assert reason in capsys.readouterr().err
    assert source.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_the_expected_size(tensors):
    source = Source('a.pt', tensors[True])
    with pytest.raises(UserError, match=r'is yolopose-0\.33x0\.0625-lite, not s6'):
        convert_source(source, 's6')
    assert replace(convert_source(source).architecture, widen_factor=0.5).size == 's6'
