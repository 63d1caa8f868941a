import dataclasses

import pytest
import torch

from mmpose_lrfg.errors import UserError
from mmpose_lrfg.inference.predictor import PosePredictor
from mmpose_lrfg.weights import BY_NAME, N6


@pytest.fixture(params=BY_NAME.values(), ids=BY_NAME)
def weights(request):
    return request.param


def test_they_are_small_whole_and_plain_data(weights):
    path = weights.path()
    assert path.stat().st_size < 40e6
    content = torch.load(path, weights_only=True)
    floats = [v for v in content['state_dict'].values() if v.is_floating_point()]
    assert floats and all(value.dtype == torch.float16 for value in floats)


def test_a_file_that_was_cut_or_is_gone(tmp_path):
    cut = tmp_path / 'cut.pth'
    cut.write_bytes(N6.path().read_bytes()[:-1])
    with pytest.raises(UserError, match=r'cut\.pth is damaged'):
        dataclasses.replace(N6, file=str(cut)).path()
    with pytest.raises(UserError, match=r'gone\.pth is missing'):
        dataclasses.replace(N6, file=str(tmp_path / 'gone.pth')).path()


def test_their_config_takes_them_without_the_branch_that_only_training_has(weights):
    model = PosePredictor.from_files(*weights.files()).model
    stored = torch.load(weights.path(), weights_only=True)['state_dict']
    assert not any(name.startswith('head.auxiliary') for name in stored)
    for name in ('backbone.stem.conv.weight', 'head.head_module.keypoints.3.bias'):
        torch.testing.assert_close(model.state_dict()[name], stored[name].float())
