import numpy as np
import pytest

from mmpose_lrfg.apis.model_specs import ModelSpec, parse_specs
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME

HERE = __file__


@pytest.mark.parametrize(
    ('texts', 'labels'),
    [
        ([f'ours=net8:{HERE}', f'net8.py:{HERE}', f'net8:{HERE}'], ['ours', 'net8', 'net8 2']),
        # Configs of one name are called by the folders that differ.
        (
            [f'runs/{folder}/config.py:{HERE}' for folder in ('net1/seed0', 'net8/seed0')],
            ['net1', 'net8'],
        ),
        (
            [f'runs/{folder}/config.py:{HERE}' for folder in ('net1/s0', 'net8/s0', 'net8/s1')],
            ['net1 s0', 'net8 s0', 'net8 s1'],
        ),
        ([f'mine=a/config.py:{HERE}', f'b/c/config.py:{HERE}'], ['mine', 'config']),
    ],
)
def test_labels(texts, labels):
    assert [spec.label for spec in parse_specs(texts)] == labels


def test_files(tmp_path):
    for name in ('a.onnx', 'b.results.json'):
        (tmp_path / name).touch()
    specs = parse_specs([f'{tmp_path}/a.onnx', f'{tmp_path}/b.results.json', f'net8:{HERE}'])
    assert [(s.label, s.config, s.is_results) for s in specs] == [
        ('a.onnx', None, False), ('b', None, True), ('net8', 'net8', False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('mmpose_lrfg::net8', 'has no checkpoint'),
        ('weights.pth', 'unknown model weights.pth'),
        ('net8:test_model_spec.py', 'does not exist'),
        ('absent.onnx', 'does not exist'),
    ],
)
def test_invalid_specs(text, message):
    with pytest.raises(UserError, match=message):
        parse_specs([text])


def test_invalid_runtimes_and_devices(tiny, tmp_path):
    (tmp_path / 'a.xml').touch()
    spec = ModelSpec('a', None, str(tmp_path / 'a.xml'))
    for options, message in (
        (dict(device='gpu'), "got 'gpu'"),
        (dict(device='cuda'), 'OpenVINO does not run on NVIDIA GPUs'),
        (dict(runtime='onnx'), 'ONNX Runtime cannot run'),
    ):
        with pytest.raises(UserError, match=message):
            spec.open(**options)
    with pytest.raises(UserError, match='not in onnx'):
        ModelSpec('a', *tiny).open(runtime='onnx')


def test_checkpoints_run_fused_and_with_released_weights(tiny):
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    predictor = ModelSpec('tiny', *tiny).open(score_thr=0.001)
    assert len(predictor([image])[0]) > 0
    spec = ModelSpec.from_weights('n6')
    assert (spec.config, spec.path) == BY_NAME['n6'].files()
