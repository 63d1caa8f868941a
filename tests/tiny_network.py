"""An LRFG-YoloPose n6 on images of 128 x 128, and a stand-in for what it would have learnt."""

from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmpose.apis import init_model

from mmpose_lrfg.models.task_modules.decoding import encode_boxes, encode_keypoints

BASE = Path(__file__).parents[1] / 'configs' / '_base_'
SIDE = 128


def write_config(path, head=None, width=None):
    """Write the config, without any base, to ``path``; ``width`` replaces its widen_factor."""
    parts = ['default_runtime', 'models/lrfg_n6', 'datasets/coco_640']
    cfg = Config()
    for part in parts:
        cfg.merge_from_dict(Config.fromfile(BASE / f'{part}.py').to_dict())
    for split in ('val', 'test'):
        steps = cfg[f'{split}_dataloader'].dataset.pipeline
        next(step for step in steps if 'input_size' in step).input_size = (SIDE, SIDE)
    cfg.model.head.update(head or {})
    for part in (cfg.model.backbone, cfg.model.neck, cfg.model.head.head_module) if width else ():
        part.widen_factor = width
    Path(path).write_text(cfg.pretty_text)
    return str(path)


def write_checkpoint(path, config, meta=None):
    """Save a network of ``config`` with random weights to ``path``."""
    torch.manual_seed(0)
    model = init_model(config, device='cpu')
    torch.save({'state_dict': model.state_dict(), 'meta': meta or {}}, path)
    return str(path)


def marked_picture(width, height, x, y, radius):
    """Black, with a white disc whose centre is at the pixel (x, y)."""
    image = np.zeros((height, width, 3), np.uint8)
    cv2.circle(image, (x, y), radius, (255, 255, 255), -1)
    return image


def plant(model):
    """Make ``model`` find the white disc: every keypoint at its centre, with a box of an anchor.

    Only what a network would learn is replaced; image transform, decoding and all that follows
    are the real ones. Without a disc nothing is found.
    """
    head = model.head
    anchors, strides = head.anchors.sizes, head.anchors.strides
    k = head.num_keypoints

    def forward(images):
        raws = []
        for level, stride in enumerate(strides):
            shape = (len(images), 3, images.shape[2] // stride, images.shape[3] // stride)
            raws.append(torch.full((*shape, 6 + 3 * k), -20.0))
            if level > 0:
                continue
            for raw, image in zip(raws[0], images):
                rows, columns = (image.mean(0) > 0.9).nonzero(as_tuple=True)
                if not len(rows):
                    continue
                at = torch.stack([columns.float().mean(), rows.float().mean()])
                cell = (at / stride).floor()
                out = raw[0, int(cell[1]), int(cell[0])]
                box = torch.cat([at, anchors[0][0]])
                out[:4] = encode_boxes(box, cell, anchors[0][0], stride)
                out[4:6] = 4.0
                seen = torch.linspace(0.1, 0.9, k)
                out[6:] = encode_keypoints(at.expand(k, 2), seen, cell, stride).flatten()
        return tuple(raws)

    model.extract_feat = lambda inputs: inputs
    head.forward = forward
    return model
