"""The visualizers of MMPose draw although NumPy and matplotlib removed functions they call."""

import types

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmpose_lrfg.compat import visualizer


def drawing(monkeypatch):
    """A visualizer that returns the radius with which it draws, repaired as for this NumPy."""

    class Visualizer:
        def draw_circles(self, center, radius, face_colors='none', **kwargs):
            return radius, tuple(center), face_colors, kwargs

    module = types.SimpleNamespace(OpencvBackendVisualizer=Visualizer)
    monkeypatch.setattr(visualizer, 'arrays_convert', lambda: False)
    visualizer.accept_array_radius(lambda module: None, module)
    Visualizer.backend = 'opencv'
    return Visualizer()


def test_a_radius_in_an_array_becomes_a_number(monkeypatch):
    args = dict(radius=np.array([6]), face_colors='r', alpha=0.5)
    drawn = drawing(monkeypatch).draw_circles(np.array([1.0, 2.0]), **args)
    assert type(drawn[0]) is int and drawn == (6, (1.0, 2.0), 'r', {'alpha': 0.5})


def sample(points):
    found = InstanceData(keypoints=np.array([points]), keypoint_scores=np.ones((1, len(points))))
    return PoseDataSample(pred_instances=found)


def test_mmpose_draws_keypoints_with_opencv():
    from mmpose.visualization import PoseLocalVisualizer

    local = PoseLocalVisualizer(radius=2)
    local.set_dataset_meta({'keypoint_colors': np.array([[255, 0, 0]])})
    image = np.zeros((32, 32, 3), np.uint8)
    drawn = local.add_datasample('one', image, sample([[16.0, 16.0]]), draw_gt=False, kpt_thr=0.3)
    assert drawn[16, 16].tolist() == [255, 0, 0] and drawn[2, 2].tolist() == [0, 0, 0]


def test_mmpose_draws_keypoints_in_space():
    from mmpose.visualization import Pose3dLocalVisualizer

    local = Pose3dLocalVisualizer(radius=2)
    local.set_dataset_meta({'keypoint_colors': np.array([[255, 0, 0]] * 2)})
    image = np.zeros((64, 64, 3), np.uint8)
    options = dict(draw_gt=False, draw_2d=False, kpt_thr=0.3)
    drawn = local.add_datasample('one', image, sample([[0, 0, 0.1], [0.2, 0.3, 0.4]]), **options)
    assert drawn.dtype == np.uint8 and drawn.shape == (64, 64, 3) and np.ptp(drawn) > 100
