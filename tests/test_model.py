"""The Python API."""

import subprocess
import sys

import numpy as np
import pytest
import torch
import toy_job
from PIL import Image
from toy_media import write_image, write_video

import mmpose_lrfg
from mmpose_lrfg import LRFG, UserError
from mmpose_lrfg.checkpoints.loading import read_checkpoint
from mmpose_lrfg.weights import S6

LOW = dict(runtime='torch', score_thr=0.0005)


@pytest.fixture(scope='module')
def model(tiny):
    return LRFG(*tiny)


def noise(size=(60, 90)):
    return np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)


def test_what_a_model_is(tiny, tmp_path):
    assert (LRFG().config, LRFG('s6').checkpoint) == S6.files()
    assert LRFG(*tiny).checkpoint == tiny[1] and LRFG('a.onnx').file == 'a.onnx'
    with pytest.raises(UserError, match=r'unknown model weights\.pth: give s6 or n6'):
        LRFG('weights.pth')
    exported = LRFG('a.onnx')
    for call in (exported.val, exported.train, exported.export):
        with pytest.raises(UserError, match=r'a\.onnx cannot be'):
            call()
    with pytest.raises(UserError, match='torch and the flip test need a config'):
        exported.predict('a.jpg', runtime='torch')
    with pytest.raises(UserError, match='give the data to train on'):
        LRFG('n6').train()
    with pytest.raises(AttributeError, match='no attribute'):
        _ = mmpose_lrfg.nothing


def test_importing_the_package_imports_nothing():
    code = 'import sys, mmpose_lrfg; assert not {"numpy", "torch", "cv2"} & set(sys.modules)'
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0


def test_images_of_every_kind(model, tmp_path):
    image = noise()
    path = tmp_path / 'a.png'
    Image.fromarray(image[..., ::-1]).save(path)
    write_image(tmp_path / 'b.png')
    expected, other = model.predict(tmp_path, **LOW)
    assert len(expected) > 0 and expected.path == str(path) and other.path.endswith('b.png')
    assert expected.keypoints.shape == (len(expected), 17, 2)
    assert (expected.image == image).all() and (expected.draw(keypoint_thr=0) != image).any()
    for source in (str(path), path, image, [image], Image.open(path)):
        (poses,) = model.predict(source, **LOW)
        assert (poses.keypoints == expected.keypoints).all()
    mixed = model.predict([image, str(path), np.zeros((20, 20), np.uint8)], **LOW)
    assert [poses.path for poses in mixed] == ['image-0', str(path), 'image-2']
    with pytest.raises(UserError, match=r'image 0 must be \(H, W, 3\) uint8'):
        model.predict(image / 255, **LOW)


def test_a_stream_of_results_and_options(model, tmp_path):
    results = model.predict(write_video(tmp_path / 'a.mp4'), stream=True, stride=2, **LOW)
    assert len(next(results)) >= 0 and len(list(results)) == 1
    with pytest.raises(UserError, match='no class dog, only person'):
        model.predict(noise(), classes=['dog'], **LOW)
    first = model.open(**LOW)
    assert model.open(**LOW) is first and model.open(**LOW, nms_thr=0.3) is not first


def test_export_and_predict(model, tmp_path):
    path = model.export(out=tmp_path / 'a.onnx', uint8=True, dynamic=True)
    low = dict(score_thr=0.01, runtime='onnx')
    (ours,), (theirs,) = LRFG(path).predict(noise(), **low), model.predict(noise(), **low)
    assert path == tmp_path / 'a.onnx' and (ours.scores == theirs.scores).all()


def test_training_and_evaluation(toy, tmp_path):
    start = {'state_dict': toy_job.ToyPose().state_dict()}
    torch.save(start, tmp_path / 'start.pth')
    config = tmp_path / 'fast.py'
    config.write_text(f"_base_ = {str(toy)!r}\nval_evaluator = dict(type='FastCocoMetric')\n")
    model = LRFG(config, tmp_path / 'start.pth').train(out=tmp_path / 'out', epochs=1)
    assert model.config == str(tmp_path / 'out' / 'config.py')
    metrics = model.val(work_dir=str(tmp_path / 'val'))
    assert 'coco/AP' in metrics
    # The score threshold of the evaluation, for predictions: all scores are 1.
    assert read_checkpoint(model.checkpoint)['meta']['recommended_score_thr'] == 1


def test_released_weights_predict_with_their_threshold(tmp_path):
    image = noise()
    model = LRFG('n6')
    model.predict(image, runtime='torch')
    assert model.open(runtime='torch', batch_size=8).recommended_score_thr == 0.292
