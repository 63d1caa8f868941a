"""Checkpoints of earlier versions still load, without a warning."""

import warnings

import pytest
import torch
from mmengine.model import ExponentialMovingAverage
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS

from mmpose_lrfg.models.layers import CoordinateAttention
from mmpose_lrfg.models.old_names import KEYS, update_key
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.weights import BY_NAME

BEFORE = {new: old for old, new in KEYS.items()}


def old_key(key):
    """Return the name that the tensor had in earlier versions."""
    return '.'.join(BEFORE.get(part, part) for part in key.split('.'))


def build():
    return MODELS.build(load_config('lrfg-n6_1xb32-80e_coco-640').model)


@pytest.mark.parametrize('weights', BY_NAME.values(), ids=BY_NAME)
def test_released_weights_load_strictly(weights, capfd):
    model = MODELS.build(load_config(weights.config).model)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        stored = load_checkpoint(model, str(weights.path()), 'cpu', strict=True)['state_dict']
    assert not capfd.readouterr().err
    found = model.state_dict()
    old = {name for name in stored if name not in found}
    assert len(old) > 50 and {update_key(name) for name in old} <= found.keys()
    for name, tensor in stored.items():
        torch.testing.assert_close(found[update_key(name)], tensor.to(found[update_key(name)]))
    # Optimiser states refer to parameters by their number.
    parameters = [name for name, _ in model.named_parameters()]
    assert [new for new in map(update_key, stored) if new in parameters] == parameters


def test_a_state_dict_loads_into_a_model_an_average_and_a_part():
    source, target = build(), build()
    before = {old_key(name): tensor for name, tensor in source.state_dict().items()}
    assert before.keys() != source.state_dict().keys()
    names = list(before)
    target.load_state_dict(before)
    assert list(before) == names, 'the given dict must not be changed'
    for a, b in zip(source.parameters(), target.parameters()):
        assert torch.equal(a, b)
    average = ExponentialMovingAverage(build())
    wrapped = {f'module.{name}': tensor for name, tensor in before.items()}
    average.load_state_dict({**wrapped, 'steps': torch.tensor(3)})
    for a, b in zip(source.parameters(), average.module.parameters()):
        assert torch.equal(a, b)
    part = CoordinateAttention(16)
    part.load_state_dict({old_key(name): 0 * value for name, value in part.state_dict().items()})
    assert not part.conv_reduce.conv.weight.any()
    with pytest.raises(RuntimeError, match=r'neck\.lateral\.0\.weight'):  # neither old nor new
        target.load_state_dict({**before, 'neck.lateral.0.weight': torch.zeros(1)})
