"""Channels-last memory format."""

from types import SimpleNamespace

import tiny_training
import torch
from mmengine.optim import build_optim_wrapper

from mmpose_lrfg.engine.hooks import ChannelsLastHook


def test_channels_last_changes_nothing_but_the_order():
    plain, last, batch = tiny_training.build(), tiny_training.build(), tiny_training.batch()
    ChannelsLastHook().before_run(SimpleNamespace(model=last))
    losses = []
    for model, expected in ((plain, False), (last, True)):
        weights = [p for p in model.parameters() if p.ndim == 4 and min(p.shape[1:]) > 1]
        orders = {p.is_contiguous(memory_format=torch.channels_last) for p in weights}
        assert orders == {expected}
        optim = build_optim_wrapper(model, dict(optimizer=dict(type='SGD', lr=0.01)))
        losses.append(model.train_step(batch, optim))
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-4, atol=1e-4)
    assert plain.state_dict().keys() == last.state_dict().keys()
