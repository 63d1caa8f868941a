"""Golden vectors: numbers that the reference implementation of YOLO-Pose gave for random weights.

``NAME.json`` describes the network, ``NAME.npz`` holds weights (``sd/``), input and every result.
"""

import functools
import json
import os
from pathlib import Path

import numpy as np
import torch
from mmpose.registry import MODELS

from mmpose_lrfg.checkpoints.convert import convert_source
from mmpose_lrfg.checkpoints.yolopose_source import read_source
from mmpose_lrfg.models.task_modules import PoseTargets

SHIPPED = Path(__file__).parents[1] / 'data' / 'golden'
FOLDER = Path(os.environ.get('YOLOPOSE_GOLDEN_DIR') or SHIPPED)
FILES = sorted(FOLDER.glob('*.npz'))
SHAPES = sorted(FOLDER.glob('*_tensors.json')) or sorted(SHIPPED.glob('*_tensors.json'))


def relative(ours, theirs) -> float:
    """Largest difference relative to the largest value; absolute where all values are 0."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    return float(np.abs(ours - theirs).max(initial=0) / (np.abs(theirs).max(initial=0) or 1))


def pose_targets(rows: np.ndarray, size: torch.Tensor, visible) -> PoseTargets:
    """The reference's targets, in pixels.

    Args:
        rows: (N, 6 + 2 K): image, label, box, keypoints in shares of the image.
        size: (2,), width and height.
        visible: (N, K, 2) keypoints -> (N, K).
    """
    rows = torch.from_numpy(rows).to(size.dtype)
    keypoints = rows[:, 6:].unflatten(1, (-1, 2)) * size
    return PoseTargets(
        images=rows[:, 0].long(),
        labels=rows[:, 1].long(),
        boxes=rows[:, 2:6] * size.repeat(2),
        keypoints=keypoints,
        keypoints_visible=visible(keypoints),
        annotated=torch.ones(len(rows), dtype=torch.bool),
    )


class Golden:
    """One file, and our network with its weights, converted by the package."""

    def __init__(self, path: Path):
        self.meta = json.loads(path.with_suffix('.json').read_text())
        self.data = np.load(path)
        self.levels = sum(name.startswith('raw') for name in self.data.files)
        self.conversion = convert_source(read_source(path))
        cfg, hyp = self.conversion.cfg.model, self.meta['hyp']
        assert not hyp.get('fl_gamma'), 'YOLO-Pose was never trained with a focal loss'
        cls = dict(loss_weight=hyp['cls'], pos_weight=hyp['cls_pw'])
        cfg.head.update(
            assigner=dict(type='AnchorRatioAssigner', ratio_thr=hyp['anchor_t']),
            loss_bbox=dict(loss_weight=hyp['box']),
            loss_obj=dict(loss_weight=hyp['obj'], pos_weight=hyp['obj_pw']),
            loss_cls=cls,
            loss_oks=dict(loss_weight=hyp['kpt']),
            loss_vis=cls,  # YOLO-Pose has one gain for both
            batch_size=None,
            on_conflict='last',
            scale_gains=False,  # these files were made with the raw gains
        )
        self.model = MODELS.build(cfg).eval()
        self.model.load_state_dict(self.conversion.state_dict)
        self.head = self.model.head

    def preds(self, grad: bool = False) -> list[torch.Tensor]:
        """The reference's raw outputs."""
        preds = [torch.from_numpy(self.data[f'raw{i}']) for i in range(self.levels)]
        return [raw.requires_grad_(grad) for raw in preds]

    def targets(self) -> PoseTargets:
        """The reference's targets, in pixels; a keypoint at x = 0 is none."""
        height, width = self.data['input'].shape[-2:]
        size = torch.tensor([width, height], dtype=torch.float32)
        return pose_targets(self.data['targets'], size, lambda points: points[..., 0] != 0)


@functools.cache
def golden(path: Path) -> Golden:
    """Read and build once for all tests."""
    return Golden(path)
