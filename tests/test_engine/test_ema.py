import torch
from mmpose.engine.hooks.ema_hook import ExpMomentumEMA
from torch import nn

from mmpose_lrfg.engine.hooks.ema import FusedMomentumEMA


def test_the_averages_are_those_of_mmpose():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    settings = dict(momentum=0.01, gamma=5, interval=2, update_buffers=True)
    ours, theirs = FusedMomentumEMA(model, **settings), ExpMomentumEMA(model, **settings)
    for _ in range(7):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
        model(torch.randn(2, 3, 5, 5))  # moves the running means
        ours.update_parameters(model)
        theirs.update_parameters(model)
    assert ours.steps == theirs.steps == 7
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    assert not torch.equal(ours.module[0].weight, model[0].weight)
