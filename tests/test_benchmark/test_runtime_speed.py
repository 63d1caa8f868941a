import numpy as np
import pytest

from mmpose_lrfg.benchmark.runtime_speed import collect_backends
from mmpose_lrfg.utils.errors import UserError


def test_all_backends_find_the_same_poses(exported, tiny, pictures):
    variants = ['fused-silu', 'bf16', 'channels-first']
    backends = collect_backends([str(exported())], ['onnx'], 1, pictures[0], variants, *tiny)
    assert list(backends) == [
        'MMPoseInferencer', 'PyTorch', 'PyTorch, fused', 'PyTorch, fused, channels first',
        'tiny.onnx, onnx',
        'tiny.onnx, onnx, fused-silu',
    ]  # fmt: skip
    assert len(backends.pop('MMPoseInferencer')()['predictions']) == 1
    found = [run()[0] for run in backends.values()]
    for poses in found[1:]:
        assert len(poses) == len(found[0]) > 0
        assert np.allclose(poses.scores, found[0].scores, atol=1e-3)
    with pytest.raises(UserError, match='nothing to time'):
        collect_backends([], ['onnx'], 1, pictures[0])


def test_the_tool_times_a_file(exported, run_tool, capsys):
    argv = ('--threads', 1, '--repetitions', 1)
    assert run_tool('benchmark_runtime', exported(), *argv) == 0
    assert 'tiny.onnx, onnx' in capsys.readouterr().out
