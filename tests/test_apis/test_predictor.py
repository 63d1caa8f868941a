import numpy as np
import pytest
import tiny_network
import torch
from mmpose.apis import inference_bottomup, init_model

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.runtime import COCO
from mmpose_lrfg.utils.errors import UserError

NOISE = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
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
def test_poses_are_in_pixels_of_the_image(predictor, shape):
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
    theirs = inference_bottomup(init_model(*tiny, device='cpu'), NOISE)[0].pred_instances
    (ours,) = PosePredictor.from_files(*tiny)([NOISE])
    order = np.argsort(-theirs.bbox_scores, kind='stable')
    assert len(ours) > 0 and ours.skeleton == COCO
    np.testing.assert_allclose(ours.keypoints, theirs.keypoints[order], rtol=1e-5)
    np.testing.assert_allclose(ours.scores, theirs.bbox_scores[order], rtol=1e-6)
    np.testing.assert_allclose(ours.keypoint_scores, theirs.keypoint_scores[order], rtol=1e-6)
    boxes = theirs.bboxes[order].clip(0, [120, 90, 120, 90])
    np.testing.assert_allclose(ours.boxes, boxes, rtol=1e-5, atol=1e-4)


def test_a_threshold_above_and_below_the_configs(tiny):
    model = init_model(*tiny, device='cpu')
    before, counts = dict(model.test_cfg), []
    for threshold in (0.001, 0.02, 0.99):
        predictor = PosePredictor(model, threshold)
        (poses,) = predictor([NOISE])
        assert (poses.scores >= threshold).all()
        counts.append(len(poses))
    assert counts[0] > 0 and counts[2] == 0
    # The caller's model is not changed, its weights are shared.
    assert dict(model.test_cfg) == before
    assert all(a is b for a, b in zip(model.parameters(), predictor.model.parameters()))


def test_dataset_meta_of_the_checkpoint_comes_first(tiny, tmp_path):
    names = {index: f'point{index}' for index in range(17)}
    meta = dict(dataset_meta=dict(keypoint_id2name=names, skeleton_links=[(0, 16)]))
    checkpoint = tiny_network.write_checkpoint(tmp_path / 'meta.pth', tiny[0], meta)
    skeleton = PosePredictor.from_files(tiny[0], checkpoint).skeleton
    assert skeleton.names[5] == 'point5' and skeleton.links == ((0, 16),)


def test_the_recommended_threshold_comes_from_checkpoint_or_config(tiny, tmp_path):
    model = init_model(*tiny, device='cpu')
    assert PosePredictor(model).recommended_score_thr == 0.3
    model.test_cfg = dict(model.test_cfg, recommended_score_thr=0.4)
    lower = PosePredictor(model).at_score_thr(0.001)
    assert lower.recommended_score_thr == 0.4 and len(lower([NOISE])[0]) > 0
    assert lower.at_score_thr(0.99)([NOISE])[0].scores.size == 0
    for value, expected in ((0.25, 0.25), ('high', 0.3)):
        meta = dict(recommended_score_thr=value)
        checkpoint = tiny_network.write_checkpoint(tmp_path / 'meta.pth', tiny[0], meta)
        predictor = PosePredictor.from_files(tiny[0], checkpoint).fused()
        assert predictor.recommended_score_thr == expected


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
    other = tmp_path / 'other.pth'
    torch.save({'state_dict': {'weight': torch.zeros(1)}}, other)
    five = tiny_network.write_config(tmp_path / 'five.py', dict(num_keypoints=5, sigmas=[0.1] * 5))
    of_five = tiny_network.write_checkpoint(tmp_path / '5.pth', five)
    for files, message in (
        ((config, checkpoint[:-1]), r'tiny\.pt does not exist\. Did you mean tiny\.pth'),
        ((config, str(other)), 'of another network than the config'),
        ((five, of_five), 'predicts 5 keypoints, but its data set has 17'),
    ):
        with pytest.raises(UserError, match=message):
            PosePredictor.from_files(*files)
    model = init_model(config, device='cpu')
    model.cfg.data_mode = 'topdown'
    with pytest.raises(UserError, match='needs a detector'):
        PosePredictor(model)
