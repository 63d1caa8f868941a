"""Errors of mmengine that become sentences, and those that must keep their traceback."""

import sys

import numpy as np
import pytest
from mmengine.registry import Registry

from mmpose_lrfg.utils.config_errors import explain, explained
from mmpose_lrfg.utils.errors import UserError, nearest

THINGS = Registry('thing', scope='here')


@THINGS.register_module()
class Base:
    def __init__(self, width, depth=1):
        self.width = int(width)


@THINGS.register_module()
class Child(Base):
    def __init__(self, colour=None, **kwargs):
        super().__init__(**kwargs)


@THINGS.register_module()
class Buggy:
    def __init__(self):
        Base(wdith=1)


@THINGS.register_module()
class BuggyInside:
    """Calls code of this package that raises a TypeError."""

    def __init__(self, size=1):
        nearest(size, None)


def error_of(cfg):
    with pytest.raises(Exception) as raised:
        THINGS.build(cfg)
    return raised.value


WORKER = (
    'Caught UserError in DataLoader worker process 0.\nOriginal Traceback ...\n  File "x"\n'
    'mmpose_lrfg.utils.errors.UserError: image a: b cannot be read\n'
)
OWN = UserError('plain')


@pytest.mark.parametrize(
    ('error', 'sentence'),
    [
        ({'type': 'Bass'}, 'unknown thing Bass'),
        ({'type': 'Base', 'wdith': 1}, 'Base an unknown argument wdith. Did you mean width?'),
        ({'type': 'Child', 'wdith': 1}, 'Child an unknown argument wdith. Did you mean width?'),
        ({'type': 'Base'}, "Base from nothing: TypeError: Base.__init__() missing 1 required"),
        ({'type': 'Base', 'width': 'x'}, "Base from width='x': ValueError"),
        ({'type': 'Base', 'width': []}, 'Base from width=[]: TypeError'),
        ({'type': 'Buggy'}, None),
        ({'type': 'BuggyInside', 'size': 2}, None),
        (ValueError('anything'), None),
        (KeyError('x'), None),
        (TypeError("f() got an unexpected keyword argument 'a'"), None),
        (UserError(WORKER), 'image a: b cannot be read'),
        (OWN, 'plain'),
        (FileNotFoundError(2, 'No such file', 'a.json'), 'a.json: No such file'),
        # As mmengine's TensorboardVisBackend fails.
        (ImportError('Please run "pip install future tensorboard"'), 'pip install tensorboard'),
        (ImportError('something else'), None),
    ],
    ids=range(16),
)
def test_sentences(error, sentence):
    error = error_of(error) if isinstance(error, dict) else error
    found = explain(error)
    assert found is None if sentence is None else sentence in str(found)
    assert 'Traceback' not in str(found) and (error is not OWN or found is OWN)


@pytest.mark.parametrize('wrong', [dict(input_size=None), dict(input_size=(64, 64), size_factor=0)])
def test_a_transform_that_cannot_run(wrong):
    from mmpose.datasets.transforms import BottomupResize

    results = dict(img=np.zeros((8, 8, 3), np.uint8), img_shape=(8, 8), ori_shape=(8, 8))
    message = r'BottomupResize .*(TypeError|ZeroDivisionError)'
    with pytest.raises(UserError, match=message), explained():
        BottomupResize(**{'size_factor': 64, **wrong}).transform(results)


def test_a_model_whose_numbers_differ():
    from mmpose_lrfg.models.heads import YOLOPoseHead

    with pytest.raises(UserError, match=r'does not fit together.* 4 keypoints'), explained():
        YOLOPoseHead(num_keypoints=4, sigmas=[0.1] * 4, keypoint_prior=[(0, 0)])


@pytest.mark.parametrize('code', [None, 0, 3])
def test_an_exit_during_a_run_is_no_success(code):
    with (
        pytest.raises(UserError, match=r'line \d+ of .*test_config_errors\.py ended the run'),
        explained(),
    ):
        sys.exit(code)
