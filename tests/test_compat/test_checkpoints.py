"""Checkpoints of mmengine load under ``weights_only``; crafted ones are refused, nothing runs."""

import os
import pickle
import zipfile

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModel
from mmengine.runner import Runner, load_checkpoint
from mmengine.runner.checkpoint import _load_checkpoint

from .interpreter import run

checked = pytest.mark.skipif(
    tuple(int(n) for n in torch.__version__.split('.')[:2]) < (2, 6),
    reason='torch < 2.6 loads without the check',
)


def checkpoint():
    """What a runner saves, beside its configuration."""
    hub = MessageHub('compat', log_scalars={}, runtime_info={}, resumed_keys={})
    for value in (3.0, 2.0, 1.5):
        hub.update_scalar('train/loss', value)
    hub.update_info('best_score', np.float64(0.5))
    hub.update_info('counted', np.int64(7))
    meta = {
        'sigmas': np.full(3, 0.05, np.float32),
        'flip_indices': np.array([0, 2, 1]),
        'flags': np.array([True, False]),
        'empty': np.zeros((0, 2)),
    }
    return {
        'meta': {'epoch': 1, 'iter': 3, 'dataset_meta': meta},
        'state_dict': torch.nn.Linear(2, 1).state_dict(),
        'message_hub': hub.state_dict(),
    }


@checked
@pytest.mark.parametrize('core', [b'numpy.core', b'numpy._core'])
def test_a_checkpoint_of_mmengine_loads(tmp_path, core):
    saved = checkpoint()
    torch.save(saved, tmp_path / 'a.pth')
    path = tmp_path / 'changed.pth'
    with zipfile.ZipFile(tmp_path / 'a.pth') as old, zipfile.ZipFile(path, 'w') as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith('data.pkl'):  # as NumPy 1 or NumPy 2 would have written it
                data = data.replace(b'numpy._core.', b'numpy.core.')
                data = data.replace(b'numpy.core.', core + b'.')
            new.writestr(name, data)
    loaded = _load_checkpoint(str(path), map_location='cpu')
    hub = MessageHub('resumed')
    hub.load_state_dict(loaded['message_hub'])
    losses = hub.get_scalar('train/loss')
    assert isinstance(losses, HistoryBuffer) and losses.data[0].tolist() == [3.0, 2.0, 1.5]
    assert losses.mean(2) == 1.75 and losses.statistics('min') == 1.5
    assert hub.get_info('best_score') == 0.5 and hub.get_info('counted') == 7
    meta, expected = loaded['meta']['dataset_meta'], saved['meta']['dataset_meta']
    for key, value in expected.items():
        assert meta[key].dtype == value.dtype and np.array_equal(meta[key], value), key
    model = torch.nn.Linear(2, 1)
    load_checkpoint(model, str(path), strict=True)
    assert torch.equal(model.weight, saved['state_dict']['weight'])


class Call:
    """Pickles as a call of ``function(*args)``."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call

    def __call__(self):
        """Pickle requires a callable where the result of a call is called."""


def attribute(owner, name):
    return Call(getattr, owner, name)


def write(path):
    return f'open({str(path)!r}, "w").close()'


#: Make a file that would create ``witness`` if anything in it ran.
CRAFTED = {
    'eval': lambda witness: Call(eval, write(witness)),
    'os.system': lambda witness: Call(os.system, f'touch {witness}'),
    'open': lambda witness: Call(open, str(witness), 'w'),
    'attributes of getattr': lambda witness: Call(
        attribute(attribute(getattr, '__self__'), 'open'), str(witness), 'w'
    ),
    'globals of a method': lambda _: attribute(HistoryBuffer.mean, '__globals__'),
    'initialiser': lambda _: attribute(HistoryBuffer, '__init__'),
    'array of objects': lambda _: np.array([1, None], dtype=object),
    'method of an array': lambda witness: Call(attribute(np.zeros(1), 'tofile'), str(witness)),
}


@checked
@pytest.mark.parametrize('name', CRAFTED)
def test_a_crafted_pickle_is_refused(tmp_path, name):
    witness = tmp_path / 'witness'
    torch.save({'state_dict': {}, 'meta': CRAFTED[name](witness)}, tmp_path / 'bad.pth')
    with pytest.raises(pickle.UnpicklingError):
        _load_checkpoint(str(tmp_path / 'bad.pth'), map_location='cpu')
    assert not witness.exists()


def load_in_a_stock_script(address, folder):
    """Load in an interpreter where MMPose is used without our configs; return what is printed."""
    code = f"""
import os, mmpose_lrfg
os.environ['TORCH_HOME'] = {str(folder / 'cache')!r}
from mmengine.runner.checkpoint import _load_checkpoint
try:
    print(sorted(_load_checkpoint({address!r}, map_location='cpu')))
except Exception as error:
    print(type(error).__name__)
"""
    return run(code).splitlines()[-1]


def load_with_our_configs(address, folder):
    import mmpose_lrfg.register  # noqa: F401

    try:
        return str(sorted(_load_checkpoint(address, map_location='cpu')))
    except Exception as error:
        return type(error).__name__


@checked
@pytest.mark.parametrize('load', [load_in_a_stock_script, load_with_our_configs])
def test_checkpoints_given_by_address(tmp_path, serve, load):
    served, witness = tmp_path / 'served', tmp_path / 'witness'
    served.mkdir()
    address = serve(served).address
    torch.save(checkpoint(), served / 'a.pth')
    assert load(f'{address}/a.pth', tmp_path) == "['message_hub', 'meta', 'state_dict']"
    for name in ('eval', 'os.system'):
        torch.save({'state_dict': {}, 'meta': CRAFTED[name](witness)}, served / f'{name}.pth')
        assert load(f'{address}/{name}.pth', tmp_path) == 'UnpicklingError'
    assert not witness.exists()


@checked
@pytest.mark.parametrize('order', ['mmpose_lrfg, torch', 'torch, mmpose_lrfg'])
def test_a_tool_that_imports_torch_alone_can_load(tmp_path, order):
    torch.save(checkpoint(), tmp_path / 'a.pth')
    code = f"""
import {order}, sys
print('mmengine.runner.checkpoint' in sys.modules)
print(sorted(torch.load({str(tmp_path / 'a.pth')!r}, map_location='cpu')))
"""
    assert run(code).splitlines() == ['False', "['message_hub', 'meta', 'state_dict']"]


class Tiny(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, inputs, mode='loss'):
        return {'loss': self.layer(inputs).mean()}


def test_a_stored_config_does_not_run_on_resuming(tmp_path):
    mark, model = tmp_path / 'ran', Tiny()
    content = {
        'meta': {'epoch': 1, 'iter': 2, 'config': f'{write(mark)}\ngpu_ids = [0]\n'},
        'message_hub': {'log_scalars': {}, 'runtime_info': {}, 'resumed_keys': {}},
        'state_dict': model.state_dict(),
        'optimizer': torch.optim.SGD(model.parameters(), lr=0.1).state_dict(),
    }
    torch.save(content, tmp_path / 'epoch_1.pth')
    runner = Runner(
        Tiny(),
        str(tmp_path / 'work'),
        train_dataloader=torch.utils.data.DataLoader(torch.ones(2, 2)),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        load_from=str(tmp_path / 'epoch_1.pth'),
        resume=True,
        experiment_name='stored_config',
    )
    runner.train()
    assert runner.iter == 2 and torch.equal(runner.model.layer.weight, model.layer.weight)
    assert not mark.exists()
