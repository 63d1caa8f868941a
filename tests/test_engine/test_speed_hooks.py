"""Channels-last memory format and compiled parts."""

from types import SimpleNamespace

import pytest
import tiny_training
import torch
from mmengine.optim import build_optim_wrapper

from mmpose_lrfg.engine.hooks import ChannelsLastHook, CompileHook
from mmpose_lrfg.utils.errors import UserError


def test_channels_last_changes_nothing_but_the_order():
    def step(hook):
        model, batch = tiny_training.build(), tiny_training.batch()
        if hook:
            hook.before_run(SimpleNamespace(model=model))
        orders = {
            p.is_contiguous(memory_format=torch.channels_last)
            for p in model.parameters()
            if p.ndim == 4 and min(p.shape[1:]) > 1
        }
        optim = build_optim_wrapper(model, dict(optimizer=dict(type='SGD', lr=0.01)))
        return model.train_step(batch, optim), model.state_dict(), orders

    plain, plain_state, plain_orders = step(None)
    last, last_state, last_orders = step(ChannelsLastHook())
    assert plain_orders == {False} and last_orders == {True}
    for name, value in plain.items():
        torch.testing.assert_close(last[name], value, rtol=1e-4, atol=1e-4)
    assert plain_state.keys() == last_state.keys()


def test_compiled_parts_keep_their_names_and_values():
    model = torch.nn.ModuleDict(dict(backbone=torch.nn.Linear(2, 2), neck=torch.nn.Identity()))
    wanted, names = model['backbone'](torch.ones(1, 2)), set(model.state_dict())
    calls = []

    def backend(graph, inputs):
        calls.append(graph)
        return graph.forward

    logger = SimpleNamespace(info=lambda text: None)
    runner = SimpleNamespace(model=model, logger=logger)
    CompileHook(parts=['backbone'], backend=backend).before_train(runner)
    assert torch.equal(model['backbone'](torch.ones(1, 2)), wanted) and len(calls) == 1
    assert set(model.state_dict()) == names
    with pytest.raises(UserError, match='no part nek'):
        CompileHook(parts=['nek']).before_train(runner)
