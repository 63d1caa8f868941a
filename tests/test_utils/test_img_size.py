"""``--img-size H W`` of all tools: height first, in every place of a config."""

import json

import cv2
import numpy as np
import onnx
import pytest
import tiny_network
import toy_job
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS, MODELS

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.benchmark.data_loading import stock_pipeline
from mmpose_lrfg.cli.main import build_parser
from mmpose_lrfg.datasets import image_cache
from mmpose_lrfg.engine.merge import merge_test, merge_train
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.configs import set_img_size
from mmpose_lrfg.utils.errors import UserError

HEIGHT, WIDTH = 128, 192
SIZE = ('--img-size', str(HEIGHT), str(WIDTH))


def batch(cfg, split, root):
    """Return the tensor that the network takes of two toy images, and their samples."""
    training = split == 'train'
    data = {**cfg[f'{split}_dataloader'].dataset, 'data_root': str(toy_job.write_data(root))}
    data.update(ann_file='people.json', data_prefix=dict(img='images/'))
    np.random.seed(0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset, model = DATASETS.build(data), MODELS.build(cfg.model)
        batch = pseudo_collate([dataset[index] for index in range(2)])
    prepared = model.data_preprocessor(batch, training)
    return prepared['inputs'], prepared['data_samples']


@pytest.mark.parametrize(
    'name',
    ['lrfg-s6_1xb32-80e_coco-640', 'lrfg-n6_2xb16-15e_coco-256', 'stock'],
)
def test_training(name, tmp_path, monkeypatch):
    monkeypatch.setattr(image_cache, 'SHARED_MEMORY', str(tmp_path))
    config = 'lrfg-s6_1xb32-80e_coco-640' if name == 'stock' else name
    cfg = load_config(config)
    if name == 'stock':
        stock = stock_pipeline((640, 640), dict(type='LoadImage'))
        cfg.train_dataloader.dataset.pipeline = stock
    merge_train(cfg, build_parser('train').parse_args([config, *SIZE]))
    inputs, samples = batch(cfg, 'train', tmp_path)
    assert inputs.shape == (2, 3, HEIGHT, WIDTH)
    for sample in samples:
        corner = sample.gt_instance_labels.bboxes[:, 2:].amax(0)
        assert corner[0] <= WIDTH and corner[1] <= HEIGHT


def test_test(tiny, tmp_path):
    cfg = load_config(tiny[0])
    merge_test(cfg, build_parser('val').parse_args([*tiny, *SIZE]))
    inputs, samples = batch(cfg, 'test', tmp_path)
    assert inputs.shape == (2, 3, HEIGHT, WIDTH)
    assert samples[0].metainfo['input_size'] == (WIDTH, HEIGHT)


def test_predict(tiny, tmp_path, run_tool, monkeypatch):
    seen, from_files = [], PosePredictor.from_files

    def planted(*args, **kwargs):
        predictor = from_files(*args, **kwargs)
        tiny_network.plant(predictor.model)
        step = predictor.model.extract_feat
        predictor.model.extract_feat = lambda inputs: seen.append(inputs.shape) or step(inputs)
        predictor.fused = lambda: predictor
        return predictor

    monkeypatch.setattr(PosePredictor, 'from_files', planted)
    image, found = tmp_path / 'image.png', tmp_path / 'found.json'
    cv2.imwrite(str(image), tiny_network.marked_picture(300, 100, 240, 70, 12))
    network = ('--config', tiny[0], '--checkpoint', tiny[1], '--runtime', 'torch')
    assert run_tool('predict', image, *network, *SIZE, '--json', found) == 0
    assert seen == [(1, 3, HEIGHT, WIDTH)]
    keypoints = np.reshape(json.loads(found.read_text())[0]['keypoints'], (-1, 3))
    assert np.allclose(keypoints[:, :2], (240, 70), atol=1), 'in pixels of the image'


def test_export(tiny, tmp_path, run_tool):
    path = tmp_path / 'tiny.onnx'
    assert run_tool('export', *tiny, *SIZE, '--out', path) == 0
    (given,) = onnx.load(path).graph.input
    assert [d.dim_value for d in given.type.tensor_type.shape.dim] == [1, 3, HEIGHT, WIDTH]


def test_sizes_that_are_refused(tiny, run_tool, capsys):
    cfg = load_config(tiny[0])
    with pytest.raises(UserError, match='got 100 x 192; the nearest is 128 x 192'):
        set_img_size(cfg, (100, 192))
    with pytest.raises(UserError, match='no input_size'):
        set_img_size(Config(dict(model=dict())), (128, 192))
    assert run_tool('export', *tiny, '--img-size', 10) == 2
    assert 'got 10 x 10; the nearest is 64 x 64' in capsys.readouterr().err
    assert run_tool('test', *tiny, '--img-size', 64, 64, 64) == 2
    assert 'got 3 numbers' in capsys.readouterr().err


def test_what_follows_the_size():
    """Heatmaps and batches of changing size keep their ratio; a larger cache stays larger."""
    cfg = Config(
        dict(
            codec=dict(input_size=(512, 512), heatmap_size=(128, 128)),
            model=dict(
                batch_augments=[dict(random_size_range=(384, 768))], head=dict(input_size=5)
            ),
            train_dataloader=dict(
                pipeline=[dict(img_scale=(512, 512), load=[dict(long_side=512)])],
            ),
            hook=dict(last_pipeline=[dict(load=[dict(long_side=800)])]),
        )
    )
    set_img_size(cfg, (256, 384))
    assert cfg.codec == dict(input_size=(384, 256), heatmap_size=(96, 64))
    assert cfg.model.batch_augments[0].random_size_range == (192, 384)
    assert cfg.model.head.input_size == 5, "the size that YOLOPoseHead's gains are for"
    assert cfg.train_dataloader.pipeline[0].load[0].long_side == 384
    assert cfg.hook.last_pipeline[0].load[0].long_side == 800
