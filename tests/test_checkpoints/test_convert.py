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

#: Config -> parameters, YOLO-Pose's own numbers.
PARAMETERS = {
    'yolopose-s6': 15_114_860,
    'yolopose-m6': 41_430_924,
    'yolopose-l6': 87_072_812,
    'yolopose-s6-lite': 12_560_328,
    'yolopose-m6-lite': 35_755_752,
    'yolopose-l6-lite': 77_048_200,
}


@pytest.fixture(scope='module')
def tensors():
    """A small YOLO-Pose network's, by variant."""
    return {lite: tensors_of_yolopose(lite=lite) for lite in (False, True)}


@pytest.mark.parametrize('path', SHAPES, ids=lambda path: path.stem)
def test_every_published_tensor_has_its_place(path):
    """Names and shapes alone: tensors without memory, but for the anchors."""
    described = json.loads(path.read_text())
    given = {
        name: torch.empty(shape, device='meta') for name, shape in described['tensors'].items()
    }
    pixels = torch.tensor(COCO_ANCHORS, dtype=torch.float32)
    given['model.33.anchor_grid'] = pixels.view(4, 1, 3, 1, 1, 2)
    given['model.33.anchors'] = pixels / torch.tensor(names.STRIDES)[:, None, None]
    result = convert_source(Source(path, given))
    assert result.num_parameters == described['params']
    assert result.num_source_tensors == len(described['tensors'])
    assert result.architecture.size == path.name[len('yolov5') :][:2]
    assert result.architecture.lite == ('lite' in path.name)
    counters = {name for name in result.state_dict if name.endswith('num_batches_tracked')}
    # The anchors come twice, in pixels and in cells.
    assert len(result.state_dict) - len(counters) == len(given) - 1


@pytest.mark.parametrize('name', PARAMETERS)
def test_the_configs_are_the_published_networks(name):
    cfg = load_config(f'{name}_1xb32-80e_coco-640')
    assert cfg.train_dataloader.batch_size * cfg.optim_wrapper.accumulative_counts == 64
    model = build_meta_model(cfg)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[name]
    head = model.head
    assert head.single_class_score and head.unannotated_at_zero
    assert head.head_module.layout == 'concatenated' and head.on_conflict == 'last'


@pytest.mark.filterwarnings("ignore:Couldn't retrieve source code")
@pytest.mark.parametrize(
    'form, lite', [('zip half', False), ('zip', True), ('old half', True), ('old', False)]
)
def test_a_pickled_network_is_read_without_its_code(tmp_path, tensors, form, lite):
    path = tmp_path / 'a.pt'
    half = 'half' in form
    act = 'ReLU' if lite else 'SiLU'
    write_pt(path, tensors[lite], half, zip_format='zip' in form, act=act)
    with pytest.raises(ModuleNotFoundError):
        __import__('models.yolo')
    source = read_source(path)
    assert source.tensors.keys() == tensors[lite].keys()
    for name, tensor in tensors[lite].items():
        expected = tensor.half() if half and tensor.is_floating_point() else tensor
        assert torch.equal(source.tensors[name], expected), name
    result = convert_source(source)
    assert result.architecture.act == act and result.architecture.spp_act == 'SiLU'
    model = MODELS.build(result.cfg.model)
    model.load_state_dict(result.state_dict, strict=True)
    assert all(
        t.dtype == torch.float32 for t in model.state_dict().values() if t.is_floating_point()
    )


@pytest.mark.parametrize('rows_first', [True, False], ids=['YOLO-Pose', 'YOLOv5'])
def test_focus_is_a_convolution(tensors, rows_first):
    """Slicing every 2x2 block into channels, then 3x3, is one 6x6 convolution."""
    weight = tensors[False]['model.0.conv.conv.weight']
    x = torch.rand(1, 3, 16, 12)
    places = [(i, j) for i in (0, 1) for j in (0, 1)]
    if not rows_first:
        places = [(row, column) for column, row in places]
    blocks = torch.cat([x[..., row::2, column::2] for row, column in places], dim=1)
    focus = torch.nn.functional.conv2d(blocks, weight, padding=1)
    ours = names.focus_to_conv(weight, rows_first)
    conv = torch.nn.functional.conv2d(x, ours, stride=2, padding=2)
    assert torch.allclose(focus, conv, atol=1e-5)


def test_the_averaged_weights_come_first(tmp_path, tensors):
    write_pt(tmp_path / 'a.pt', tensors[True], key='ema', act='ReLU')
    assert len(read_source(tmp_path / 'a.pt').tensors) == len(tensors[True])


def test_what_the_tree_says_beats_what_is_usual(tmp_path, tensors):
    write_pt(tmp_path / 'a.pt', tensors[False], act='ReLU', pools=(5, 9, 13))
    found = convert_source(read_source(tmp_path / 'a.pt'))
    assert found.architecture.act == 'ReLU'
    assert found.cfg.model.backbone.spp.kernel_sizes == (5, 9, 13)
    write_pt(tmp_path / 'a.pt', tensors[False], act='LeakyReLU')
    with pytest.raises(UserError, match='LeakyReLU'):
        convert_source(read_source(tmp_path / 'a.pt'))


@pytest.mark.parametrize('kind', ['state dict', 'wrapped', 'npz', 'bare npz'])
def test_plain_tensors(tmp_path, tensors, kind):
    given, path = tensors[True], tmp_path / ('a.npz' if 'npz' in kind else 'a.pt')
    if kind == 'state dict':
        torch.save(given, path)
    elif kind == 'wrapped':
        torch.save({'state_dict': {f'module.{k}': v for k, v in given.items()}}, path)
    else:
        prefix = '' if 'bare' in kind else 'sd/'
        np.savez(path, **{prefix + name: tensor.numpy() for name, tensor in given.items()})
    source = read_source(path)
    assert source.tensors.keys() == given.keys()
    assert convert_source(source).architecture.lite


def test_other_sizes_classes_and_keypoints():
    given = tensors_of_yolopose(size=0.25, deepen=0.67, classes=3, keypoints=5)
    found = convert_source(Source('x', given)).architecture
    assert (found.deepen_factor, found.widen_factor) == (0.67, 0.25)
    assert (found.num_classes, found.num_keypoints, found.size) == (3, 5, None)


def test_half_precision_anchors_agree():
    given = {k: v.half() for k, v in tensors_of_yolopose().items() if 'anchor' in k}
    assert torch.equal(names.anchors_in_pixels(given), torch.tensor(COCO_ANCHORS).float())
    only = {'model.33.anchors': given['model.33.anchors'].float()}
    assert torch.allclose(names.anchors_in_pixels(only), torch.tensor(COCO_ANCHORS).float(), 1e-3)


def test_the_result_works_in_mmpose(tmp_path, tensors, run_tool, capsys):
    source, out = tmp_path / 'a.pt', tmp_path / 'a.pth'
    write_pt(source, tensors[True], act='ReLU')
    assert run_tool('convert_yolopose', source, out) == 0
    assert f'{len(tensors[True])} tensors used, none left' in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ['a.pt', 'a.pth']
    meta = torch.load(out, weights_only=True)['meta']
    assert len(meta['dataset_meta']['sigmas']) == 17
    model = init_model(Config.fromstring(meta['cfg'], '.py'), str(out), device='cpu')
    weight = tensors[True]['model.0.conv.conv.weight'].half().float()
    assert torch.equal(model.backbone.stem[1].conv.weight, weight)
    assert model.dataset_meta['keypoint_id2name'][0] == 'nose'
    found = inference_bottomup(model, np.zeros((100, 120, 3), np.uint8))[0].pred_instances
    assert found.keypoints.shape[1:] == (17, 2)


def without(tensors, *gone):
    return {k: v for k, v in tensors.items() if not any(g in k for g in gone)}


class Attack:
    def __reduce__(self):
        return os.system, ('false',)


BAD = {
    'missing file': (None, 'does not exist. Did you mean network.pt?'),
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
        'is no YOLO-Pose or YOLOv5-P6 network: it lacks model.1.conv.weight',
    ),
    'mmpose': (lambda t: {'state_dict': {'backbone.stem.conv.weight': torch.ones(2)}}, 'lacks'),
    'no anchors': (lambda t: without(t, 'anchor'), 'the head has no anchors'),
    'other strides': (
        lambda t: {**t, 'model.33.anchors': t['model.33.anchors'] * 2},
        'anchors in pixels and in cells disagree',
    ),
    'other anchors': (
        lambda t: {**t, 'model.33.anchors': torch.ones(()), 'model.33.anchor_grid': torch.ones(4)},
        'anchors',
    ),
    'no anchor': (
        lambda t: {**without(t, 'anchor'), 'model.33.anchors': torch.ones(4, 0, 2)},
        'anchors',
    ),
    'another stem': (
        lambda t: {**t, 'model.0.conv.conv.weight': t['model.0.conv.conv.weight'][:, :3]},
        'backbone.stem.conv.weight',
    ),
    'empty tensors': (
        lambda t: {**t, 'model.1.conv.weight': torch.ones(0, 4, 3, 3)},
        'lacks model.1.conv.weight',
    ),
    'a long number': (
        lambda t: {**t, f'model.2.m.{"9" * 5000}.cv1.conv.weight': torch.ones(1)},
        'unexpected',
    ),
    'a detector': (lambda t: without(t, 'm_kpt'), '--into CONFIG starts a pose network from it'),
    'nothing': (lambda t: {'model': None, 'epoch': 3}, 'holds no network'),
    'code': (lambda t: {'model': t, 'opt': [Attack()]}, 'is refused: it calls posix.system'),
    'a list': (lambda t: [1, 2], 'holds no network'),
}


@pytest.mark.parametrize('what', BAD)
def test_what_does_not_fit_is_refused(tmp_path, tensors, run_tool, capsys, what):
    make, sentence = BAD[what]
    if make:
        torch.save(make(tensors[False]), tmp_path / 'netwrk.pt')
    else:
        (tmp_path / 'network.pt').touch()
    out = tmp_path / 'out.pth'
    assert run_tool('convert_yolopose', tmp_path / 'netwrk.pt', out) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count('\n') == 1
    assert not out.exists()


def test_files_that_are_no_checkpoints(tmp_path, tensors, run_tool, capsys):
    good, bad, out = tmp_path / 'good.pt', tmp_path / 'bad.pt', tmp_path / 'out.pth'
    torch.save(tensors[True], good)
    data = good.read_bytes()
    for content in (data[: len(data) // 2], b'', b'hello', b'PK\x03\x04', b'\x80\x02hello'):
        bad.write_bytes(content)
        assert run_tool('convert_yolopose', bad, out) == 2
        assert capsys.readouterr().err.startswith(f'error: {bad}')
    archive = tmp_path / 'bad.npz'
    for content in (b'', b'hello', data[:2000]):
        archive.write_bytes(content)
        assert run_tool('convert_yolopose', archive, out) == 2
    np.savez(archive, thing=np.array([{}]))
    assert run_tool('convert_yolopose', archive, out) == 2
    assert 'more than arrays' in capsys.readouterr().err
    assert not out.exists()


def test_destinations(tmp_path, tensors, run_tool, capsys):
    source = tmp_path / 'a.pt'
    torch.save(tensors[True], source)
    before = source.read_bytes()
    for out, reason in ((tmp_path, 'directory'), (source, 'is an input'), (source / 'b', 'a.pt')):
        assert run_tool('convert_yolopose', source, out) == 2
        assert reason in capsys.readouterr().err
    assert source.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize('value', ['nan', 'inf'])
def test_weights_that_are_not_finite(tmp_path, tensors, run_tool, capsys, value):
    bad = {**tensors[True], 'model.2.cv1.bn.bias': torch.full((4,), float(value))}
    torch.save(bad, tmp_path / 'a.pt')
    for tool in ('convert_yolopose', 'convert_higherhrnet'):
        assert run_tool(tool, tmp_path / 'a.pt', tmp_path / 'out.pth') == 2
        assert 'model.2.cv1.bn.bias' in capsys.readouterr().err
    assert not (tmp_path / 'out.pth').exists()


def test_the_expected_size(tmp_path, tensors):
    source = Source(tmp_path / 'a.pt', tensors[True])
    with pytest.raises(UserError, match=r'is yolopose-0\.33x0\.0625-lite, not s6'):
        convert_source(source, 's6')
    found = convert_source(source).architecture
    assert replace(found, widen_factor=0.5).size == 's6'
