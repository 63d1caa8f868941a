"""Checkpoints and configs of earlier versions still load, without a warning."""

import warnings

import pytest
import torch
from mmengine.model import ExponentialMovingAverage
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS

from mmpose_lrfg.models.layers import CoordinateAttention
from mmpose_lrfg.models.losses import KeypointOKSLoss
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


OLD_LOSS = dict(
    batch_size=64,
    scale_gains=False,
    assigner=dict(type='AnchorRatioAssigner', ratio_thr=2.5),
    loss_bbox=dict(type='CIoULoss', loss_weight=0.15),
    loss_keypoints=dict(loss_weight=0.3, pull=1.0),
    obj_weight=0.7,
    obj_balance=(4.0, 1.0, 0.3, 0.1),
    cls_weight=0.4,
    cls_pos_weight=2.0,
    vis_weight=0.1,
    level_means=False,
    objectness_fit='oks',
    on_conflict='last',
)


def old_config(**loss):
    """Return the model of a config as earlier versions stored it."""
    cfg = load_config('lrfg-n6_1xb32-80e_coco-640').model
    cfg.neck.pyramid = cfg.neck.pop('spp')
    cfg.backbone.pyramid = dict(type='SPP')
    cfg.head = dict(
        type='YOLOPoseHead',
        num_keypoints=17,
        sigmas=(0.05,) * 17,
        unlabelled_at_zero=True,
        head_module=cfg.head.head_module,
        loss=dict(type='YOLOPoseLoss', **loss),
    )
    cfg.test_cfg.merge_thr = 0.8
    return cfg


def test_a_stored_config_builds_the_same_model():
    model = MODELS.build(old_config(**OLD_LOSS))
    assert type(model.backbone.stage5[1]).__name__ == 'SPP' and model.neck.spp is not None
    head = model.head
    assert (head.num_keypoints, head.sigmas[0], head.unannotated_at_zero) == (17, 0.05, True)
    assert (head.batch_size, head.scale_gains, head.level_means) == (64, False, False)
    assert (head.obj_balance, head.obj_target) == ((4.0, 1.0, 0.3, 0.1), 'oks')
    assert head.on_conflict == 'last' and head.assigner.ratio_thr == 2.5
    weights = {n: getattr(head, f'loss_{n}').loss_weight for n in ('bbox', 'obj', 'cls', 'oks')}
    assert weights == dict(bbox=0.15, obj=0.7, cls=0.4, oks=0.3)
    assert head.loss_oks.aux_weight == 1.0
    assert (head.loss_vis.loss_weight, head.loss_vis.pos_weight) == (0.1, 2.0)
    assert head.test_settings(model.test_cfg)['wnms_thr'] == 0.8
    # Without a weight for visibilities, that of the classes.
    head = MODELS.build(old_config(cls_weight=0.4, vis_weight=None)).head
    assert head.loss_vis.loss_weight == 0.4 and head.scale_gains


def test_old_options_change_a_present_config():
    """As --cfg-options model.head.loss.vis_weight=0.2 does."""
    cfg = load_config('lrfg-n6_1xb8-8e_people-320').model
    cfg.head.loss = dict(loss_keypoints=dict(pull=0.5), vis_weight=0.2)
    head = MODELS.build(cfg).head
    assert (head.loss_oks.aux_weight, head.loss_oks.loss_weight) == (0.5, 0.3)
    assert head.loss_vis.loss_weight == 0.2
    assert KeypointOKSLoss([0.1], pull=0.3).aux_weight == 0.3
