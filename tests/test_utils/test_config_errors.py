"""Errors of mmengine that become sentences, and those that must keep their traceback."""

import sys

import pytest
from mmengine.registry import Registry

from mmpose_lrfg.utils.config_errors import explain
from mmpose_lrfg.utils.config_errors import explained as _explained
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


def explained(cfg):
    try:
        THINGS.build(cfg)
    except Exception as error:
        told = explain(error)
        return told and str(told)
    raise AssertionError('builds')


@pytest.mark.parametrize(
    ('cfg', 'facts'),
    [
        ({'type': 'Bass'}, 'unknown thing Bass'),
        ({'type': 'Base', 'wdith': 1}, 'Base an unknown argument wdith. Did you mean width?'),
        ({'type': 'Child', 'wdith': 1}, 'Child an unknown argument wdith. Did you mean width?'),
        ({'type': 'Base'}, "Base the required 'width'"),
        ({'type': 'Base', 'width': 'x'}, "Base from width='x': ValueError"),
        ({'type': 'Base', 'width': []}, 'Base from width=[]: TypeError'),
    ],
)
def test_errors_of_the_config(cfg, facts):
    assert facts in explained(cfg)


def test_errors_of_the_code():
    assert explained({'type': 'Buggy'}) is None
    assert explained({'type': 'BuggyInside', 'size': 2}) is None
    assert explain(ValueError('anything')) is None
    assert explain(KeyError('x')) is None
    assert explain(TypeError("f() got an unexpected keyword argument 'a'")) is None


def test_sentence_of_a_data_loader_process():
    text = 'Caught UserError in DataLoader worker process 0.\nOriginal Traceback ...\n  File "x"\n'
    text += 'mmpose_lrfg.utils.errors.UserError: image a: b cannot be read\n'
    told = explain(UserError(text))
    assert str(told) == 'image a: b cannot be read'
    own = UserError('plain')
    assert explain(own) is own


def test_missing_files():
    told = explain(FileNotFoundError(2, 'No such file or directory', 'a.json'))
    assert str(told) == 'a.json: No such file or directory'


def test_tensorboard_is_named_when_it_is_missing():
    """As mmengine's TensorboardVisBackend fails."""
    error = ImportError('Please run "pip install future tensorboard" to install the dependencies')
    assert 'pip install tensorboard' in str(explain(error))
    assert explain(ImportError('something else')) is None


def test_a_model_whose_numbers_differ():
    from mmpose_lrfg.models.heads import YOLOPoseHead

    with pytest.raises(ValueError) as raised:
        YOLOPoseHead(num_keypoints=4, sigmas=[0.1] * 4, keypoint_prior=[(0, 0)])
    told = explain(raised.value)
    assert 'does not fit together' in str(told) and '4 keypoints' in str(told)
    assert explain(ValueError('of something else')) is None


@pytest.mark.parametrize('code', [None, 0, 3])
def test_an_exit_during_a_run_is_no_success(code):
    with (
        pytest.raises(UserError, match=r'line \d+ of .*test_config_errors\.py ended the run'),
        _explained(),
    ):
        sys.exit(code)
