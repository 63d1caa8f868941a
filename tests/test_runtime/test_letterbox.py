import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import BottomupResize

from mmpose_lrfg.runtime.letterbox import Letterbox

SHAPES = [(480, 640), (640, 480), (33, 44), (1000, 90), (128, 128), (427, 640), (1, 1), (500, 333)]
PAD = (114, 100, 50)


@pytest.mark.parametrize('size', [(128, 128), (192, 320), (320, 64)])
@pytest.mark.parametrize('shape', SHAPES)
def test_the_same_picture_as_mmpose(shape, size):
    rng = np.random.default_rng(0)
    resize = BottomupResize(size[::-1], size_factor=64, pad_val=PAD)
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
    there = cv2.transform(box.to_image(points)[None], box.matrix())[0]
    assert np.allclose(there, points, atol=1e-3)
