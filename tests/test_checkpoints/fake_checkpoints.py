"""Checkpoints such as YOLO-Pose writes, of classes that are gone when they are read."""

import contextlib
import sys
import types

import torch
from torch import nn

MODULES = ('models', 'models.yolo', 'models.common')


def tensors_of_yolopose(size=0.0625, deepen=0.33, lite=False, classes=1, keypoints=17, seed=0):
    """A YOLO-Pose state dict with random weights, under YOLO-Pose's names.

    Made from the names and shapes of our own network; ``keypoints=0`` is a detector of YOLOv5.
    """
    from mmpose.registry import MODELS

    from mmpose_lrfg.checkpoints import yolopose_names as names
    from mmpose_lrfg.checkpoints.yolopose_architecture import Architecture
    from mmpose_lrfg.models.task_modules import COCO_ANCHORS

    act = 'ReLU' if lite else 'SiLU'
    blocks = 0 if lite else 6
    found = Architecture(
        deepen, size, lite, act, 'SiLU', blocks, keypoints or 17, classes, COCO_ANCHORS
    )
    torch.manual_seed(seed)
    ours = MODELS.build(found.config().model).state_dict()
    layers = {module: index for index, module in names.LAYERS.items()}
    parts = {'main_conv': 'cv1', 'short_conv': 'cv2', 'final_conv': 'cv3', 'blocks': 'm'}
    parts |= {'conv1': 'cv1', 'conv2': 'cv2', 'reduce': 'cv1', 'expand': 'cv2'}
    result = {}
    for name, tensor in ours.items():
        if tensor.is_floating_point() and name != names.ANCHORS:
            tensor = torch.rand_like(tensor) * 0.2 + 0.01
        if name == names.ANCHORS:
            cells = tensor / torch.tensor(names.STRIDES)[:, None, None]
            result['model.33.anchors'] = cells
            result['model.33.anchor_grid'] = tensor.view(4, 1, 3, 1, 1, 2).clone()
        elif name.startswith('backbone.stem.'):
            rest = name.removeprefix('backbone.stem.')
            if lite:
                rest = rest.replace('0.', 'conv_slice.', 1).replace('1.', 'conv.', 1)
            else:
                rest = f'conv.{rest}'
            if rest == 'conv.conv.weight' and not lite:
                tensor = tensor.new_empty(len(tensor), 12, 3, 3).uniform_(-0.2, 0.2)
            result[f'model.0.{rest}'] = tensor
        elif name.startswith('head.head_module.'):
            kind, level, *rest = name.removeprefix('head.head_module.').split('.')
            if kind == 'boxes':
                result['.'.join(['model.33.m', level, *rest])] = tensor
            elif keypoints:
                last = [] if lite or kind == 'keypoint_features' else [str(2 * blocks - 1)]
                result['.'.join(['model.33.m_kpt', level, *last, *rest])] = tensor
        else:
            module = next(m for m in layers if name.startswith(m + '.'))
            rest = [parts.get(p, p) for p in name.removeprefix(module + '.').split('.')]
            result['.'.join([f'model.{layers[module]}', *rest])] = tensor
    return result


def build_tree(
    tensors: dict, act: str = 'SiLU', spp_act: str = 'SiLU', pools=(3, 5, 7)
) -> nn.Module:
    """A tree of throw-away modules with that state dict, as YOLO-Pose's classes would form."""
    children: dict = {}
    for name, tensor in tensors.items():
        *path, leaf = name.split('.')
        node = children
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = tensor
    return _module(children, 'Model', 'model', act, spp_act, pools)


def _class(module: str, name: str) -> type:
    if not hasattr(sys.modules[module], name):
        cls = type(name, (nn.Module,), {'__module__': module, '__qualname__': name})
        setattr(sys.modules[module], name, cls)
    return getattr(sys.modules[module], name)


def _module(node: dict, kind: str, path: str, act: str, spp_act: str, pools) -> nn.Module:
    leaves = {k: v for k, v in node.items() if isinstance(v, torch.Tensor)}
    if 'running_mean' in leaves:
        module = nn.BatchNorm2d(len(leaves['weight']), eps=1e-3, momentum=0.03)
    elif 'weight' in leaves:
        out, inner, k, _ = leaves['weight'].shape
        groups = out if inner == 1 and k == 3 else 1
        module = nn.Conv2d(inner * groups, out, k, groups=groups, bias='bias' in leaves)
    else:
        module = _class('models.yolo' if kind in ('Model', 'Detect') else 'models.common', kind)()
        for name, tensor in leaves.items():
            module.register_buffer(name, tensor)
        leaves = {}
    with torch.no_grad():
        for name, tensor in leaves.items():
            getattr(module, name).copy_(tensor)
    for name, child in node.items():
        if isinstance(child, dict):
            here = 'Detect' if name == '33' else 'Conv' if 'conv' in child else 'C3'
            module.add_module(name, _module(child, here, f'{path}.{name}', act, spp_act, pools))
    if 'bn' in node:
        inside = path.startswith('model.model.10.')
        module.add_module('act', getattr(nn, spp_act if inside else act)())
    if path == 'model.model.10':
        # Pools of 3 in a row, as YOLO-Pose builds larger ones.
        pool = nn.MaxPool2d(3, 1, 1)
        rows = [nn.Sequential(*[pool] * ((size - 1) // 2)) for size in pools]
        module.add_module('m', nn.ModuleList(rows))
    return module


@contextlib.contextmanager
def throw_away_classes():
    """Fake modules to define classes in; gone afterwards, as on a machine without YOLO-Pose."""
    for name in MODULES:
        sys.modules[name] = types.ModuleType(name)
    try:
        yield
    finally:
        for name in MODULES:
            sys.modules.pop(name, None)


def write_pt(path, tensors, half=True, key='model', zip_format=True, **tree) -> None:
    """Write a ``.pt`` as YOLO-Pose does."""
    with throw_away_classes():
        model = build_tree(tensors, **tree)
        content = dict(epoch=-1, best_fitness=None, model=None, ema=None, updates=0, optimizer=None)
        content[key] = model.half() if half else model
        torch.save(content, path, _use_new_zipfile_serialization=zip_format)
