import numpy as np
import pytest

from mmpose_lrfg.apis.model_specs import ModelSpec
from mmpose_lrfg.utils.errors import UserError


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
