"""Where YOLO-Pose's behaviour is a flaw: ours by default, its own as an option."""

from types import SimpleNamespace

import numpy as np
import torch
from mmengine.structures import InstanceData

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.models.losses import PoseTargets


def build(**options):
    torch.manual_seed(0)
    module = dict(type='YOLOPoseHeadModule', widen_factor=0.0625, keypoint_blocks=0)
    return YOLOPoseHead(2, (0.1, 0.1), head_module=module, **options)


def sample(keypoints, visible):
    labels = InstanceData(
        bboxes=np.array([[0.0, 0, 40, 40]], np.float32),
        labels=np.array([0]),
        keypoints=np.array([keypoints], np.float32),
        keypoints_visible=np.array([visible], np.float32),
    )
    return [SimpleNamespace(gt_instance_labels=labels)]


def test_a_keypoint_on_the_left_edge_is_labelled():
    data = sample([[0, 7], [3, 0]], [1, 1])
    assert build().collect_targets(data, 'cpu').labelled.tolist() == [[True, True]]
    theirs = build(unlabelled_at_zero=True).collect_targets(data, 'cpu')
    assert theirs.labelled.tolist() == [[False, True]]
    hidden = sample([[5, 7], [3, 0]], [0, 1])
    theirs = build(unlabelled_at_zero=True).collect_targets(hidden, 'cpu')
    assert theirs.labelled.tolist() == [[False, True]]


def test_weights_of_the_positive_side():
    """With a weight of 3, a positive counts three times as much, a negative as before."""
    head = build()
    raws = [torch.randn(1, 3, 8 // 2**i, 8 // 2**i, 5 + 1 + 6) for i in range(4)]
    targets = PoseTargets(
        images=torch.tensor([0]),
        labels=torch.tensor([0]),
        boxes=torch.tensor([[30.0, 30, 25, 25]]),
        keypoints=torch.tensor([[[25.0, 30], [35, 30]]]),
        labelled=torch.tensor([[True, True]]),
        annotated=torch.tensor([True]),
    )

    def losses(**options):
        loss = build(loss=dict(type='YOLOPoseLoss', **options)).criterion
        return loss(raws, targets, head.anchors, 1)

    plain, weighted = losses(), losses(cls_pos_weight=3.0, obj_pos_weight=3.0)
    # All keypoints of the positives are labelled: nothing but positives.
    assert torch.isclose(weighted['loss_vis'], 3 * plain['loss_vis'])
    assert plain['loss_obj'] < weighted['loss_obj'] < 3 * plain['loss_obj']
    for name in ('loss_bbox', 'loss_kpt'):
        assert weighted[name] == plain[name]
