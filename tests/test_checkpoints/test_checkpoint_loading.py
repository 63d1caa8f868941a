"""Checkpoints: complete, and of this model."""

import os
from collections import OrderedDict

import pytest
import torch

from mmpose_lrfg.checkpoints.loading import check_fits, compare, find_checkpoint, read_checkpoint
from mmpose_lrfg.utils.errors import UserError


def save(path, model=None, **more):
    model = model or torch.nn.Linear(2, 3)
    torch.save({'state_dict': model.state_dict(), 'meta': {}, 'optimizer': {}, **more}, path)
    return path


class Evil:
    def __reduce__(self):
        return (os.system, ('true',))


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


def test_parallel_wrappers_make_no_difference(tmp_path):
    model = torch.nn.Linear(2, 3)
    wrapped = torch.nn.Module()
    wrapped.module = model
    path = save(tmp_path / 'a.pth', wrapped)
    assert check_fits(str(path), model) is None
    assert check_fits(str(save(tmp_path / 'b.pth', model)), wrapped) is None


def test_partial_checkpoints_only_where_allowed(tmp_path):
    path = str(save(tmp_path / 'a.pth', torch.nn.Linear(2, 3)))
    model = torch.nn.Linear(4, 3)
    with pytest.raises(UserError, match=r'another network.*1 of another shape'):
        check_fits(path, model)
    assert '1 tensors fit' in check_fits(path, model, partial=True)
    with pytest.raises(UserError, match='another network'):
        check_fits(path, torch.nn.Conv1d(7, 7, 7), partial=True)


@pytest.mark.parametrize('share', [0, 0.1, 0.5, 0.99])
def test_truncated(tmp_path, share):
    path = save(tmp_path / 'a.pth', torch.nn.Linear(100, 100))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(UserError, match=r'a\.pth is truncated or damaged'):
        read_checkpoint(path)


def test_other_files_are_refused_and_code_is_not_run(tmp_path):
    text = tmp_path / 'text.pth'
    text.write_text('hello world')
    with pytest.raises(UserError, match='damaged'):
        read_checkpoint(text)
    evil = save(tmp_path / 'evil.pth', more=Evil())
    with pytest.raises(UserError, match='could run code'):
        read_checkpoint(evil)
    torch.save(torch.zeros(2), tmp_path / 'tensor.pth')
    with pytest.raises(UserError, match='holds a Tensor'):
        read_checkpoint(tmp_path / 'tensor.pth')


def test_misspelt_checkpoint(tmp_path):
    save(tmp_path / 'epoch_12.pth')
    with pytest.raises(UserError, match=r'Did you mean epoch_12\.pth'):
        find_checkpoint(str(tmp_path / 'epoch_13.pth'))
    with pytest.raises(UserError, match=r'is a folder.* Did you mean .*epoch_12\.pth'):
        find_checkpoint(str(tmp_path))
    with pytest.raises(UserError, match='nor does the folder'):
        find_checkpoint(str(tmp_path / 'none' / 'x.pth'))


def test_addresses_are_read_like_files(tmp_path, serve):
    (tmp_path / 'served').mkdir()
    model = torch.nn.Linear(2, 3)
    save(tmp_path / 'served' / 'good.pth', model)
    save(tmp_path / 'served' / 'evil.pth', more=Evil())
    torch.save({'state_dict': {}}, tmp_path / 'served' / 'empty.pth')
    address = serve(tmp_path / 'served').address
    assert check_fits(find_checkpoint(f'{address}/good.pth'), model) is None
    with pytest.raises(UserError, match='could run code'):
        check_fits(find_checkpoint(f'{address}/evil.pth'), model)
    for partial in (False, True):
        with pytest.raises(UserError, match='0 tensors fit, 2 missing'):
            check_fits(find_checkpoint(f'{address}/empty.pth'), model, partial)
    with pytest.raises(UserError, match='404'):
        find_checkpoint(f'{address}/none.pth')
    for other in ('s3://host/x.pth', 'file:///x.pth', 'openmmlab://x'):
        with pytest.raises(UserError, match='only files and http:// or https:// addresses'):
            find_checkpoint(other)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
def test_weights_that_are_not_finite_are_refused(tmp_path, value, dtype):
    model = torch.nn.Linear(2, 3).to(dtype)
    with torch.no_grad():
        model.weight[1, 1] = value
    path = str(save(tmp_path / 'a.pth', model))
    for partial in (False, True):
        with pytest.raises(UserError, match=r'1 tensors hold NaN or infinity \(weight\)'):
            check_fits(path, torch.nn.Linear(2, 3), partial)


@pytest.mark.parametrize('value', [1.0, float('nan')])
def test_views_of_terabytes(tmp_path, value):
    view = torch.full((1,), value).expand(2**20, 2**20)
    torch.save({'state_dict': {'weight': view, 'bias': torch.zeros(3)}}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match='another network' if value == 1 else 'NaN'):
        check_fits(str(tmp_path / 'a.pth'), torch.nn.Linear(2, 3))


@pytest.mark.parametrize('name', ['get', 'pop', '_metadata'])
@pytest.mark.parametrize('inner', [True, False])
def test_attributes_that_replace_methods(tmp_path, name, inner):
    state = OrderedDict(torch.nn.Linear(2, 3).state_dict())
    content = OrderedDict(state_dict=state)
    setattr(state if inner else content, name, 5)
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(UserError, match='damaged'):
        read_checkpoint(tmp_path / 'a.pth')


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        ({'state_dict': [1]}, 'state_dict must be a dict, got a list'),
        ({'state_dict': {}, 'meta': 5}, 'meta must be a dict, got a int'),
        ({'state_dict': {1: torch.zeros(1)}}, 'must be strings, got 1'),
        ({1: torch.zeros(1)}, 'must be strings, got 1'),
    ],
)
def test_contents_of_the_wrong_type(tmp_path, content, reason):
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(UserError, match=reason):
        read_checkpoint(tmp_path / 'a.pth')
