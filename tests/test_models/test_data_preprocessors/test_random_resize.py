"""Batches of changing size."""

import copy

import pytest
import tiny_training
import torch
from mmengine.logging import MessageHub

from mmpose_lrfg.models.data_preprocessors import RandomBatchResize
from mmpose_lrfg.utils.errors import UserError


def test_sizes_are_multiples_of_64_and_follow_from_the_iteration():
    hub = MessageHub.get_instance('sizes')
    resize = dict(type='RandomBatchResize', random_size_range=(64, 256), interval=2)
    model = tiny_training.build(batch_augments=[resize])
    sizes = []
    for iteration in range(40):
        hub.update_info('iter', iteration)
        batch = tiny_training.batch(images=1)
        before = copy.deepcopy(batch['data_samples'][0].gt_instance_labels)
        out = model.data_preprocessor(batch, True)
        sizes.append(out['inputs'].shape[-1])
        ratio = sizes[-1] / tiny_training.SIDE
        after = out['data_samples'][0].gt_instance_labels
        torch.testing.assert_close(after.bboxes, before.bboxes * ratio)
        torch.testing.assert_close(after.keypoints, before.keypoints * ratio)
    assert set(sizes) == {64, 128, 192, 256} and sizes[::2] == sizes[1::2]
    again = RandomBatchResize((64, 256), interval=2)
    assert [again.size_at(i, 128, 128)[1] for i in range(40)] == sizes
    assert again.size_at(3, 64, 128)[1] == 2 * again.size_at(3, 64, 128)[0]
    # The network takes every size; evaluation keeps its own.
    losses = model.loss(**model.data_preprocessor(tiny_training.batch(images=1), True))
    assert all(torch.isfinite(value) for value in losses.values())
    assert model.data_preprocessor(tiny_training.batch(), False)['inputs'].shape[-1] == 128
    with pytest.raises(UserError, match='no multiple of 64'):
        RandomBatchResize((65, 127))
