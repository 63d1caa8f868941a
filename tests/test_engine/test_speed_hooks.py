"""Channels-last memory format and compiled parts."""

import logging
from types import SimpleNamespace

import pytest
import tiny_training
import torch
from mmengine.optim import build_optim_wrapper

from mmpose_lrfg.engine.hooks import ChannelsLastHook, CompileHook
from mmpose_lrfg.utils.errors import UserError


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


def test_compiled_parts_keep_their_names_and_values():
    model = torch.nn.ModuleDict(dict(backbone=torch.nn.Linear(2, 2), neck=torch.nn.Identity()))
    expected, names = model['backbone'](torch.ones(1, 2)), set(model.state_dict())
    calls = []

    def backend(graph, inputs):
        calls.append(graph)
        return graph.forward

    runner = SimpleNamespace(model=model, logger=logging.getLogger('compile'))
    CompileHook(parts=['backbone'], backend=backend).before_train(runner)
    assert torch.equal(model['backbone'](torch.ones(1, 2)), expected) and len(calls) == 1
    assert set(model.state_dict()) == names
    with pytest.raises(UserError, match='no part nek'):
        CompileHook(parts=['nek']).before_train(runner)
