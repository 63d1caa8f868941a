"""Network and data that do not fit are told before the first step."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmpose.evaluation import CocoMetric

from mmpose_lrfg.engine.hooks import SchemaCheckHook
from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.utils.errors import UserError

CLASSES = ('bank_card', 'id_card')


def job(keypoints=4, classes=2, sigma=0.025, val=CLASSES, metric=FastCocoMetric):
    """A runner with a head, two data sets of four keypoints and two classes, and a metric."""

    def loop(names):
        meta = dict(num_keypoints=4, sigmas=[0.025] * 4, classes=names, dataset_name='cards')
        evaluator = SimpleNamespace(metrics=[metric(nms_mode='none')])
        dataset = SimpleNamespace(metainfo=meta)
        return SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset), evaluator=evaluator)

    loss = SimpleNamespace(sigmas=torch.full((keypoints,), sigma))
    head = SimpleNamespace(
        num_keypoints=keypoints,
        num_classes=classes,
        criterion=SimpleNamespace(loss_keypoints=loss),
    )
    return SimpleNamespace(
        model=SimpleNamespace(head=head),
        logger=logging.getLogger('mmpose_lrfg.test'),
        _train_loop=loop(CLASSES),
        _val_loop=loop(val),
        _test_loop=None,
    )


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        (dict(classes=1), r'1 class, but train_dataloader has 2 \(bank_card, id_card\)'),
        (dict(keypoints=5), r'predicts 5 keypoints, but train_dataloader has 4 \(cards\)'),
        (dict(metric=CocoMetric), 'CocoMetric knows one class'),
        (dict(val=CLASSES[::-1]), 'bank_card, id_card, but val has id_card, bank_card'),
    ],
)
def test_what_does_not_fit(changes, said):
    with pytest.raises(UserError, match=said):
        SchemaCheckHook().before_run(job(**changes))


def test_other_sigmas_are_a_warning(caplog):
    SchemaCheckHook().before_run(job())
    assert not caplog.records
    SchemaCheckHook().before_run(job(sigma=0.05))
    assert 'sigmas are not those of train_dataloader' in caplog.text


def test_heads_that_tell_nothing_are_left_alone():
    runner = job()
    runner.model = SimpleNamespace()
    SchemaCheckHook().before_run(runner)
