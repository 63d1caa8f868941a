"""Two processes over gloo give the gradients and the AP of one, and every image counts once."""

import json
import multiprocessing
import os
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_training
import torch
import toy_job
from mmengine.dataset import DefaultSampler, pseudo_collate
from mmengine.registry import DefaultScope
from mmpose.registry import METRICS
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.engine.hooks import AtomicCheckpointHook, StepEMAHook

IMAGES = 7  # not a multiple of two


def network():
    """Without normalisation over the batch, which half a batch does by itself."""
    model = tiny_training.build()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    return model


def batch():
    """Of four images; the second half has more people, and one image none."""
    first = tiny_training.batch(images=3, people=2)
    last = tiny_training.batch(images=1, people=5, seed=1)
    empty = first['data_samples'][0].gt_instance_labels
    first['data_samples'][0].gt_instance_labels = empty[torch.zeros(2, dtype=torch.bool)]
    return {name: first[name] + last[name] for name in first}


def gradients(model, data):
    model_of = getattr(model, 'module', model)
    losses = model(**model_of.data_preprocessor(data, True), mode='loss')
    sum(losses.values()).backward()
    return {name: p.grad for name, p in model_of.named_parameters()}


def evaluate(root):
    """Metrics of predictions that are off by some pixels, and the images that were seen."""
    meta_keys = ('id', 'img_id', 'img_path', 'ori_shape', 'raw_ann_info')
    pipeline = [dict(type='LoadImageOrSkip'), dict(type='PackPoseInputs', meta_keys=meta_keys)]
    metric = dict(type='FastCocoMetric', score_mode='bbox', nms_mode='none')
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = CheckedCocoDataset(
            data_root=str(root), data_mode='bottomup', ann_file='people.json', test_mode=True,
            data_prefix=dict(img='images/'), pipeline=pipeline,
        )  # fmt: skip
        metric = METRICS.build(metric | dict(ann_file=str(root / 'people.json')))
        metric.dataset_meta = dataset.metainfo
        # As in configs/_base_/datasets.
        sampler = DefaultSampler(dataset, shuffle=False, round_up=False)
        model, seen = toy_job.ToyPose(), []
        model.shift.data.zero_()
        for data in DataLoader(dataset, 2, sampler=sampler, collate_fn=pseudo_collate):
            samples = model(**data, mode='predict')
            for sample in samples:
                # Another distance in each image, so that AP depends on which ones count.
                sample.pred_instances.keypoints += 0.5 * sample.img_id
                seen.append(sample.img_id)
            metric.process(data, [sample.to_dict() for sample in samples])
        return metric.evaluate(len(dataset)), seen


def averaged_means(rank):
    """Running means of a model and of its averaged weights, before they are evaluated and saved."""
    model, average = (torch.nn.BatchNorm1d(1) for _ in range(2))
    model.running_mean.fill_(rank)
    average.running_mean.fill_(2 * rank)
    AtomicCheckpointHook().before_val_epoch(SimpleNamespace(model=model))
    ema = StepEMAHook()
    ema.ema_model = SimpleNamespace(module=average)
    ema.after_train_epoch(None)
    return [model.running_mean.item(), average.running_mean.item()]


def work(rank, port, root):
    """One of the two processes: write the results to ``root``."""
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    os.chdir(root)  # mmengine leaves an empty folder where it runs
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    model = DistributedDataParallel(network(), broadcast_buffers=False)
    own = {name: values[rank::2] for name, values in batch().items()}
    torch.save(gradients(model, own), root / f'gradients_{rank}.pth')
    metrics, seen = evaluate(root)
    found = dict(metrics=metrics, seen=seen, means=averaged_means(rank))
    Path(root, f'found_{rank}.json').write_text(json.dumps(found))
    torch.distributed.destroy_process_group()


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = toy_job.write_data(tmp_path_factory.mktemp('two'), toy_job.annotations(IMAGES))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    # Not forked: the threads of an evaluation library that ran here before would be missing there.
    context = multiprocessing.get_context('spawn')
    processes = [context.Process(target=work, args=(rank, port, root)) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=300)
        process.kill()
    assert [process.exitcode for process in processes] == [0, 0]
    return root


def test_gradients_are_those_of_the_whole_batch(root):
    expected = gradients(network(), batch())
    largest = max(float(value.abs().max()) for value in expected.values())
    assert largest > 0.1
    for rank in range(2):
        found = torch.load(root / f'gradients_{rank}.pth', weights_only=True)
        for name, value in expected.items():
            scale = max(float(value.abs().max()), 1e-3 * largest)
            torch.testing.assert_close(found[name] / scale, value / scale, atol=1e-5, rtol=0)


def test_evaluation_counts_every_image_once_and_averages_buffers(root):
    expected, _ = evaluate(root)
    both = [json.loads((root / f'found_{rank}.json').read_text()) for rank in range(2)]
    assert sorted(both[0]['seen'] + both[1]['seen']) == list(range(1, IMAGES + 1))
    assert 0.1 < expected['coco/AP'] < 0.9, 'the predictions are too good or too bad to compare'
    for each in both:
        assert each['metrics'] == pytest.approx(expected, abs=1e-9)
        assert each['means'] == [0.5, 1.0]
