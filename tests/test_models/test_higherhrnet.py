"""HigherHRNet as a whole: its configs, a training, and people in original pixels."""

import functools

import higherhrnet
import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.runner import Runner
from mmpose.apis import inference_bottomup, init_model
from mmpose.evaluation import CocoMetric
from mmpose.registry import DATASETS, MODELS

from mmpose_lrfg.benchmark.complexity import input_shape, measure
from mmpose_lrfg.utils.config_files import load_config

# Millions of parameters and GMACs in the paper (Table 1 and 2) and in the authors' repository.
PUBLISHED = {
    'higherhrnet_hrnet-w32_coco-512x512': (28.6, 47.9),
    'higherhrnet_hrnet-w32_coco-640x640': (28.6, 74.8),
    'higherhrnet_hrnet-w48_coco-640x640': (63.8, 154.3),
}


@functools.cache
def cost_at_64(width):
    """Parameters and MACs of the network with ``width`` channels, and MACs of its deconvolution."""
    cfg = load_config(next(name for name in PUBLISHED if f'w{width}' in name))
    with torch.device('meta'):
        model = MODELS.build(cfg.model).eval()
        cost = measure(model, (64, 64))
    return cost.params, cost.macs, model.head.deconv_layers[0][0][0].weight.numel() * 16 * 16


@pytest.mark.parametrize('name', PUBLISHED)
def test_the_configs_are_the_published_networks(name):
    cfg = load_config(name)
    height, width = input_shape(cfg)
    params, macs, deconv = cost_at_64(cfg.model.head.in_channels)
    # The authors count all 16 taps of the deconvolution at each of its outputs; 4 of them act.
    theirs = (macs + 3 * deconv) * height * width / 64**2
    assert (round(params / 1e6, 1), round(theirs / 1e9, 1)) == PUBLISHED[name]
    # One size everywhere.
    steps = [*cfg.train_dataloader.dataset.pipeline, *cfg.test_dataloader.dataset.pipeline]
    sizes = [step.input_size for step in steps if 'input_size' in step]
    sizes += [step.encoder.input_size for step in steps if 'encoder' in step]
    sizes += [cfg.codec.input_size, cfg.model.head.decoder.input_size]
    assert sizes == [(int(name.rsplit('x', 1)[1]),) * 2] * 5
    assert cfg.auto_scale_lr.base_batch_size == 8 * cfg.train_dataloader.batch_size


@pytest.fixture(scope='module')
def data(write_people):
    """A wide, a tall and a small image with two, three and no people."""
    return write_people((128, 90, 2), (200, 300, 3), (60, 60, 0))


def small_job(root, side=64):
    cfg = higherhrnet.tiny_config(side)
    files = dict(ann_file='annotations/val.json', data_prefix=dict(img='val/'))
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        loader.dataset.update(data_root=str(root), **files)
    cfg.val_evaluator.ann_file = cfg.test_evaluator.ann_file = str(root / files['ann_file'])
    return cfg


def people_in_input(keypoints, meta):
    """Pixels of the image -> pixels of the network's input."""
    corner = meta['input_center'] - 0.5 * meta['input_scale']
    return (keypoints - corner) / meta['input_scale'] * meta['input_size']


def answer(model, outputs, flip_indices):
    """Let a model return these outputs, then those of the mirror image."""
    waiting = [outputs, higherhrnet.mirrored(outputs, flip_indices)]
    model.extract_feat = lambda inputs: inputs
    model.head.forward = lambda feats: waiting.pop(0)


@pytest.mark.parametrize('restore', [True, False])
@pytest.mark.parametrize('flip', [True, False])
def test_perfect_outputs_have_ap_1_and_are_in_original_pixels(data, flip, restore):
    cfg = small_job(data, side=128)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    model = MODELS.build(cfg.model).eval()
    model.test_cfg.update(flip_test=flip, restore_heatmap_size=restore)
    metric = CocoMetric(ann_file=cfg.test_evaluator.ann_file, nms_mode='none')
    metric.dataset_meta = dataset.metainfo
    for index in range(len(dataset)):
        batch = pseudo_collate([dataset[index]])
        meta = batch['data_samples'][0].metainfo
        truth = [ann['keypoints'] for ann in meta['raw_ann_info'] or () if ann]
        assert bool(truth) == (index < 2)
        truth = np.array(truth or np.zeros(51)).reshape(-1, 17, 3)
        seen = (truth[..., 2] > 0).astype(np.float32)
        inside = people_in_input(truth[..., :2], meta)
        outputs = higherhrnet.perfect_outputs(inside, meta['input_size'], seen)
        answer(model, outputs, meta['flip_indices'])
        (sample,) = model.test_step(batch)
        found = sample.pred_instances
        metric.process(None, [sample.to_dict()])
        if not seen.any():
            assert found.keypoints.shape == (0, 17, 2) and found.bbox_scores.shape == (0,)
            continue
        order = np.argsort(found.keypoints[:, 0, 0])
        errors = (found.keypoints[order] - truth[..., :2])[seen > 0]
        # A cell of 2 pixels of the input, at most; not shifted against the pixels.
        pixel = (meta['input_scale'] / meta['input_size']).max()
        assert np.abs(errors).max() < (1.3 if restore else 1.6) * pixel
        assert np.abs(errors.mean(axis=0)).max() < 0.6 * pixel
        assert (found.keypoint_scores[order][seen > 0] > 0.8).all()
    assert metric.evaluate(len(dataset))['coco/AP'] > (0.999 if restore else 0.95)


def test_images_of_several_sizes_in_one_batch(data):
    """The smaller one is padded; that must not move its people."""
    cfg = small_job(data)
    model = MODELS.build(cfg.model).eval()
    pipeline = Compose(cfg.test_dataloader.dataset.pipeline)
    meta = dict(flip_indices=list(range(17)))
    items = [pipeline(dict(img_path=str(data / f'val/{i}.png'), **meta)) for i in (1, 2)]
    assert [tuple(item['inputs'].shape[1:]) for item in items] == [(64, 128), (128, 64)]
    here = np.full((1, 17, 2), 40, np.float32)
    heatmaps, tags = higherhrnet.perfect_outputs(here, (128, 128))
    answer(model, ([h.repeat(2, 1, 1, 1) for h in heatmaps], tags.repeat(2, 1, 1, 1)), range(17))
    for sample in model.test_step(pseudo_collate(items)):
        found = people_in_input(sample.pred_instances.keypoints, sample.metainfo)
        np.testing.assert_allclose(found, here, atol=1.3)


def test_it_trains_is_evaluated_and_predicts(data, tmp_path):
    torch.set_num_threads(1)
    cfg = small_job(data)
    cfg.train_dataloader.batch_size = 1
    del cfg.default_hooks.run_figures, cfg.default_hooks.progress  # slow to import
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint.interval = 1
    name = f'higherhrnet_{tmp_path.name}'
    cfg.update(
        work_dir=str(tmp_path), randomness=dict(seed=0), experiment_name=name, log_level='ERROR'
    )
    runner = Runner.from_cfg(cfg)
    packed = runner.train_dataloader.dataset[0]['data_samples']
    assert packed.gt_instance_labels.keypoint_indices.shape[1:] == (17, 2)
    for fields, side in zip((packed.gt_fields[0], packed.gt_fields[1]), (16, 32)):
        assert fields.heatmaps.shape == (17, side, side)
        assert fields.heatmap_mask.shape == (side, side)
    before = {n: p.detach().clone() for n, p in runner.model.head.named_parameters()}
    runner.train()  # two iterations, a checkpoint, an evaluation
    assert runner.iter == 2
    for name, parameter in runner.model.head.named_parameters():
        assert parameter.isfinite().all() and not torch.equal(parameter, before[name]), name
    scalars = runner.message_hub
    assert 0 <= scalars.get_scalar('val/coco/AP').current() <= 1
    names = ['loss_kpt_0', 'loss_kpt_1', 'loss_pull', 'loss_push']
    logged = [scalars.get_scalar(f'train/{name}').current() for name in names]
    assert np.isfinite(logged).all() and min(logged[:2]) > 0

    model = init_model(cfg, str(tmp_path / 'epoch_1.pth'), device='cpu')
    # An untrained network finds nobody; a lower threshold makes it find something.
    for threshold in (0.1, -1):
        model.head.decoder.decode_keypoint_thr = threshold
        (sample,) = inference_bottomup(model, str(data / 'val/1.png'))
        found = sample.pred_instances
        assert found.keypoints.shape == (*found.keypoint_scores.shape, 2)
    assert found.keypoint_scores.shape[1] == 17 and len(found.keypoints) > 0
