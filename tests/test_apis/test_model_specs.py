import numpy as np
import pytest

from mmpose_lrfg.apis.model_specs import ModelSpec, parse_specs
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME

HERE = __file__


@pytest.mark.parametrize(
    ('names', 'labels'),
    [
        (['ours=net8', 'net8.py', 'net8'], ['ours', 'net8', 'net8 2']),
        # Configs of one name are called by the folders that differ.
        (['runs/net1/seed0/config.py', 'runs/net8/seed0/config.py'], ['net1', 'net8']),
        (
            ['a/net1/s0/config.py', 'a/net8/s0/config.py', 'a/net8/s1/config.py'],
            ['net1 s0', 'net8 s0', 'net8 s1'],
        ),
        (['a/config.py', 'b/c/config.py', 'config.py'], ['a', 'b c', 'config']),
        (['mine=a/config.py', 'b/c/config.py'], ['mine', 'config']),
    ],
)
def test_labels(names, labels):
    specs = parse_specs([f'{name}:{HERE}' for name in names])
    assert [spec.label for spec in specs] == labels


def test_files(tmp_path):
    for name in ('a.onnx', 'b.results.json'):
        (tmp_path / name).touch()
    specs = parse_specs([f'{tmp_path}/a.onnx', f'{tmp_path}/b.results.json', f'net8:{HERE}'])
    assert [(s.label, s.config, s.is_results) for s in specs] == [
        ('a.onnx', None, False), ('b', None, True), ('net8', 'net8', False)
    ]  # fmt: skip
    spec = ModelSpec.from_weights('n6')
    assert (spec.config, spec.path) == BY_NAME['n6'].files()


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


def test_open(tiny, tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    trained, exported = ModelSpec('a', *tiny), ModelSpec('b', None, str(tmp_path / 'a.xml'))
    (tmp_path / 'a.xml').touch()
    assert len(trained.open(score_thr=0.001)([image])[0]) > 0
    for spec, options, message in (
        (trained, dict(runtime='onnx'), 'not in onnx'),
        (exported, dict(runtime='onnx'), 'cannot be run by onnx'),
        (exported, dict(device='cuda'), 'OpenVINO does not run on NVIDIA GPUs'),
    ):
        with pytest.raises(UserError, match=message):
            spec.open(**options)
