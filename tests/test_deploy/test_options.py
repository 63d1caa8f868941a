import copy
from pathlib import Path

import pytest
import torch

from mmpose_lrfg.deploy.options import ExportOptions, describe
from mmpose_lrfg.utils.errors import UserError


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(format='tflite'), 'tflite; choose from onnx'),
        (dict(opset=9), r'14\.\.20, got 9'),
        (dict(format='torchscript', nms='fixed'), 'excludes --nms'),
        (dict(int8=True), '--calib'),
        (dict(int8=True, half=True, calib=Path('a')), 'excludes --half'),
    ],
)
def test_invalid_options(options, message):
    with pytest.raises(UserError, match=message):
        ExportOptions(**options)


def test_names_carry_the_variant():
    variants = [
        dict(), dict(uint8=True), dict(dynamic=True), dict(half=True), dict(nms='fixed'),
        dict(nms='dynamic'), dict(int8=True, calib=Path('a')), dict(batch_size=2),
        dict(img_size=(64, 128)),
        dict(format='torchscript'), dict(uint8=True, dynamic=True),
    ]  # fmt: skip
    names = [ExportOptions(**options).variant for options in variants]
    assert names[0] == '' and names[-1] == '-dynamic-uint8'
    assert len(set(names)) == len(names)


def test_thresholds_are_those_of_the_model(predictor):
    model = copy.deepcopy(predictor.model)
    model.test_cfg['nms_thr'] = 0.4
    metadata = describe(model, ExportOptions(wnms_thr=0.7))
    assert (metadata.nms_thr, metadata.wnms_thr) == (0.4, 0.7)
    assert metadata.max_per_img == predictor.model.head.test_cfg['max_per_img']
    # Candidates below 0.01 are of use for an evaluation only.
    assert predictor.model.test_cfg.score_thr == 0.001
    assert describe(model, ExportOptions()).score_thr == 0.01
    assert describe(model, ExportOptions(score_thr=0.002)).score_thr == 0.002
    model.test_cfg['recommended_score_thr'] = 0.45
    assert describe(model, ExportOptions()).recommended_score_thr == 0.45


def test_unsupported_models(predictor):
    model = copy.deepcopy(predictor.model)
    model.cfg = copy.deepcopy(model.cfg)
    for name, value in dict(batch_size=0, score_thr=2, wnms_thr=-1, max_per_img=0).items():
        with pytest.raises(UserError, match=name.removesuffix('_size')):
            describe(model, ExportOptions(**{name: value}))
    with pytest.raises(UserError, match='multiples of 64'):
        describe(model, ExportOptions(img_size=(100, 128)))
    step = next(s for s in model.cfg.test_dataloader.dataset.pipeline if 'input_size' in s)
    step['use_udp'] = True
    with pytest.raises(UserError, match='without use_udp'):
        describe(model, ExportOptions())
    model.head = torch.nn.Identity()
    with pytest.raises(UserError, match='got Identity'):
        describe(model, ExportOptions())
