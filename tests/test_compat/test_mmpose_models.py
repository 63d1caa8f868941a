"""Models of MMPose's own configurations build and predict on the stand-ins."""

import pytest
import torch
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from mmpose.utils import register_all_modules

from .stock import edpose_model, stock_model

STOCK = [
    'rtmo/coco/rtmo-s_8xb32-600e_coco-640x640.py',
    'yoloxpose/coco/yoloxpose_s_8xb32-300e_coco-640.py',
    'dekr/coco/dekr_hrnet-w32_8xb10-140e_coco-512x512.py',
    'associative_embedding/coco/ae_hrnet-w32_8xb24-300e_coco-512x512.py',
]


@pytest.fixture(autouse=True)
def registered():
    torch.manual_seed(0)
    register_all_modules()


def predict(model, size=64):
    """What ``model`` finds in one image of noise: its instances."""
    data = get_packed_inputs(1, input_size=(size, size), img_shape=(size, size))
    model.eval()
    with torch.no_grad():
        (sample,) = model(**model.data_preprocessor(data, False), mode='predict')
    return sample.pred_instances


@pytest.mark.parametrize('name', STOCK, ids=lambda name: name.split('/')[0])
def test_stock_model_predicts(name):
    found = predict(MODELS.build(stock_model(name)))
    assert found.keypoints.shape[1:] == (17, 2)
    assert found.keypoint_scores.shape == found.keypoints.shape[:2]


def test_edpose_predicts(monkeypatch):
    """Multi-scale deformable attention in an encoder and a decoder."""
    found = predict(MODELS.build(edpose_model(monkeypatch)), 224)  # 1,045 cells for 900 queries
    assert found.keypoints.shape[1:] == (17, 2) and len(found.keypoints) > 0
