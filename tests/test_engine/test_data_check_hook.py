"""Model and data that differ are an error before the first step, or a warning."""

import logging
from types import SimpleNamespace

import numpy as np
import pytest
from mmpose.evaluation import CocoMetric

from mmpose_lrfg.engine.hooks import DataCheckHook
from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.utils.errors import UserError

CLASSES = ('bank_card', 'id_card')
MODULE = dict(type='YOLOPoseHeadModule', widen_factor=0.0625, keypoint_blocks=0)
LOGGER = logging.getLogger('mmpose_lrfg.test')


def run(keypoints=4, classes=2, sigma=0.025, val=CLASSES, metric=FastCocoMetric):
    """Run the check of a head, two data sets of four keypoints and two classes, and a metric."""

    def loop(names):
        meta = dict(num_keypoints=4, sigmas=[0.025] * 4, classes=names, dataset_name='cards')
        evaluator = SimpleNamespace(metrics=[metric(nms_mode='none')])
        dataset = SimpleNamespace(metainfo=meta)
        return SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset), evaluator=evaluator)

    head = YOLOPoseHead(keypoints, [sigma] * keypoints, MODULE, num_classes=classes)
    loops = dict(_train_loop=loop(CLASSES), _val_loop=loop(val), _test_loop=None)
    DataCheckHook().before_run(
        SimpleNamespace(model=SimpleNamespace(head=head), logger=LOGGER, **loops)
    )


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(classes=1), r'is 1, but train_dataloader has 2 \(bank_card, id_card\)'),
        (dict(keypoints=5), r'5 keypoints, but train_dataloader has 4 \(cards\)'),
        (dict(metric=CocoMetric), 'CocoMetric .* FastCocoMetric'),
        (dict(val=CLASSES[::-1]), 'bank_card, id_card, but val has id_card, bank_card'),
    ],
)
def test_differences_are_errors(changes, message):
    with pytest.raises(UserError, match=message):
        run(**changes)


def test_other_sigmas_are_a_warning(caplog):
    run()
    assert not caplog.records
    run(sigma=0.05)
    assert 'sigmas' in caplog.text and 'train_dataloader' in caplog.text


class Boxes(list):
    """A data set of images with one box each, as CheckedCocoDataset returns them."""

    pipeline = SimpleNamespace(transforms=[SimpleNamespace(), SimpleNamespace(input_size=(64, 64))])

    def get_data_info(self, index):
        width, height = self[index]
        box = np.array([[10, 10, 10 + width, 10 + height]], float)
        return dict(annotated_shape=(128, 128), bbox=box, iscrowd=[0])


def test_boxes_that_match_no_anchor_are_a_warning(caplog):
    model = SimpleNamespace(head=YOLOPoseHead(head_module=MODULE))
    # Halved by the input: the smallest anchor, 19 x 27, matches down to 4.75 x 6.75.
    for others, text in (([], ''), ([(4, 4)] * 5, '80.0%')):
        loader = SimpleNamespace(dataset=Boxes([(40, 60)] * 20 + others))
        runner = SimpleNamespace(model=model, train_dataloader=loader, logger=LOGGER)
        DataCheckHook().before_train(runner)
        assert text in caplog.text and bool(caplog.text) == bool(text)


def test_models_without_such_a_head_are_not_checked():
    runner = SimpleNamespace(model=SimpleNamespace(), logger=LOGGER)
    DataCheckHook().before_run(runner)
    DataCheckHook().before_train(runner)
