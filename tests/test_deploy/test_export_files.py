import copy
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from mmpose_lrfg.deploy import ExportOptions, export, network
from mmpose_lrfg.deploy.agreement import (
    Difference,
    agrees,
    compare_anchors,
    compare_people,
    reference_rows,
    to_rows,
)
from mmpose_lrfg.deploy.export import check_output
from mmpose_lrfg.deploy.network import ExportNetwork
from mmpose_lrfg.deploy.nms import dynamic_nms, fixed_nms
from mmpose_lrfg.deploy.options import describe
from mmpose_lrfg.deploy.writers import TorchScriptEngine, write_torchscript
from mmpose_lrfg.models.task_modules import AnchorGenerator
from mmpose_lrfg.runtime import Metadata
from mmpose_lrfg.runtime.engines import open_engine
from mmpose_lrfg.runtime.postprocess import select
from mmpose_lrfg.utils.errors import UserError


@pytest.mark.parametrize('swap', [True, False])
@pytest.mark.parametrize('mean', [0.0, 100.0])
def test_normalisation_is_inside(predictor, mean, swap):
    model = copy.deepcopy(predictor.model)
    prepare = model.data_preprocessor
    prepare.mean = torch.tensor([mean, mean / 2, 0]).view(3, 1, 1)
    prepare.std = torch.tensor([255.0, 128.0, 200.0]).view(3, 1, 1)
    prepare._channel_conversion = swap
    images = torch.randint(0, 256, (2, 128, 64, 3), dtype=torch.uint8)
    network = ExportNetwork(model, uint8=True)
    assert isinstance(network.normalise, torch.nn.Identity) == (not mean)
    with torch.no_grad():
        rows = network(images).numpy()
    found = compare_anchors(rows, reference_rows(model, images.numpy()))
    # Random networks multiply rounding; a wrong colour is tens of pixels.
    assert found.pixels < 1 and found.scores < 1e-2, found


@pytest.mark.parametrize('classes', [1, 3])
@pytest.mark.parametrize('single_class_score', [True, False])
def test_decoding_by_planes_is_decoding_by_rows(classes, single_class_score):
    generator = torch.Generator().manual_seed(0)
    anchors = AnchorGenerator()
    raws = [
        3 * torch.randn(2, 3, 8 >> i, 16 >> i, 5 + classes + 3 * 17, generator=generator)
        for i in range(4)
    ]
    chosen = anchors, classes, single_class_score
    ours, theirs = network.decode_channels(raws, *chosen), to_rows(raws, *chosen)
    assert ours.shape == (2, 3 * (128 + 32 + 8 + 2), 57)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-4)


def test_several_classes():
    """NMS inside a file is class-aware, as outside."""
    box = [10.0, 10, 50, 50]
    rows = torch.zeros(2, 120, 9)
    rows[0, 3] = torch.tensor([*box, 0.5, 0, 1, 2, 0.9])
    rows[0, 7] = torch.tensor([*box, 0.9, 1, 3, 4, 0.8])
    rows[0, 9] = torch.tensor([*box, 0.8, 1, 5, 6, 0.7])
    rows[1, 2] = torch.tensor([*box, 0.7, 0, 7, 8, 0.6])
    chosen = dict(nms_thr=0.65, wnms_thr=1.0, score_thr=0.1, max_per_img=100)
    best = fixed_nms(rows, 2, **chosen)
    assert best.shape == (2, 100, 9)
    assert torch.equal(best[0, :2], rows[0, [7, 3]]) and torch.equal(best[1, 0], rows[1, 2])
    assert not best[0, 2:].any() and not best[1, 1:].any()
    kept = dynamic_nms(rows, 2, **chosen)
    assert kept[:, 0].tolist() == [0, 0, 1]
    assert torch.equal(kept[:, 1:], torch.stack([rows[0, 3], rows[0, 7], rows[1, 2]]))


def test_merging_inside_is_merging_outside():
    generator = torch.Generator().manual_seed(0)
    rows = torch.rand(3, 200, 12, generator=generator) * 40
    rows[..., 2:4] += rows[..., :2] + 20
    rows[..., 4] = torch.rand(3, 200, generator=generator)
    rows[..., 5] = (rows[..., 5] > 20).float()
    rows[2, :, 4] = 0  # nobody
    chosen = dict(nms_thr=0.5, wnms_thr=0.4, score_thr=0.3, max_per_img=4)
    metadata = Metadata(('a', 'b'), (), ('person', 'dog'), (0.1, 0.1), (64, 64), nms_pre=200)
    wanted = select(rows.numpy(), metadata, 3, **chosen)
    assert [len(people) for people in wanted] == [4, 4, 0]
    best = fixed_nms(rows, 2, **chosen).numpy()
    kept = dynamic_nms(rows, 2, **chosen).numpy()
    for image, people in enumerate(wanted):
        assert np.allclose(best[image, : len(people)], people, atol=1e-3)
        assert not best[image, len(people) :].any()
        own = kept[kept[:, 0] == image, 1:]  # at most so many of each class
        assert np.allclose(own[np.argsort(-own[:, 4])][:4], people, atol=1e-3)
    nobody = dict(chosen, score_thr=1.0)
    assert not fixed_nms(rows, 2, **nobody).any() and dynamic_nms(rows, 2, **nobody).shape == (
        0,
        13,
    )


def test_torchscript(exported):
    path = exported(format='torchscript', dynamic=True)
    engine = TorchScriptEngine(path)
    assert engine.metadata.dynamic
    assert engine.run(torch.zeros(1, 3, 64, 192).numpy()).shape == (1, 765, 57)


def test_shapes_in_the_file(exported):
    graph = onnx.load(str(exported(uint8=True, dynamic=True))).graph

    def shape(value):
        return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]

    assert [v.name for v in (*graph.input, *graph.output)] == ['images', 'poses']
    assert shape(graph.input[0]) == ['batch', 'height', 'width', 3]
    assert shape(graph.output[0]) == ['batch', 'anchors', 57]
    assert not any(node.op_type == 'BatchNormalization' for node in graph.node)


def test_a_file_that_disagrees_is_removed(predictor, tmp_path, monkeypatch):
    right = network.decode_channels
    # A fault of one tenth of a pixel and more.
    monkeypatch.setattr(network, 'decode_channels', lambda *args: right(*args) + 0.2)
    with pytest.raises(UserError, match=r'disagrees with the network by 0\.2 pixels'):
        export(predictor.model, tmp_path / 'a.onnx', ExportOptions())
    assert not list(tmp_path.iterdir())


def test_what_agrees():
    assert agrees(Difference(0.01, 1e-5, 3), 'fp32')
    assert not agrees(Difference(float('nan'), 0, 3), 'fp32')
    assert not agrees(Difference(0, 0.01, 3), 'fp32')
    assert agrees(Difference(0, 0.01, 3), 'fp16')
    assert agrees(Difference(0, 0, 3, people=100, missed=2), 'fp32')
    assert not agrees(Difference(0, 0, 3, people=9, missed=1), 'fp32')


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_anywhere_disagree(predictor, value):
    metadata = describe(predictor.model, ExportOptions(nms='fixed'))
    rng = np.random.default_rng(0)
    rows = rng.uniform(0, 1, (1, 300, 6 + 3 * 17)).astype(np.float32)
    people = rows[:, : metadata.max_per_img]
    # A coordinate of the anchor with the lowest score, which is compared with nothing.
    spoilt = rows.copy()
    spoilt[0, rows[0, :, 4].argmin(), 0] = value
    assert agrees(compare_anchors(rows, rows), 'fp32')
    for pair in ((spoilt, rows), (rows, spoilt), (spoilt, spoilt)):
        assert not agrees(Difference() | compare_anchors(*pair), 'int8')
    spoilt_people = people.copy()
    spoilt_people[0, -1, -1] = value
    for pair in ((spoilt_people, rows), (people, spoilt)):
        assert not agrees(Difference() | compare_people(*pair, metadata), 'int8')
    nan = Difference(pixels=float('nan'))
    assert not agrees(Difference() | nan, 'int8') and not agrees(nan | Difference(), 'int8')


def test_a_file_that_returns_nan_is_not_kept(predictor, monkeypatch, tmp_path):
    right = network.decode_channels

    def spoilt(*args):
        rows = right(*args)
        return torch.cat([rows[:, :-1], rows[:, -1:] * float('nan')], dim=1)

    monkeypatch.setattr(network, 'decode_channels', spoilt)
    with pytest.raises(UserError, match='disagrees with the network'):
        export(predictor.model, tmp_path / 'a.onnx', ExportOptions())
    assert not list(tmp_path.iterdir())


def test_wrong_options(predictor, tmp_path, build):
    for options, sentence in (
        (dict(format='tflite'), 'unknown format tflite'),
        (dict(opset=9), 'opset must be in 14..20, got 9'),
        (dict(batch=0), 'batch must be >= 1, got 0'),
        (dict(format='torchscript', nms='fixed'), 'cannot contain NMS'),
        (dict(int8=True), 'needs --calib'),
        (dict(int8=True, half=True), 'excludes --half'),
        (dict(score_thr=2), 'score_thr must be in 0..1, got 2'),
        (dict(wnms_thr=-1), 'wnms_thr must be in 0..1'),
        (dict(size=(100, 128)), 'must be multiples of 64'),
    ):
        with pytest.raises(UserError, match=sentence):
            export(predictor.model, tmp_path / 'a.onnx', ExportOptions(**options))
    with pytest.raises(UserError, match=r'end in \.onnx'):
        export(predictor.model, tmp_path / 'a.bin', ExportOptions())
    assert not list(tmp_path.iterdir())
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='file'):
        export(predictor.model, tmp_path / 'file' / 'a.onnx', ExportOptions())


def test_names_carry_the_variant():
    variants = [
        dict(), dict(uint8=True), dict(dynamic=True), dict(half=True), dict(nms='fixed'),
        dict(nms='dynamic'), dict(int8=True, calib=Path('a')), dict(batch=2), dict(size=(64, 128)),
        dict(format='torchscript'), dict(format='tensorrt'), dict(uint8=True, dynamic=True),
    ]  # fmt: skip
    names = [ExportOptions(**options).variant for options in variants]
    assert names[0] == '' and names[-1] == '-dynamic-uint8'
    assert len(set(names)) == len(names)


def test_older_files_stay(predictor, tmp_path, monkeypatch):
    path = tmp_path / 'a.onnx'
    path.write_text('old')
    with pytest.raises(UserError, match=r'a\.onnx exists'):
        export(predictor.model, path, ExportOptions())

    def cut_off(*args):
        raise RuntimeError('a protobuf that was cut off')

    # The module, which the package's function of that name hides.
    module = sys.modules[export.__module__]
    monkeypatch.setattr(module, 'write_onnx', cut_off)
    for full, error in ((True, OSError), (False, RuntimeError)):
        monkeypatch.setattr(module, 'disk_full', lambda folder, full=full: full)
        with pytest.raises(error):
            export(predictor.model, path, ExportOptions(), overwrite=True)
    assert path.read_text() == 'old' and [*tmp_path.iterdir()] == [path]
    monkeypatch.undo()
    with pytest.raises(UserError, match='is an input'):
        check_output(path, ExportOptions(), True, [tmp_path / '..' / tmp_path.name / 'a.onnx'])
    path.with_suffix('.bin').write_text('weights')
    with pytest.raises(UserError, match=r'a\.bin exists'):
        check_output(tmp_path / 'a.xml', ExportOptions('openvino'), False)


def test_torchscript_on_a_full_disk_is_no_abort(predictor, monkeypatch):
    """torch ends the process where it cannot write."""
    metadata = describe(predictor.model, ExportOptions('torchscript'))
    example = torch.zeros(1, 3, *metadata.size)
    with pytest.raises(OSError, match='No space left'):
        write_torchscript(ExportNetwork(predictor.model), example, metadata, Path('/dev/full'))


def test_other_networks_and_letterboxes(predictor, tmp_path):
    model = copy.deepcopy(predictor.model)
    model.cfg = copy.deepcopy(model.cfg)
    step = next(s for s in model.cfg.test_dataloader.dataset.pipeline if 'input_size' in s)
    step['use_udp'] = True
    with pytest.raises(UserError, match='without use_udp'):
        export(model, tmp_path / 'a.onnx', ExportOptions())
    model.head = torch.nn.Identity()
    with pytest.raises(UserError, match='got Identity'):
        export(model, tmp_path / 'a.onnx', ExportOptions())


def test_integers(predictor, tmp_path, pictures):
    model = copy.deepcopy(predictor.model)
    # The other random networks multiply every error, which is then, rightly, refused.
    for module in model.modules():
        if hasattr(module, 'reset_parameters'):
            module.reset_parameters()
    folder = tmp_path / 'typical'
    folder.mkdir()
    options = ExportOptions(int8=True, calib=folder, uint8=True)
    with pytest.raises(UserError, match='no image'):
        export(model, tmp_path / 'a.onnx', options)
    for index, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f'{index}.png'), picture)
    path = export(model, tmp_path / 'a.onnx', options).paths[0]
    assert open_engine(path).metadata.precision == 'int8'
    graph = onnx.load(str(path)).graph
    weights = {i.name: i.data_type for i in graph.initializer}
    for node in graph.node:
        if node.op_type == 'Conv':
            # Weights in floats come as they are, those in integers out of another node.
            in_floats = node.name.startswith(('/layers/', '/backbone/stem'))
            assert (node.input[1] in weights) == in_floats, node.name
        if node.op_type == 'Sigmoid':
            in_floats = not node.input[0].endswith('DequantizeLinear_Output')
            inside = node.name.startswith(('/backbone/stage', '/neck/'))
            assert in_floats != inside, node.name
    assert list(weights.values()).count(onnx.TensorProto.INT8) > 50


def test_a_file_has_the_thresholds_that_the_model_predicts_with(predictor):
    model = copy.deepcopy(predictor.model)
    model.test_cfg['nms_thr'] = 0.4
    told = describe(model, ExportOptions(wnms_thr=0.7))
    assert (told.nms_thr, told.wnms_thr) == (0.4, 0.7)
    assert told.max_per_img == predictor.model.head.test_cfg['max_per_img']


def test_files_leave_out_candidates_that_only_an_evaluation_needs(predictor):
    assert predictor.model.test_cfg.score_thr == 0.001
    assert describe(predictor.model, ExportOptions()).score_thr == 0.01
    assert describe(predictor.model, ExportOptions(score_thr=0.002)).score_thr == 0.002
