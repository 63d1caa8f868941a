"""The visualisers draw although NumPy and matplotlib removed what they call."""

import types

import numpy as np
import pytest

from mmpose_lrfg.compat import visualizer


class Strict:
    """Draws like MMPose's visualiser under NumPy >= 2.4, which takes numbers alone."""

    backend = 'opencv'

    def draw_circles(self, center, radius, face_colors='none', **kwargs):
        if isinstance(radius, np.ndarray) and self.backend == 'opencv':
            raise TypeError('only 0-dimensional arrays can be converted to Python scalars')
        self.drawn = (tuple(center), radius, face_colors, kwargs)


@pytest.fixture
def module():
    return types.SimpleNamespace(OpencvBackendVisualizer=type('Visualizer', (Strict,), {}))


def test_inactive_while_arrays_convert(module, monkeypatch):
    before = module.OpencvBackendVisualizer.draw_circles
    monkeypatch.setattr(visualizer, 'arrays_convert', lambda: True)
    visualizer.accept_array_radius(lambda module: None, module)
    assert module.OpencvBackendVisualizer.draw_circles is before


def test_a_radius_in_an_array_is_drawn(module, monkeypatch):
    monkeypatch.setattr(visualizer, 'arrays_convert', lambda: False)
    visualizer.accept_array_radius(lambda module: None, module)
    drawing = module.OpencvBackendVisualizer()
    drawing.draw_circles(np.array([1.0, 2.0]), radius=np.array([6]), face_colors='r', alpha=0.5)
    assert drawing.drawn == ((1.0, 2.0), 6, 'r', {'alpha': 0.5})


def test_matplotlib_gets_its_arrays(module, monkeypatch):
    monkeypatch.setattr(visualizer, 'arrays_convert', lambda: False)
    visualizer.accept_array_radius(lambda module: None, module)
    drawing = module.OpencvBackendVisualizer()
    drawing.backend = 'matplotlib'
    radius = np.array([6])
    drawing.draw_circles((1, 2), radius)
    assert drawing.drawn[1] is radius


def test_the_question_put_to_numpy_has_its_answer():
    release = tuple(int(part) for part in np.__version__.split('.')[:2])
    assert visualizer.arrays_convert() is (release < (2, 4))


def test_mmpose_draws_keypoints_with_opencv():
    from mmengine.structures import InstanceData
    from mmpose.structures import PoseDataSample
    from mmpose.visualization import PoseLocalVisualizer

    drawing = PoseLocalVisualizer(radius=2)
    drawing.set_dataset_meta({'keypoint_colors': np.array([[255, 0, 0]])})
    sample = PoseDataSample(
        pred_instances=InstanceData(
            keypoints=np.array([[[16.0, 16.0]]]), keypoint_scores=np.array([[1.0]])
        )
    )
    image = np.zeros((32, 32, 3), np.uint8)
    drawn = drawing.add_datasample('one', image, sample, draw_gt=False, kpt_thr=0.3)
    assert drawn[16, 16].tolist() == [255, 0, 0] and drawn[2, 2].tolist() == [0, 0, 0]


def test_mmpose_draws_keypoints_in_space():
    from mmengine.structures import InstanceData
    from mmpose.structures import PoseDataSample
    from mmpose.visualization import Pose3dLocalVisualizer

    drawing = Pose3dLocalVisualizer(radius=2)
    drawing.set_dataset_meta({'keypoint_colors': np.array([[255, 0, 0]] * 2)})
    sample = PoseDataSample(
        pred_instances=InstanceData(
            keypoints=np.array([[[0.0, 0.0, 0.1], [0.2, 0.3, 0.4]]]),
            keypoint_scores=np.ones((1, 2)),
        )
    )
    image = np.zeros((64, 64, 3), np.uint8)
    options = dict(draw_gt=False, draw_2d=False, kpt_thr=0.3)
    drawn = drawing.add_datasample('one', image, sample, **options)
    assert drawn.dtype == np.uint8 and drawn.shape == (64, 64, 3) and np.ptp(drawn) > 100


def test_a_canvas_is_read_as_rgb():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasAgg(Figure(figsize=(3, 2), dpi=10, facecolor=(1, 0, 0)))
    canvas.draw()
    pixels = np.frombuffer(visualizer.tostring_rgb(canvas), np.uint8).reshape(20, 30, 3)
    assert (pixels == [255, 0, 0]).all()
