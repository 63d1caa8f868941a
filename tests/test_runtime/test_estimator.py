"""The runtime on handmade files: a network of one operation needs no torch."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx.numpy_helper
import onnx.parser
import pytest

import mmpose_lrfg
from mmpose_lrfg.runtime import COCO, Metadata, ModelError, PoseEstimator
from mmpose_lrfg.runtime.metadata import KEY

CLASSES, SIGMAS, SIZE = ('person',), (0.1,) * 17, (64, 128)
METADATA = Metadata(COCO.names, COCO.links, CLASSES, SIGMAS, SIZE, score_thr=0.3, nms_thr=0.5)
# A person over the whole input, a second one much like it, and a third with a low score.
PEOPLE = [(64, 0.9), (74, 0.6), (64, 0.2)]  # x of the keypoints, score
ROWS = np.float32([[[0, 0, 128, 64, score, 0, *[x, 32, 0.8] * 17] for x, score in PEOPLE]])


def write_model(path, metadata, rows=ROWS):
    """Write a file that returns ``rows`` for every image."""
    images = 'uint8[1,64,128,3]' if metadata.input == 'uint8' else 'float[1,3,64,128]'
    shape = ','.join(map(str, rows.shape))
    model = onnx.parser.parse_model(
        f'<ir_version: 9, opset_import: ["": 17]> one ({images} images) => (float[{shape}] poses) '
        '{ poses = Identity(rows) }'
    )
    model.graph.initializer.append(onnx.numpy_helper.from_array(rows, 'rows'))
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, metadata.to_json()
    onnx.save(model, str(path))
    return path


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / 'one.onnx', METADATA)


@pytest.mark.parametrize('kind', ['uint8', 'float32'])
def test_one_person_in_pixels_of_the_image(tmp_path, kind):
    path = write_model(tmp_path / 'one.onnx', replace(METADATA, input=kind))
    # Twice as large as the input, which has room above and below.
    image = np.zeros((80, 256, 3), np.uint8)
    poses = PoseEstimator(path)(image)
    assert len(poses) == 1 and poses.scores[0] == pytest.approx(0.9)
    assert poses.boxes[0].tolist() == [0, 0, 256, 80]
    assert np.allclose(poses.keypoints, (128, 40), atol=1e-3)
    assert np.allclose(poses.keypoint_scores, 0.8)
    assert poses.skeleton == COCO


@pytest.mark.parametrize(
    ('options', 'scores'),
    [
        (dict(), [0.9]),
        (dict(nms_thr=1.0), [0.9, 0.6]),
        (dict(nms_thr=1.0, score_thr=0.9), []),
        (dict(nms_thr=1.0, score_thr=0.1, threads=1), [0.9, 0.6, 0.2]),
        (dict(nms_thr=1.0, max_per_img=1), [0.9]),
    ],
)
def test_thresholds_and_many_images(model, options, scores):
    images = [np.zeros(shape, np.uint8) for shape in ((50, 40, 3), (40, 50), (9, 9, 3))]
    found = PoseEstimator(model, **options)(images)
    assert [poses.scores.round(1).tolist() for poses in found] == [pytest.approx(scores)] * 3
    assert PoseEstimator(model, **options)([]) == []


def test_the_recommended_threshold(tmp_path):
    metadata = replace(METADATA, nms_thr=1.0, recommended_score_thr=0.7)
    estimator = PoseEstimator(write_model(tmp_path / 'a.onnx', metadata))
    image = np.zeros((64, 128, 3), np.uint8)
    assert estimator.recommended_score_thr == 0.7
    assert len(estimator(image)) == 2 and len(estimator.at_score_thr(0.7)(image)) == 1
    with pytest.raises(ModelError, match=r'score_thr must be in 0\.\.1, got 2'):
        estimator.at_score_thr(2)


def test_weighted_nms(model):
    image = np.zeros((64, 128, 3), np.uint8)
    plain, weighted = (PoseEstimator(model, wnms_thr=thr)(image) for thr in (1.0, 0.8))
    assert len(weighted) == 1 and weighted.scores == plain.scores
    assert np.allclose(plain.keypoints, (64, 32), atol=1e-3)
    # Weights 0.9 and 0.6; the score of 0.2 is below the threshold.
    assert np.allclose(weighted.keypoints, (68, 32), atol=1e-3)


@pytest.mark.parametrize(
    ('image', 'message'),
    [
        (None, 'image 0 is None'),
        (np.zeros((4, 4, 3)), 'image 0 .* float64'),
        (np.zeros(4, np.uint8), r'got \(4,\) uint8'),
        (np.zeros((4, 4, 4), np.uint8), r'got \(4, 4, 4\) uint8'),
        (np.zeros((0, 4, 3), np.uint8), r'got \(0, 4, 3\) uint8'),
        ([np.zeros((4, 4, 3), np.uint8), 'people.jpg'], 'image 1 .* str'),
    ],
)
def test_invalid_images(model, image, message):
    with pytest.raises(ModelError, match=message):
        PoseEstimator(model)(image)


@pytest.mark.parametrize('nms', ['none', 'fixed', 'dynamic'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
@pytest.mark.parametrize('column', [4, 10], ids=['score', 'keypoint'])
def test_a_file_that_returns_nan_or_infinity(tmp_path, nms, value, column):
    rows = ROWS.copy()
    rows[0, 0, column] = value
    if nms == 'dynamic':  # rows of all images, index of the image first
        rows = np.concatenate([np.zeros_like(rows[0, :, :1]), rows[0]], axis=1)
    path = write_model(tmp_path / 'nan.onnx', replace(METADATA, nms=nms), rows)
    with pytest.raises(ModelError, match=r'nan\.onnx returns NaN or infinity'):
        PoseEstimator(path)(np.zeros((9, 9, 3), np.uint8))


def test_a_file_whose_output_has_another_shape(tmp_path):
    path = write_model(tmp_path / 'one.onnx', METADATA, ROWS[..., :-3])
    with pytest.raises(ModelError, match=r'shape \(1, 3, 54\).* rows of 57'):
        PoseEstimator(path)(np.zeros((9, 9, 3), np.uint8))


@pytest.fixture
def broken(model):
    """Folder of files that are no models of ours, beside ``one.onnx``."""
    folder, content = model.parent, model.read_bytes()
    other = onnx.load(str(model))
    del other.metadata_props[:]
    onnx.save(other, str(folder / 'other.onnx'))
    (folder / 'short.onnx').write_bytes(content[: len(content) // 2])
    (folder / 'empty.onnx').write_bytes(b'')
    (folder / 'text.onnx').write_text('not a model')
    (folder / 'weights.pth').write_text('')
    (folder / 'model.xml').write_text('')
    return folder


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('other.onnx', {}, r'other\.onnx lacks the metadata'),
        ('short.onnx', {}, r'short\.onnx is not an ONNX model'),
        ('empty.onnx', {}, 'damaged'),
        ('text.onnx', {}, 'damaged'),
        ('absent.onnx', {}, r'absent\.onnx does not exist'),
        ('weights.pth', {}, 'its suffix is none of'),
        ('model.xml', dict(runtime='onnx'), 'cannot be run by onnx'),
        ('one.onnx', dict(runtime='tvm'), 'unknown runtime tvm'),
        ('one.onnx', dict(providers=['QuantumExecutionProvider']), 'CPUExecutionProvider'),
        ('one.onnx', dict(device='gpu'), "cpu, cuda or cuda:N, got 'gpu'"),
        ('one.onnx', dict(device='cuda:1'), 'CUDAExecutionProvider is not available'),
        ('one.onnx', dict(precision='bf16'), 'is in fp32, not in bf16'),
        ('one.onnx', dict(score_thr=7), 'score_thr .* got 7'),
        ('one.onnx', dict(wnms_thr=-1), 'wnms_thr .* got -1'),
        ('one.onnx', dict(batch_size=0), 'batch_size .* got 0'),
        ('one.onnx', dict(img_size=(64, 64)), 'takes only 64 x 128'),
    ],
)
def test_invalid_files_and_options(broken, name, options, message):
    with pytest.raises(ModelError, match=message) as error:
        PoseEstimator(broken / name, **options)
    assert '\n' not in str(error.value)


ALONE = """
import sys

class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        allowed = {'numpy', 'cv2', 'onnxruntime', 'msgspec', 'mmpose_lrfg'}
        allowed |= set(sys.stdlib_module_names)
        # numpy and onnxruntime try others, and do without them.
        if name.partition('.')[0] not in allowed:
            raise ModuleNotFoundError(f'{name} is not to be imported', name=name)

sys.meta_path.insert(0, OnlyThese())
import importlib.util
importlib.util.find_spec = lambda name, find=importlib.util.find_spec: (
    None if name in ('openvino', 'rich') else find(name))
"""
RUNTIME = """
import numpy as np
from mmpose_lrfg.runtime import PoseEstimator, files
poses = PoseEstimator(sys.argv[1])(np.zeros((90, 90, 3), np.uint8))
assert len(poses) == 1 and poses.draw(np.zeros((90, 90, 3), np.uint8)).any()
own = {n for n in sys.modules if n.startswith('mmpose_lrfg.') and '.compat' not in n}
assert all(n.startswith('mmpose_lrfg.runtime') for n in own), own
"""
COMMAND = """
import numpy as np
from mmpose_lrfg import LRFG
from mmpose_lrfg.cli.main import main
(poses,) = LRFG(sys.argv[1]).predict(np.zeros((90, 90, 3), np.uint8))
assert len(poses) == 1 and poses.draw().any()
poses.save('people.png')
assert main(['predict', 'people.png', '--model', sys.argv[1]]) == 0
"""


@pytest.mark.parametrize('script', [RUNTIME, COMMAND], ids=['runtime', 'command'])
def test_the_packages_of_the_runtime_extra_are_enough(model, script):
    """Neither torch nor OpenMMLab is imported."""
    command = [sys.executable, '-c', ALONE + script, str(model)]
    path = {'PYTHONPATH': str(Path(mmpose_lrfg.__file__).parents[1])}
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=model.parent, env={**os.environ, **path}
    )
    assert result.returncode == 0, result.stderr
    if script == COMMAND:
        assert '1 people on 1 images or frames; results in outputs/predict' in result.stderr
        found = json.loads((model.parent / 'outputs/predict/predictions.json').read_text())
        assert [record['file_name'] for record in found] == ['people.png']
