"""Checkpoints: complete, and of this model."""

import os
from collections import OrderedDict

import pytest
import torch

from mmpose_lrfg.checkpoints.fine_tune import check_start
from mmpose_lrfg.checkpoints.loading import check_fits, compare, find_checkpoint, read_checkpoint
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import N6

LINEAR = torch.nn.Linear(2, 3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'a.pth'


def save(path, model=LINEAR, **more):
    torch.save({'state_dict': model.state_dict(), 'meta': {}, 'optimizer': {}, **more}, path)
    return str(path)


class Evil:
    def __reduce__(self):
        return (os.system, ('true',))


def with_attribute(name, inner=True):
    """A checkpoint with an attribute of an OrderedDict, which pickle stores."""
    state = OrderedDict(LINEAR.state_dict())
    content = OrderedDict(state_dict=state)
    setattr(state if inner else content, name, 5)
    return content


def test_comparison_counts_and_names():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 3))
    state = model.state_dict()
    assert not compare(state, model)
    state['head.weight'] = state.pop('1.weight')
    state['0.weight'] = torch.zeros(5, 2)
    found = compare(state, model)
    assert found.missing == ['1.weight'] and found.unexpected == ['head.weight']
    assert found.shapes == ['0.weight (5, 2) instead of (3, 2)']
    assert str(found).startswith('2 tensors fit, 1 missing (1.weight); 1 unexpected (head.weight)')


def test_parallel_wrappers_make_no_difference(path):
    wrapped = torch.nn.Module()
    wrapped.module = LINEAR
    assert check_fits(save(path, wrapped), LINEAR) is None
    assert check_fits(save(path), wrapped) is None


def test_partial_checkpoints_only_where_allowed(path):
    save(path)
    model = torch.nn.Linear(4, 3)
    with pytest.raises(UserError, match=r'another network.*1 of another shape'):
        check_fits(str(path), model)
    assert '1 tensors fit' in check_start(str(path), model)
    with pytest.raises(UserError, match='another network'):
        check_start(str(path), torch.nn.Conv1d(7, 7, 7))


@pytest.mark.parametrize('share', [0, 0.1, 0.5, 0.99])
def test_truncated(path, share):
    save(path, torch.nn.Linear(100, 100))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(UserError, match=r'a\.pth is truncated or damaged'):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        (b'hello world', 'damaged'),
        ({'state_dict': {}, 'more': Evil()}, 'could run code'),
        (torch.zeros(2), 'holds a Tensor'),
        ({'state_dict': [1]}, 'state_dict must be a dict, got a list'),
        ({'state_dict': {}, 'meta': 5}, 'meta must be a dict, got a int'),
        ({'state_dict': {1: torch.zeros(1)}}, 'must be strings, got 1'),
        ({1: torch.zeros(1)}, 'must be strings, got 1'),
        # Attributes that replace methods.
        *((with_attribute(name), 'damaged') for name in ('get', 'pop', '_metadata')),
        *((with_attribute(name, inner=False), 'damaged') for name in ('get', 'pop', '_metadata')),
    ],
)
def test_no_checkpoint(path, content, reason):
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(UserError, match=reason):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('epoch_13.pth', r'Did you mean epoch_12\.pth'),
        ('', r'is a folder.* Did you mean .*epoch_12\.pth'),
    ],
)
def test_misspelt_checkpoint(tmp_path, name, reason):
    save(tmp_path / 'epoch_2.pth')
    save(tmp_path / 'epoch_12.pth')
    with pytest.raises(UserError, match=reason):
        find_checkpoint(str(tmp_path / name))


def test_addresses_are_read_like_files(tmp_path, serve):
    folder = tmp_path / 'served'
    folder.mkdir()
    save(folder / 'good.pth')
    save(folder / 'evil.pth', more=Evil())
    torch.save({'state_dict': {}}, folder / 'empty.pth')
    address = serve(folder).address
    assert check_fits(find_checkpoint(f'{address}/good.pth'), LINEAR) is None
    for name, reason in (
        ('evil', 'could run code'), ('empty', '0 tensors fit, 2 missing'), ('none', '404'),
    ):  # fmt: skip
        with pytest.raises(UserError, match=reason):
            check_start(find_checkpoint(f'{address}/{name}.pth'), LINEAR)
    for other in ('s3://host/x.pth', 'file:///x.pth', 'openmmlab://x'):
        with pytest.raises(UserError, match='only files and http:// or https:// addresses'):
            find_checkpoint(other)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
@pytest.mark.parametrize('check', [check_fits, check_start])
def test_weights_that_are_not_finite_are_refused(path, value, dtype, check):
    model = torch.nn.Linear(2, 3).to(dtype)
    model.weight.data[1, 1] = value
    with pytest.raises(UserError, match=r'1 tensors hold NaN or infinity \(weight\)'):
        check(save(path, model), LINEAR)


@pytest.mark.parametrize('value', [1.0, float('nan')])
def test_views_of_terabytes(path, value):
    view = torch.full((1,), value).expand(2**20, 2**20)
    torch.save({'state_dict': {'weight': view, 'bias': torch.zeros(3)}}, path)
    with pytest.raises(UserError, match='another network' if value == 1 else 'NaN'):
        check_fits(str(path), LINEAR)


def test_released_weights_have_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_checkpoint('n6') == str(N6.path())
    save(tmp_path / 'n6')
    assert find_checkpoint('n6') == 'n6', 'a file comes first'
