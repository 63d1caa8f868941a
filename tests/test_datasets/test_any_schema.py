"""Keypoints and classes of one's own, from the metainfo to AP, drawing and exported names."""

import json

import cards
import cv2
import numpy as np
import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpose.apis import init_model

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.deploy.options import ExportOptions, describe
from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.evaluation.oks_backends import BACKENDS
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import read_metainfo

EXAMPLES = cards.CONFIG.parent


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return cards.write_cards(tmp_path_factory.mktemp('cards'))


def metainfo(**changes):
    info = load_config(str(cards.CONFIG)).metainfo.to_dict()
    return {**info, **changes}


def open_cards(root, split='val', **changes):
    return CheckedCocoDataset(
        data_root=str(root),
        data_mode='bottomup',
        ann_file=f'annotations/{split}.json',
        data_prefix=dict(img=split),
        metainfo=metainfo(**changes),
        test_mode=split == 'val',
    )


def evaluate(ann_file, dataset, label_of=lambda labels: labels, **settings):
    """Metrics of the annotations as predictions, with the labels that ``label_of`` returns."""
    defaults = dict(score_mode='bbox', nms_mode='none')
    metric = FastCocoMetric(str(ann_file), **{**defaults, **settings})
    metric.dataset_meta = dataset.metainfo
    samples = []
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        found = dict(
            keypoints=info['keypoints'],
            keypoint_scores=info['keypoints_visible'],
            bboxes=info['bbox'],
            bbox_scores=np.ones(len(info['bbox'])),
            labels=label_of(info['category_id'] - 1),
        )
        samples.append(dict(id=[], img_id=info['img_id'], gt_instances={}, pred_instances=found))
    metric.process({}, samples)
    return metric.evaluate(len(samples))


@pytest.mark.parametrize('backend', BACKENDS)
def test_ap_by_class(root, backend):
    pytest.importorskip(backend)
    dataset = open_cards(root)
    assert dataset.metainfo['classes'] == ('bank_card', 'id_card')
    assert dataset.metainfo['category_ids'] == (7, 3)
    ann_file = root / 'annotations' / 'val.json'
    right = evaluate(ann_file, dataset, backend=backend)
    assert right['coco/AP'] == pytest.approx(1) and right['coco/OKS'] == pytest.approx(1)
    swapped = evaluate(ann_file, dataset, lambda labels: 1 - labels, backend=backend)
    assert swapped['coco/AP'] == 0 and swapped['coco/OKS'] < 0.1
    # Everything called an identity card: half of those are, and no bank card is found.
    same = evaluate(ann_file, dataset, np.ones_like, backend=backend)
    assert same['coco/AP bank_card'] == 0 < same['coco/AP id_card'] <= 1
    assert same['coco/AP'] == pytest.approx(same['coco/AP id_card'] / 2)


def test_classes_choose_categories(root):
    one = open_cards(root, 'train', classes=['id_card'])
    assert one.metainfo['category_ids'] == (3,)
    assert all(set(one.get_data_info(i)['category_id']) == {1} for i in range(len(one)))
    # All of the file, by their ids, where none are named.
    assert open_cards(root, classes=None).metainfo['classes'] == ('id_card', 'bank_card')
    with pytest.raises(UserError, match=r'names id_crad, .* Did you mean id_card'):
        open_cards(root, classes=['bank_card', 'id_crad'])


def test_training_learns_both_classes(root, tmp_path):
    """Dataset, pipeline, network and losses; then what it finds, draws and exports."""
    torch.manual_seed(0)
    np.random.seed(0)
    cfg = load_config(str(cards.write_config(tmp_path / 'tiny.py', root)))
    init_default_scope('mmpose')
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=0)
    model = init_model(cfg, device='cpu').train()
    optimizer = OptimWrapper(torch.optim.AdamW(model.parameters(), 2e-3))
    losses = [model.train_step(batch, optimizer) for _ in range(3) for batch in loader]
    assert all(each['loss_cls'] > 0 for each in losses)
    assert losses[-1]['loss_cls'] < losses[0]['loss_cls']

    model.dataset_meta = loader.dataset.metainfo  # as checkpoints carry it
    predictor = PosePredictor(model.eval(), score_thr=0.0)
    image = cv2.imread(str(root / 'val' / '1.png'))
    poses = predictor([image])[0]
    assert poses.skeleton.names == cards.NAMES
    assert poses.skeleton.classes == ('bank_card', 'id_card')
    assert poses.keypoints.shape[1:] == (4, 2) and set(poses.labels) <= {0, 1}
    assert (poses[:2].draw(image, keypoint_thr=0) != image).any()
    described = describe(model, ExportOptions())
    assert (described.keypoints, described.classes) == (cards.NAMES, ('bank_card', 'id_card'))
    assert described.links[0] == (0, 1)


@pytest.mark.parametrize(
    ('name', 'keypoints', 'pair'),
    [
        ('lrfg-s6_1xb32-80e_crowdpose-640', 14, ('left_shoulder', 'right_shoulder')),
        ('lrfg-s6_1xb32-80e_onehand10k-640', 21, None),
        ('lrfg-n6_1xb8-8e_cards-320', 4, ('top_left', 'top_right')),
    ],
)
def test_examples(name, keypoints, pair, tmp_path):
    """A data set of each schema goes through the pipeline of its config to the head's targets."""
    cfg = load_config(str(EXAMPLES / f'{name}.py'))
    init_default_scope('mmpose')
    meta = read_metainfo(cfg.train_dataloader.dataset.metainfo)
    head = read_metainfo(cfg.model.head.metainfo)
    assert head['num_keypoints'] == meta['num_keypoints'] == keypoints
    assert np.allclose(head['sigmas'], meta['sigmas'])
    expected = list(range(keypoints))
    if pair:
        a, b = (meta['keypoint_name2id'][each] for each in pair)
        assert meta['flip_indices'][a] == b and meta['flip_indices'][b] == a
    else:
        assert meta['flip_indices'] == expected
    points = np.column_stack([np.linspace(10, 50, keypoints), np.linspace(12, 40, keypoints)])
    ann = dict(
        id=1, image_id=1, category_id=1, bbox=[8, 8, 48, 40], area=900, iscrowd=0,
        num_keypoints=keypoints,
        keypoints=np.column_stack([points, [2] * keypoints]).ravel().tolist(),
    )  # fmt: skip
    names = meta.get('classes', ('thing',))
    content = dict(
        images=[dict(id=1, file_name='1.png', width=64, height=64, crowdIndex=0.3)],
        annotations=[ann],
        categories=[dict(id=i, name=n) for i, n in enumerate(names, 1)],
    )
    (tmp_path / 'a.json').write_text(json.dumps(content))
    cv2.imwrite(str(tmp_path / '1.png'), np.zeros((64, 64, 3), np.uint8))
    settings = {**cfg.val_dataloader.dataset}
    for key in ('type', 'pipeline'):
        settings.pop(key)
    settings.update(data_root=str(tmp_path), ann_file='a.json', data_prefix=dict(img=''))
    dataset = CheckedCocoDataset(**settings)
    info = dataset.get_data_info(0)
    assert info['keypoints'].shape == (1, keypoints, 2)
    settings = {k: v for k, v in cfg.val_evaluator.items() if k not in ('type', 'ann_file')}
    assert evaluate(tmp_path / 'a.json', dataset, **settings)['coco/AP'] == pytest.approx(1)
