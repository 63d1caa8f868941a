import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import BottomupResize

from mmpose_lrfg.runtime.letterbox import Letterbox

SHAPES = [(480, 640), (640, 480), (33, 44), (1000, 90), (128, 128), (427, 640), (1, 1), (500, 333)]
PAD = (114, 100, 50)


@pytest.mark.parametrize('size', [(128, 128), (192, 320), (320, 64)])
def test_the_same_picture_as_mmpose(size):
    rng = np.random.default_rng(0)
    resize = BottomupResize(size[::-1], size_factor=64, pad_val=PAD)
    for shape in SHAPES:
        image = rng.integers(0, 255, (*shape, 3), dtype=np.uint8)
        expected = resize.transform(dict(img=image, ori_shape=shape))
        box = Letterbox.of(shape, size)
        batch = np.empty((3, *size, 3), np.uint8)
        box.warp(image, batch[1], PAD)
        assert (batch[1] == expected['img']).all()
        points = rng.uniform(0, 128, (5, 2))
        back = points / expected['input_size'] * expected['input_scale']
        back += expected['input_center'] - 0.5 * expected['input_scale']
        assert np.allclose(box.to_image(points), back, atol=1e-4)


def test_points_come_back():
    box = Letterbox.of((480, 640), (320, 320))
    x, y = 123.0, 321.0
    at = box.matrix() @ (x, y, 1)
    assert np.allclose(box.to_image(at), (x, y), atol=1e-3)
    assert np.allclose(at, cv2.transform(np.array([[[x, y]]]), box.matrix()).ravel())
