"""The runtime on files made by hand: a network of one operation needs no torch."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mmpose_lrfg.runtime import COCO, Metadata, ModelError, PoseEstimator
from mmpose_lrfg.runtime.metadata import KEY

TOLD = Metadata(
    keypoints=COCO.names,
    links=COCO.links,
    classes=('person',),
    sigmas=(0.1,) * 17,
    size=(64, 128),
    input='uint8',
    score_thr=0.3,
    nms_thr=0.5,
)


def write_model(path, told):
    """A file that always finds one person over the whole input, and another one much like it."""
    row = [0, 0, 128, 64, 0.9, 0] + [64, 32, 0.8] * 17
    aside = [*row[:4], 0.6, 0] + [74, 32, 0.8] * 17
    rows = np.float32([[row, aside, [*row[:4], 0.2, *row[5:]]]])
    kind, shape = (TensorProto.UINT8, [1, 64, 128, 3]) if told.input == 'uint8' else (1, None)
    graph = helper.make_graph(
        [
            helper.make_node('Cast', ['images'], ['floats'], to=TensorProto.FLOAT),
            helper.make_node('ReduceSum', ['floats'], ['sum'], keepdims=0),
            helper.make_node('Mul', ['sum', 'zero'], ['nothing']),
            helper.make_node('Add', ['rows', 'nothing'], ['poses']),
        ],
        'one',
        [helper.make_tensor_value_info('images', kind, shape or [1, 3, 64, 128])],
        [helper.make_tensor_value_info('poses', TensorProto.FLOAT, rows.shape)],
        [
            helper.make_tensor('rows', TensorProto.FLOAT, rows.shape, rows.ravel()),
            helper.make_tensor('zero', TensorProto.FLOAT, [], [0.0]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=9)
    if told is not None:
        entry = model.metadata_props.add()
        entry.key, entry.value = KEY, told.to_json()
    onnx.save(model, str(path))
    return path


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / 'one.onnx', TOLD)


@pytest.mark.parametrize('kind', ['uint8', 'float32'])
def test_one_person_in_pixels_of_the_image(tmp_path, kind):
    path = write_model(tmp_path / 'one.onnx', replace(TOLD, input=kind))
    # Twice as large as the input, with room above and below.
    image = np.zeros((80, 256, 3), np.uint8)
    poses = PoseEstimator(path)(image)
    assert len(poses) == 1 and poses.scores[0] == pytest.approx(0.9)
    assert poses.boxes[0].tolist() == [0, 0, 256, 80]
    assert np.allclose(poses.keypoints, (128, 40), atol=1e-3)
    assert np.allclose(poses.keypoint_scores, 0.8)
    assert poses.skeleton == COCO


def test_thresholds_and_many_images(model):
    images = [np.zeros(shape, np.uint8) for shape in ((50, 40, 3), (40, 50), (9, 9, 3))]
    assert [len(p) for p in PoseEstimator(model, nms_thr=1.0)(images)] == [2, 2, 2]
    assert [len(p) for p in PoseEstimator(model, score_thr=0.9, nms_thr=1.0)(images)] == [0, 0, 0]
    everyone = PoseEstimator(model, score_thr=0.1, nms_thr=1.0, threads=1)(images[0])
    assert everyone.scores.round(1).tolist() == pytest.approx([0.9, 0.6, 0.2])
    assert len(PoseEstimator(model, nms_thr=1.0, max_per_img=1)(images[0])) == 1
    assert PoseEstimator(model)([]) == []


def test_people_that_overlap_are_merged_where_asked(model):
    image = np.zeros((64, 128, 3), np.uint8)
    plain, merged = (PoseEstimator(model, wnms_thr=thr)(image) for thr in (1.0, 0.8))
    assert len(merged) == 1 and merged.scores == plain.scores
    assert np.allclose(plain.keypoints, (64, 32), atol=1e-3)
    # Weights 0.9 and 0.6; who scores 0.2 is below the threshold and has no say.
    assert np.allclose(merged.keypoints, (68, 32), atol=1e-3)
    with pytest.raises(ModelError, match=r'overlaps lie in 0\.\.1, so -1'):
        PoseEstimator(model, wnms_thr=-1)


def test_what_is_no_image(model):
    estimator = PoseEstimator(model)
    for image, sentence in (
        (None, 'image 0 is None, which OpenCV returns'),
        (np.zeros((4, 4, 3)), 'image 0 is .* float64, not'),
        (np.zeros((4, 4, 4), np.uint8), 'not .H, W, 3. uint8'),
        (np.zeros((0, 4, 3), np.uint8), 'not .H, W, 3. uint8'),
        ([np.zeros((4, 4, 3), np.uint8), 'people.jpg'], 'image 1 is str'),
    ):
        with pytest.raises(ModelError, match=sentence):
            estimator(image)


def test_files_that_are_no_model_of_ours(model, tmp_path):
    other = onnx.load(str(model))
    del other.metadata_props[:]
    onnx.save(other, str(tmp_path / 'other.onnx'))
    content = model.read_bytes()
    (tmp_path / 'short.onnx').write_bytes(content[: len(content) // 2])
    (tmp_path / 'empty.onnx').write_bytes(b'')
    (tmp_path / 'text.onnx').write_text('not a model')
    (tmp_path / 'weights.pth').write_text('')
    (tmp_path / 'model.xml').write_text('')
    for name, options, sentence in (
        ('other.onnx', {}, r'other\.onnx is of another model'),
        ('short.onnx', {}, r'short\.onnx is no ONNX model, or is damaged'),
        ('empty.onnx', {}, 'damaged'),
        ('text.onnx', {}, 'damaged'),
        ('absent.onnx', {}, r'absent\.onnx does not exist'),
        ('weights.pth', {}, r'neither an \.onnx nor an \.xml'),
        ('model.xml', dict(runtime='onnx'), 'ONNX Runtime cannot run'),
        ('one.onnx', dict(runtime='tvm'), 'there is no runtime tvm'),
        ('one.onnx', dict(providers=['QuantumExecutionProvider']), 'CPUExecutionProvider'),
        ('one.onnx', dict(score_thr=7), 'no threshold'),
        ('one.onnx', dict(batch_size=0), 'a batch of 0'),
        ('one.onnx', dict(size=(64, 64)), 'takes only 64 x 128'),
    ):
        with pytest.raises(ModelError, match=sentence) as error:
            PoseEstimator(tmp_path / name, **options)
        assert '\n' not in str(error.value)


ALONE = """
import sys

class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        allowed = {'numpy', 'cv2', 'onnxruntime', 'msgspec', 'mmpose_lrfg'}
        allowed |= set(sys.stdlib_module_names)
        top = name.partition('.')[0]
        # What numpy and onnxruntime try and can do without.
        if top not in allowed:
            raise ModuleNotFoundError(f'{name} is not to be imported', name=name)

sys.meta_path.insert(0, OnlyThese())
import numpy as np
from mmpose_lrfg.runtime import PoseEstimator
poses = PoseEstimator(sys.argv[1])(np.zeros((90, 90, 3), np.uint8))
assert len(poses) == 1 and poses.draw(np.zeros((90, 90, 3), np.uint8)).any()
loaded = {name.partition('.')[0] for name in sys.modules}
heavy = {name for name in loaded if name.startswith(('torch', 'mm')) and name != 'mmpose_lrfg'}
assert not heavy and not loaded & {'onnx', 'scipy', 'sympy', 'pycocotools', 'PIL'}, heavy
own = {n for n in sys.modules if n.startswith('mmpose_lrfg.') and '.compat' not in n}
assert all(n.startswith('mmpose_lrfg.runtime') for n in own), own
"""


def test_the_packages_of_the_runtime_extra_are_enough(model):
    result = subprocess.run(
        [sys.executable, '-c', ALONE, str(model)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
