import json
from dataclasses import replace

import pytest

from mmpose_lrfg.runtime import Metadata, ModelError

METADATA = Metadata(
    keypoints=('a', 'left_b'),
    links=((0, 1),),
    classes=('person', 'dog'),
    sigmas=(0.1, 0.2),
    size=(128, 192),
)
# As written by the first versions.
FORMAT_2 = (
    '{"keypoints":["nose","left_eye"],"links":[[0,1]],"classes":["person"],"sigmas":[0.026,0.025],'
    '"size":[256,192],"divisor":64,"dynamic":true,"batch":1,"input":"uint8",'
    '"pad_value":[114,114,114],"nms":"none","score_thr":0.01,"nms_thr":0.65,"merge_thr":0.8,'
    '"nms_pre":3000,"max_per_img":100,"precision":"fp32","name":"lrfg-n6_coco-256","format":2}'
)


def test_round_trip():
    metadata = replace(METADATA, dynamic=True, input='uint8', nms='fixed', precision='fp16')
    assert Metadata.from_json(metadata.to_json(), 'a.onnx') == metadata
    skeleton = metadata.skeleton
    assert skeleton.links == ((0, 1),) and skeleton.classes == ('person', 'dog')


def test_files_of_format_2_load():
    metadata = Metadata.from_json(FORMAT_2, 'a.onnx')
    assert metadata.size == (256, 192) and metadata.dynamic and metadata.input == 'uint8'
    assert metadata.skeleton.names == ('nose', 'left_eye')
    assert metadata.thresholds == dict(score_thr=0.01, nms_thr=0.65, wnms_thr=0.8, max_per_img=100)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'lacks the metadata'),
        ('', 'lacks the metadata'),
        ('{', 'damaged'),
        ('[]', 'damaged'),
        ('{"a":' * 5000, 'damaged'),
        ('{"format": 1}', 'damaged'),
        ('{"format": 99}', 'install a newer one'),
    ],
)
def test_texts_that_are_no_metadata(text, message):
    with pytest.raises(ModelError, match=rf'a\.onnx.* {message}'):
        Metadata.from_json(text, 'a.onnx')


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('nms', 'soft'),
        ('size', [192, 190]),
        ('size', [64 * 10**6, 64]),
        ('batch', 0),
        ('divisor', 0),
        ('score_thr', 7),
        ('max_per_img', -1),
        ('keypoints', []),
        ('sigmas', [0.1]),
        ('links', [[0, 17]]),
        ('dynamic', 'yes'),
    ],
)
def test_invalid_values(name, value):
    text = json.dumps({**json.loads(METADATA.to_json()), name: value})
    with pytest.raises(ModelError, match=r'a\.onnx are damaged: .') as error:
        Metadata.from_json(text, 'a.onnx')
    assert '\n' not in str(error.value)
