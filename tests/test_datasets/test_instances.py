import numpy as np

from mmpose_lrfg.datasets.transforms.instances import ZeroCoordinatesOutside


def test_each_coordinate_for_itself():
    results = dict(
        img=np.zeros((40, 60, 3), np.uint8),
        keypoints=np.array([[[10, 20], [-1, 20], [10, -1], [61, 41], [60, 40]]], np.float32),
        bbox=np.array([[-5, 3, 70, 50]], np.float32),
    )
    out = ZeroCoordinatesOutside()(results)
    assert out['keypoints'].tolist() == [[[10, 20], [0, 20], [10, 0], [0, 0], [60, 40]]]
    assert out['bbox'].tolist() == [[0, 3, 60, 40]]
