"""Convolution layers computed without modules, to compare the building blocks with."""

import torch
import torch.nn.functional as F


def conv_bn_act(module, x):
    """Compute what a ConvModule in evaluation mode computes."""
    conv, bn = module.conv, module.bn
    y = F.conv2d(x, conv.weight, conv.bias, conv.stride, conv.padding, groups=conv.groups)
    scale = bn.weight / (bn.running_var + bn.eps).sqrt()
    shift = bn.bias - bn.running_mean * scale
    return module.activate(y * scale[:, None, None] + shift[:, None, None])


def randomise(module):
    """Give BatchNorm random statistics; evaluation mode."""
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.uniform_(-1, 1)
            m.running_var.uniform_(0.5, 2)
    return module.eval()
