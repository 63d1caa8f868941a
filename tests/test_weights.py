import dataclasses

import pytest
import torch

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME, N6

TRAINED_WITH = {
    'lrfg-s6_coco-part.pth': 'lrfg-s6_1xb192-47e_coco-512',
    'lrfg-n6_coco-part.pth': 'lrfg-n6_2xb16-15e_coco-256',
}


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


def test_their_config_tests_as_the_one_they_were_trained_with(weights):
    trained, released = load_config(TRAINED_WITH[weights.file]), load_config(weights.config)
    assert 0.2 < released.model.test_cfg.pop('recommended_score_thr') < 0.5
    for part in ('test_cfg', 'backbone.widen_factor', 'head.anchors', 'head.metainfo'):
        ours, theirs = released.model, trained.model
        for key in part.split('.'):
            ours, theirs = ours.get(key), theirs and theirs.get(key)
        assert ours == theirs, part
    for key in ('pipeline', 'ann_file', 'data_prefix'):
        assert released.test_dataloader.dataset[key] == trained.test_dataloader.dataset[key]
