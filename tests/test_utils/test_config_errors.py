"""Errors of mmengine that become sentences, and those that keep their traceback."""

import sys

import pytest
from mmengine.registry import Registry

import mmpose_lrfg.models.layers as layers
from mmpose_lrfg.utils.config_errors import explain, explained
from mmpose_lrfg.utils.errors import UserError

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
    def __init__(self, size=1):
        Base(wdith=1)


@THINGS.register_module()
class BuggyInside:
    """A bug in code of the package: a method call without its argument."""

    def __init__(self, size=1):
        layers.CoordinateAttention.forward(None, size)


def explanation(cfg):
    with pytest.raises(Exception) as raised:
        THINGS.build(cfg)
    found = explain(raised.value)
    return found and str(found)


@pytest.mark.parametrize(
    ('cfg', 'parts'),
    [
        ({'type': 'Bass'}, ('Bass', 'no thing has that name')),
        ({'type': 'Base', 'wdith': 1}, ('Base', 'unknown argument wdith', 'Did you mean width?')),
        ({'type': 'Child', 'wdith': 1}, ('Child', 'unknown argument wdith', 'width?')),
        ({'type': 'Base'}, ('Base', "what it needs: 'width'")),
        ({'type': 'Base', 'width': 'x'}, ('Base', "width='x'", 'ValueError')),
        ({'type': 'Base', 'width': []}, ('Base', 'width=[]', 'TypeError')),
    ],
)
def test_what_the_config_caused(cfg, parts):
    found = explanation(cfg)
    assert all(part in found for part in parts), found


def test_what_it_did_not_cause():
    assert explanation({'type': 'Buggy'}) is None
    assert explanation({'type': 'BuggyInside', 'size': 2}) is None
    for error in (
        ValueError('anything'),
        KeyError('x'),
        KeyError(),
        ImportError('something else'),
        TypeError("f() got an unexpected keyword argument 'a'"),
    ):
        assert explain(error) is None


def test_errors_of_data_loader_processes():
    text = 'Caught UserError in DataLoader worker process 0.\nOriginal Traceback ...\n  File "x"\n'
    text += 'mmpose_lrfg.compat.UserError: image a: b cannot be read\n'
    assert str(explain(UserError(text))) == 'image a: b cannot be read'
    own = UserError('plain')
    assert explain(own) is own


def test_missing_files():
    found = explain(FileNotFoundError(2, 'No such file or directory', 'a.json'))
    assert str(found) == 'a.json: No such file or directory'


def test_missing_tensorboard():
    """As mmengine's TensorboardVisBackend fails."""
    error = ImportError('Please run "pip install future tensorboard" to install the dependencies')
    assert 'pip install tensorboard' in str(explain(error))


def test_a_network_that_does_not_fit_together():
    from mmpose_lrfg.models.heads import YOLOPoseHead

    with pytest.raises(ValueError) as raised:
        YOLOPoseHead(num_keypoints=4, sigmas=[0.1] * 4, keypoint_prior=[(0, 0)])
    assert 'does not fit together: 1 points of a prior for 4' in str(explain(raised.value))


@pytest.mark.parametrize('code', [None, 0, 3])
def test_an_exit_during_a_run_is_no_success(code):
    with (
        pytest.raises(UserError, match=rf'line \d+ of {__file__} ended the run'),
        explained(),
    ):
        sys.exit(code)
