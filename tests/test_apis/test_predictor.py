import numpy as np
import pytest
import tiny_network
import torch
from mmpose.apis import inference_bottomup, init_model

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.runtime import COCO
from mmpose_lrfg.utils.errors import UserError

# Width, height, centre of the disc, its radius.
SHAPES = {
    'wide': (1000, 150, 820, 60, 40),
    'tall': (150, 1000, 60, 780, 40),
    'tiny': (9, 7, 6, 3, 1),
    'large': (900, 900, 200, 650, 60),
    'its own size': (128, 128, 40, 90, 6),
    'odd': (333, 257, 300, 30, 15),
}


@pytest.fixture
def predictor(tiny):
    return PosePredictor(tiny_network.plant(init_model(tiny[0], device='cpu')), score_thr=0.3)


@pytest.mark.parametrize('shape', SHAPES.values(), ids=SHAPES)
def test_what_the_network_sees_comes_back_where_it_is_in_the_image(predictor, shape):
    width, height, x, y, radius = shape
    (poses,) = predictor([tiny_network.marked_picture(width, height, x, y, radius)])
    assert len(poses) == 1
    scale = tiny_network.SIDE / max(width, height)
    # A third of a pixel of the network's input.
    np.testing.assert_allclose(poses.keypoints[0], [[x, y]] * 17, atol=max(0.35 / scale, 0.2))
    np.testing.assert_allclose(poses.keypoint_scores[0], np.linspace(0.1, 0.9, 17), atol=1e-3)
    size = predictor.model.head.anchors.sizes[0][0].numpy() / scale
    low, high = np.array([x, y]) - size / 2, np.array([x, y]) + size / 2
    expected = np.concatenate([low, high]).clip(0, [width, height] * 2)
    np.testing.assert_allclose(poses.boxes[0], expected, atol=max(0.35 / scale, 0.2))


def test_a_batch_of_any_sizes_is_as_one_by_one(predictor):
    images = [tiny_network.marked_picture(*shape) for shape in SHAPES.values()]
    images.insert(2, np.zeros((50, 60, 3), np.uint8))
    predictor.batch_size = 3
    together = predictor(images)
    assert [len(poses) for poses in together] == [1, 1, 0, 1, 1, 1, 1]
    for image, batched in zip(images, together):
        (single,) = predictor([image])
        np.testing.assert_allclose(batched.keypoints, single.keypoints, atol=1e-3)
        np.testing.assert_allclose(batched.boxes, single.boxes, atol=1e-3)
        np.testing.assert_allclose(batched.scores, single.scores, atol=1e-5)
    assert predictor([]) == []


def test_it_predicts_what_mmpose_predicts(tiny):
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    theirs = inference_bottomup(init_model(*tiny, device='cpu'), image)[0].pred_instances
    (ours,) = PosePredictor.from_files(*tiny)([image])
    order = np.argsort(-theirs.bbox_scores, kind='stable')
    assert len(ours) > 0 and ours.skeleton == COCO
    np.testing.assert_allclose(ours.keypoints, theirs.keypoints[order], rtol=1e-5)
    np.testing.assert_allclose(ours.scores, theirs.bbox_scores[order], rtol=1e-6)
    np.testing.assert_allclose(ours.keypoint_scores, theirs.keypoint_scores[order], rtol=1e-6)
    boxes = theirs.bboxes[order].clip(0, [120, 90, 120, 90])
    np.testing.assert_allclose(ours.boxes, boxes, rtol=1e-5, atol=1e-4)


def test_the_threshold_holds_above_and_below_the_configs(tiny):
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    counts = []
    for threshold in (0.001, 0.02, 0.99):
        (poses,) = PosePredictor.from_files(*tiny, score_thr=threshold)([image])
        assert (poses.scores >= threshold).all()
        counts.append(len(poses))
    assert counts[0] > 0 and counts[2] == 0


def test_dataset_meta_of_the_checkpoint_comes_first(tiny, tmp_path):
    names = {index: f'point{index}' for index in range(17)}
    meta = dict(dataset_meta=dict(keypoint_id2name=names, skeleton_links=[(0, 16)]))
    checkpoint = tiny_network.write_checkpoint(tmp_path / 'meta.pth', tiny[0], meta)
    skeleton = PosePredictor.from_files(tiny[0], checkpoint).skeleton
    assert skeleton.names[5] == 'point5' and skeleton.links == ((0, 16),)


def test_the_model_of_the_caller_is_not_changed(tiny):
    model = init_model(*tiny, device='cpu')
    before = dict(model.test_cfg)
    predictor = PosePredictor(model, score_thr=0.5)
    assert dict(model.test_cfg) == before and predictor.model.test_cfg['score_thr'] == 0.5
    # Weights are shared.
    assert all(a is b for a, b in zip(model.parameters(), predictor.model.parameters()))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(batch_size=0), 'batch_size must be >= 1, got 0'),
        (dict(score_thr=30), r'score_thr must be in 0\.\.1, got 30'),
        (dict(device='gpu'), 'unknown device gpu'),
        (dict(device='cuda:99'), 'no GPU that torch can use as cuda:99'),
        (dict(img_size=(100, 64)), 'got 100 x 64'),
    ],
)
def test_invalid_options(tiny, options, message):
    with pytest.raises(UserError, match=message):
        PosePredictor.from_files(*tiny, **options)


def test_files_that_do_not_belong_together(tiny, tmp_path):
    config, checkpoint = tiny
    with pytest.raises(UserError, match=r'tiny\.pt does not exist\. Did you mean tiny\.pth'):
        PosePredictor.from_files(config, checkpoint[:-1])
    other = tmp_path / 'other.pth'
    torch.save({'state_dict': {'weight': torch.zeros(1)}}, other)
    with pytest.raises(UserError, match='of another network than the config'):
        PosePredictor.from_files(config, str(other))
    five = tiny_network.write_config(tmp_path / 'five.py', dict(num_keypoints=5, sigmas=[0.1] * 5))
    with pytest.raises(UserError, match='predicts 5 keypoints, but its data set has 17'):
        PosePredictor.from_files(five, tiny_network.write_checkpoint(tmp_path / '5.pth', five))
    model = init_model(config, device='cpu')
    model.cfg.data_mode = 'topdown'
    with pytest.raises(UserError, match='needs a detector'):
        PosePredictor(model)
