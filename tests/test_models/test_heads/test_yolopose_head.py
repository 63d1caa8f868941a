import numpy as np
import pytest
import torch
from mmengine.model import BaseModule
from tiny_heads import FLIP, PERSON, feature_maps, make_head

from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.utils.errors import UserError

MODULE = dict(type='YOLOPoseHeadModule', widen_factor=0.0625, keypoint_blocks=0)
CARDS = dict(
    dataset_name='cards',
    keypoint_info={i: dict(name=name, id=i) for i, name in enumerate('abcd')},
    sigmas=[0.025, 0.03, 0.035, 0.04],
    classes=('bank_card', 'id_card'),
)


def schema(**kwargs):
    head = YOLOPoseHead(head_module=MODULE, **kwargs)
    outputs = head([torch.zeros(1, c, 1, 1) for c in (16, 32, 48, 64)])[0].shape[-1]
    assert outputs == 5 + head.num_classes + 3 * head.num_keypoints
    assert head.loss_oks.sigmas.tolist() == pytest.approx(head.sigmas)
    return head.num_keypoints, head.num_classes, head.sigmas[-1]


def test_keypoints_classes_and_sigmas_are_those_of_the_metainfo_unless_given():
    assert schema() == (17, 1, pytest.approx(0.089))  # COCO's
    assert schema(metainfo=CARDS) == (4, 2, pytest.approx(0.04))
    crowdpose = 'configs/_base_/datasets/crowdpose.py'  # MMPose's
    assert schema(metainfo=crowdpose) == schema(metainfo=dict(from_file=crowdpose))
    assert schema(metainfo=crowdpose)[:2] == (14, 1)
    assert schema(num_keypoints=3, sigmas=[0.1] * 3, num_classes=5) == (3, 5, 0.1)
    assert schema(metainfo=CARDS, sigmas=[0.1] * 4, num_classes=1) == (4, 1, 0.1)


@pytest.mark.parametrize(
    ('kwargs', 'error', 'message'),
    [
        (dict(num_keypoints=3), ValueError, '17 sigmas for 3 keypoints'),
        (dict(num_keypoints=3, sigmas=[0.1, 0.1]), ValueError, '2 sigmas for 3 keypoints'),
        (dict(metainfo=dict(CARDS, sigmas=[0.1])), UserError, '1 sigmas for 4 keypoints'),
        (dict(metainfo='none.py'), UserError, r'none\.py does not exist'),
        (dict(keypoint_prior=[(0, 0)] * 2), ValueError, 'keypoint_prior .* 17 .*2, 2'),
        (dict(obj_target='iou'), ValueError, "'ciou' or 'oks', got 'iou'"),
        (dict(on_conflict='first'), ValueError, "'max' or 'last', got 'first'"),
        (dict(head_module=dict(MODULE, layout='flat')), ValueError, "'concatenated', got 'flat'"),
    ],
)
def test_contradictions(kwargs, error, message):
    with pytest.raises(error, match=message):
        YOLOPoseHead(**{'head_module': MODULE, **kwargs})


def test_losses_are_configured_one_by_one():
    head = make_head(loss_oks=dict(loss_weight=0.9), loss_vis=dict(pos_weight=2.0))
    assert (head.loss_oks.loss_weight, head.loss_oks.aux_weight) == (0.9, 0)
    assert (head.loss_vis.loss_weight, head.loss_vis.pos_weight) == (0.5, 2.0)
    other = make_head(loss_vis=dict(type='mmpose.BCELoss', use_sigmoid=True)).loss_vis
    assert type(other).__name__ == 'BCELoss'


def test_a_prior_on_another_device(monkeypatch):
    monkeypatch.setattr(BaseModule, 'init_weights', lambda self: None)  # reads values
    head, seen = make_head(keypoint_prior=[[0, 0]] * 3).to('meta'), []
    head.head_module.start_keypoints_at = lambda level, points: seen.append(points.device.type)
    head.init_weights()
    assert seen == ['meta'] * 4


def predict(head, feats, samples, **cfg):
    with torch.no_grad():
        return head.eval().predict(feats, samples, dict(score_thr=0.0005, nms_thr=0.6, **cfg))


def test_options_of_predict():
    head = make_head()
    plain = predict(head, feature_maps(), [PERSON] * 2)[0]
    assert len(plain) > 0 and plain.labels.dtype == np.int64
    head.single_class_score = True
    times_class = predict(head, feature_maps(), [PERSON] * 2)[0]
    assert times_class.scores.max() < plain.scores.max()
    empty = head.predict(feature_maps(), [PERSON] * 2, dict(score_thr=0.9999))[0]
    assert empty.keypoints.shape == (0, 3, 2) and empty.bboxes.shape == (0, 4)


def test_flip_test_is_equivariant():
    """Averaged over an image and its mirror image, a mirrored image gives mirrored people."""
    head = make_head()
    feats, mirrored = feature_maps(1), [f.flip(3) for f in feature_maps(1)]
    there = predict(head, [feats, mirrored], [PERSON], flip_test=True)[0]
    back = predict(head, [mirrored, feats], [PERSON], flip_test=True)[0]
    assert len(there.scores) == len(back.scores) > 3
    np.testing.assert_allclose(there.scores, back.scores, rtol=1e-5)
    keypoints = back.keypoints[:, FLIP]
    keypoints[..., 0] = 192 - 1 - keypoints[..., 0]
    np.testing.assert_allclose(there.keypoints, keypoints, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(there.keypoint_scores, back.keypoint_scores[:, FLIP], rtol=1e-5)


def test_settings_of_test_cfg_override_those_of_the_head():
    head = make_head(test_cfg=dict(nms_thr=0.4, wnms_thr=0.7))
    settings = head.test_settings(dict(nms_thr=0.5, multiscale_test=True))
    assert (settings['nms_thr'], settings['wnms_thr'], settings['nms_pre']) == (0.5, 0.7, 3000)
    assert 'multiscale_test' not in settings
