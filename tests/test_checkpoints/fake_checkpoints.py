"""Checkpoints such as YOLO-Pose writes, of classes that are gone when they are read."""

import sys
import types
from unittest import mock

import numpy as np
import torch
from golden import SHIPPED
from torch import nn


def tensors_of_yolopose(lite=False, classes=1, keypoints=17):
    """A small network's state dict under YOLO-Pose's names; without keypoints, a detector's."""
    with np.load(SHIPPED / f'yolopose_nano{"_lite" if lite else ""}.npz') as data:
        names = [name for name in data.files if name.startswith('sd/')]
        tensors = {name[3:]: torch.from_numpy(data[name]) for name in names}
    outputs = {'model.33.m.': 3 * (5 + classes), 'model.33.m_kpt.': 9 * keypoints}
    for name, tensor in list(tensors.items()):
        prefix = next((prefix for prefix in outputs if name.startswith(prefix)), None)
        if prefix and not outputs[prefix]:
            del tensors[name]
        elif prefix and len(tensor) in (18, 153) and len(tensor) != outputs[prefix]:
            tensors[name] = torch.rand(outputs[prefix], *tensor.shape[1:])
    return tensors


def write_pt(path, tensors, half=True, key='model', **tree) -> None:
    """Write a ``.pt`` as YOLO-Pose does; ``tree`` has the arguments of :func:`build_tree`."""
    modules = {name: types.ModuleType(name) for name in ('models', 'models.common')}
    with mock.patch.dict(sys.modules, modules):
        cls = type('Layer', (nn.Module,), {'__module__': 'models.common', '__qualname__': 'Layer'})
        modules['models.common'].Layer = cls
        model = build_tree(tensors, cls, **tree)
        content = dict(epoch=-1, best_fitness=None, model=None, ema=None, updates=0, optimizer=None)
        content[key] = model.half() if half else model
        torch.save(content, path)


def build_tree(tensors, cls, path='', act='SiLU', spp_act='SiLU', pools=(3, 5, 7)) -> nn.Module:
    """A tree of modules of class ``cls`` with that state dict; batch norms, activations and pools
    are PyTorch's.
    """
    parts = {}
    for name, tensor in tensors.items():
        part, _, rest = name.partition('.')
        parts.setdefault(part, {})[rest] = tensor
    if 'running_mean' in parts:
        module = nn.BatchNorm2d(len(tensors['weight']), eps=1e-3)
        module.load_state_dict(tensors, strict=False)
        return module
    module = cls()
    for part, inside in parts.items():
        if '' in inside:
            module.register_buffer(part, inside[''])
        else:
            child = build_tree(inside, cls, f'{path}.{part}', act, spp_act, pools)
            module.add_module(part, child)
    if 'bn' in parts:
        module.act = getattr(nn, spp_act if path.startswith('.model.10.') else act)()
    if path == '.model.10':
        # Pools of 3 in a row, as YOLO-Pose builds larger ones.
        pool = nn.MaxPool2d(3, 1, 1)
        module.m = nn.ModuleList(nn.Sequential(*[pool] * ((size - 1) // 2)) for size in pools)
    return module
