import copy

import pytest
import torch

from mmpose_lrfg.deploy.agreement import compare_anchors, reference_rows
from mmpose_lrfg.deploy.network import ExportNetwork, decode_channels
from mmpose_lrfg.deploy.options import ExportOptions, describe
from mmpose_lrfg.models.heads import postprocess
from mmpose_lrfg.models.task_modules import AnchorGenerator


@pytest.mark.parametrize('swap', [True, False])
@pytest.mark.parametrize('mean', [0.0, 100.0])
def test_normalisation_is_inside(predictor, mean, swap):
    model = copy.deepcopy(predictor.model)
    preprocessor = model.data_preprocessor
    preprocessor.mean = torch.tensor([mean, mean / 2, 0]).view(3, 1, 1)
    preprocessor.std = torch.tensor([255.0, 128.0, 200.0]).view(3, 1, 1)
    preprocessor._channel_conversion = swap
    images = torch.randint(0, 256, (2, 128, 64, 3), dtype=torch.uint8)
    network = ExportNetwork(model, describe(model, ExportOptions(uint8=True)))
    assert isinstance(network.normalise, torch.nn.Identity) == (not mean)
    with torch.no_grad():
        rows = network(images).numpy()
    found = compare_anchors(rows, reference_rows(model, images.numpy()))
    # Random networks multiply rounding; a wrong colour is tens of pixels.
    assert found.pixels < 1 and found.scores < 1e-2, found


@pytest.mark.parametrize('classes', [1, 3])
@pytest.mark.parametrize('single_class_score', [True, False])
def test_decoding_by_channels_is_decoding_by_rows(classes, single_class_score):
    generator = torch.Generator().manual_seed(0)
    preds = [
        3 * torch.randn(2, 3, 8 >> i, 16 >> i, 5 + classes + 3 * 17, generator=generator)
        for i in range(4)
    ]
    anchors = AnchorGenerator()
    ours = decode_channels(preds, anchors, classes, single_class_score)
    decoded = postprocess.decode_dense(preds, anchors, classes)
    assert ours.shape == (2, 3 * (128 + 32 + 8 + 2), 57)
    expected = postprocess.to_rows(decoded, classes, single_class_score)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-4)
