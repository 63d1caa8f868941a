"""Make ``tests/data/golden/training/small_train_steps.npz``, in the format of the reference's file.

The network and its loss terms are ours, which other golden files compare with the reference. What
training adds is written here by hand: the effective gains, the groups of the optimizer,
accumulation and averaged weights. It starts from the weights of ``yolopose_nano.npz``; of the
results, all vectors and a few convolutions are kept. In float64.

    python tests/test_checkpoints/make_train_steps.py
"""

import copy
import json
import math

import numpy as np
import torch
from golden import SHIPPED, Golden, pose_targets

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.yolopose_names import rename

BATCH, ACCUMULATE, ITERATIONS, SIDE, GAINS_FOR = 2, 3, 6, 128, 960
RAW = dict(box=0.05, kpt=0.1, cls=0.5, obj=1.0)
EFFECTIVE = dict(box=0.0375, kpt=0.1, cls=0.0046875, obj=1.6875, vis=0.0046875)  # YOLO-Pose, 960
RATES = [(0.002, 0.003, 0.05, 0.8)] * ACCUMULATE + [(0.004, 0.005, 0.04, 0.85)] * ACCUMULATE
KEPT = ('model.1.conv.weight', 'model.12.conv.weight', 'model.33.m.0.weight')


def draw_batch(rng):
    """Blocks of colour, and people of whom the last has no labelled keypoint."""
    images = rng.integers(0, 256, (BATCH, 3, 16, 16), np.uint8).repeat(8, 2).repeat(8, 3)
    rows = np.zeros((2 * BATCH, 40), np.float32)
    rows[:, 0] = np.repeat(np.arange(BATCH), 2)
    rows[:, 2:4] = rng.uniform(0.3, 0.7, (len(rows), 2))
    rows[:, 4:6] = rng.uniform(0.15, 0.5, (len(rows), 2))
    points = rows[:, None, 2:4] + rng.uniform(-0.5, 0.5, (len(rows), 17, 2)) * rows[:, None, 4:6]
    points *= rng.uniform(size=(len(rows), 17, 1)) < 0.8
    points[-1] = 0
    rows[:, 6:] = points.reshape(len(rows), -1)
    return images, rows


def loss_items(case, images, rows):
    """Box, objectness, class, keypoint and visibility loss after the effective gains."""
    size = torch.tensor([SIDE, SIDE], dtype=torch.float64)
    targets = pose_targets(rows, size, lambda points: (points != 0).any(dim=-1))
    preds = case.model(torch.from_numpy(images).double() / 255, None, mode='tensor')
    losses = case.head.loss_by_feat(preds, targets)
    weighted = dict(
        box=losses['loss_bbox'] / RAW['box'],
        obj=losses['loss_obj'] / RAW['obj'],
        cls=torch.zeros(()),
        kpt=losses['loss_kpt'] / RAW['kpt'],
        vis=losses['loss_vis'] / RAW['cls'],
    )
    return [EFFECTIVE[name] * loss / BATCH for name, loss in weighted.items()]


def main():
    torch.Tensor.float = torch.Tensor.double
    case = Golden(SHIPPED / 'yolopose_nano.npz')
    case.model.double().train()
    theirs = {rename(n[3:]): n[3:] for n in case.data.files if n.startswith('sd/')}
    groups = dict(norm=[], convolution=[], bias=[])
    for name, parameter in case.model.named_parameters():
        kind = 'bias' if name.endswith('.bias') else 'norm' if '.bn.' in name else 'convolution'
        groups[kind].append(parameter)
    optimizer = torch.optim.SGD(
        [dict(params=group) for group in groups.values()], lr=0.1, momentum=0.9, nesterov=True
    )
    optimizer.param_groups[1]['weight_decay'] = 5e-4

    rng, arrays, losses = np.random.default_rng(0), {}, []
    average, updates = copy.deepcopy(case.model.state_dict()), 0

    def keep(prefix, state):
        for name, tensor in state.items():
            name = theirs.get(name, '')
            if name in KEPT or (name and tensor.ndim == 1):
                arrays[f'{prefix}/{name}'] = tensor.detach().numpy().astype(np.float32)

    for iteration, (*rates, momentum) in enumerate(RATES):
        images, rows = draw_batch(rng)
        arrays[f'input{iteration}'], arrays[f'targets{iteration}'] = images, rows
        items = loss_items(case, images, rows)
        total = sum(items)
        (BATCH * total).backward()
        losses.append([float(v.detach()) for v in (BATCH * total, *items, total)])
        for group, rate in zip(optimizer.param_groups, rates):
            group.update(lr=rate, momentum=momentum)
        if (iteration + 1) % ACCUMULATE:
            continue
        optimizer.step()
        optimizer.zero_grad()
        updates += 1
        decay = 0.9999 * (1 - math.exp(-updates / 2000))
        for name, tensor in case.model.state_dict().items():
            if tensor.is_floating_point():
                average[name] = decay * average[name] + (1 - decay) * tensor
        keep(f'step{updates}', case.model.state_dict())
    keep('ema', average)
    arrays.update(losses=np.array(losses), lr_norm_conv_bias_momentum=np.array(RATES))
    path = SHIPPED / 'training' / 'small_train_steps.npz'
    np.savez_compressed(path, **arrays)
    ema = dict(decay=0.9999, ramp=2000, updates=updates)
    meta = dict(weights='../yolopose_nano.npz', batch=BATCH, iterations=ITERATIONS,
                accumulate=ACCUMULATE, imgsz=GAINS_FOR, classes=1, gains_raw=RAW,
                gains_effective=EFFECTIVE, weight_decay=5e-4, ema=ema)  # fmt: skip
    path.with_suffix('.json').write_text(json.dumps(meta, indent=1) + '\n')


if __name__ == '__main__':
    main()
