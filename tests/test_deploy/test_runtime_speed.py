import numpy as np
import pytest

from mmpose_lrfg.benchmark import runtime_speed as benchmark
from mmpose_lrfg.benchmark.runtime_speed import collect_ways, paired_rounds
from mmpose_lrfg.utils.errors import UserError


def test_every_way_once_a_round_each_first_in_turn(monkeypatch):
    clock, order = [0.0], []
    monkeypatch.setattr(benchmark.time, 'perf_counter', lambda: clock[0])

    def way(name, seconds):
        def run():
            order.append(name)
            # The machine is disturbed in every other round, and all ways with it.
            clock[0] += seconds * (1 + 9 * (len(order) // 4 % 2))

        return run

    timings = paired_rounds({'a': way('a', 0.002), 'b': way('b', 0.001)}, rounds=4)
    assert ''.join(order) == 'abbaabbaab'
    assert [t.name for t in timings] == ['a', 'b']
    assert [t.ratio for t in timings] == pytest.approx([1, 0.5])


def test_the_ways_find_the_same(exported, tiny, pictures):
    variants = ['fused-silu', 'bf16', 'channels-first']
    ways = collect_ways([str(exported())], tiny, ['onnx'], 1, pictures[0], variants)
    assert list(ways) == [
        'MMPoseInferencer', 'PyTorch', 'PyTorch, fused', 'PyTorch, fused, channels first',
        'tiny.onnx, onnx',
        'tiny.onnx, onnx, fused-silu',
    ]  # fmt: skip
    assert len(ways.pop('MMPoseInferencer')()['predictions']) == 1
    found = [way()[0] for way in ways.values()]
    for poses in found[1:]:
        assert len(poses) == len(found[0]) > 0
        assert np.allclose(poses.scores, found[0].scores, atol=1e-3)
    with pytest.raises(UserError, match='nothing to time'):
        collect_ways([], None, ['onnx'], 1, pictures[0])
