"""Pickles are read as data: containers and tensors come back, code does not run."""

import builtins
import io
import os
import pickle
import subprocess
from collections import OrderedDict

import pytest
import torch

from mmpose_lrfg.checkpoints.restricted_pickle import Global, Machine, Record
from mmpose_lrfg.checkpoints.torch_files import StoredTensor, read_torch_file
from mmpose_lrfg.utils.errors import UserError


def read(data: bytes):
    return Machine({}, lambda pid: pid, 'it').load(io.BytesIO(data))


class Call:
    """Pickles as a call of ``function(*args)``."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


class Thing:
    """Something that a checkpoint may hold beside weights."""

    def __init__(self):
        self.size = 3


PLAIN = {
    'numbers': [1, -5, 2**40, 2**70, 1.5, True, False, None],
    'text': 'ä',
    'bytes': b'\x00\xff',
    'nested': OrderedDict(a=(1, (2, 3, 4), (), (1, 2, 3, 4)), b=frozenset({1}), c={2, 3}),
    7: [[], {}, set()],
}


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_containers_and_numbers(protocol):
    data = dict(PLAIN) if protocol >= 3 else {k: v for k, v in PLAIN.items() if k != 'bytes'}
    loaded = read(pickle.dumps(data, protocol))
    assert loaded == data
    assert isinstance(loaded['nested'], OrderedDict)


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_object_becomes_a_record(protocol):
    thing = read(pickle.dumps([Thing()], protocol))[0]
    assert isinstance(thing, Record)
    assert thing.state == {'size': 3}
    if protocol >= 2:
        assert thing.cls == Global(Thing.__module__, 'Thing')


def test_a_class_that_does_not_exist_is_only_a_name():
    thing = read(b'\x80\x02cno.such.module\nThing\n)\x81}X\x01\x00\x00\x00aK\x01sb.')
    assert str(thing.cls) == 'no.such.module.Thing'
    assert thing.state == {'a': 1}


def payloads(witness):
    """What would leave a file behind if it ran, and the name by which it is refused."""
    tell = f'open({str(witness)!r}, "w").close()'
    touch = f'touch {witness}'
    return {
        'system': Call(os.system, touch),
        'builtins.exec': Call(exec, tell),
        'builtins.eval': Call(eval, tell),
        'io.open': Call(builtins.open, str(witness), 'w'),
        'builtins.getattr': Call(getattr, 'x', 'upper'),
        'subprocess.Popen': Call(subprocess.Popen, ['touch', str(witness)]),
        'torch.storage._load_from_bytes': Call(torch.storage._load_from_bytes, b'x'),
        'builtins.__import__': Call(__import__, 'os'),
    }


@pytest.mark.parametrize('name', payloads(''))
@pytest.mark.parametrize('form', ['zip', 'old', 'nested'])
def test_code_is_refused_by_name(tmp_path, name, form):
    witness = tmp_path / 'witness'
    payload = payloads(witness)[name]
    content = {'model': None, 'state_dict': {'weight': torch.ones(2)}, 'epoch': payload}
    if form == 'nested':
        content['epoch'] = OrderedDict(a=[{'b': (1, [payload])}])
    torch.save(content, tmp_path / 'a.pt', _use_new_zipfile_serialization=form != 'old')
    with pytest.raises(UserError, match=f'{name}.* nothing in it was run'):
        read_torch_file(tmp_path / 'a.pt')
    assert not witness.exists()


def test_the_payloads_would_run_without_the_check(tmp_path):
    witness = tmp_path / 'witness'
    torch.save(payloads(witness)['builtins.exec'], tmp_path / 'a.pt')
    torch.load(tmp_path / 'a.pt', weights_only=False)
    assert witness.exists()


@pytest.mark.parametrize(
    'data',
    [
        b"(S'touch witness'\nios\nsystem\n.",  # INST: an old-style object
        b"(cos\nsystem\nS'touch witness'\no.",  # OBJ: another
        b'\x80\x02\x82\x01.',  # an extension code
        b'\x80\x05\x97.',  # an out-of-band buffer
        b'\x80\x02cos\nsystem\n}b.',  # changes a global
        b'Pid\n.',  # a persistent id in text
    ],
)
def test_unusual_instructions_are_refused(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match='is refused'):
        read(data)
    assert not list(tmp_path.iterdir())


def test_making_an_object_of_a_function_runs_nothing(tmp_path):
    made = read(b'\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85\x81.')
    assert isinstance(made, Record)
    assert made.args == ('true',)


def test_a_truncated_pickle():
    data = pickle.dumps(PLAIN, 4)
    for end in range(len(data)):
        with pytest.raises(UserError, match=r'truncated'):
            read(data[:end])


@pytest.mark.parametrize('data', [b'', b'.', b'0.', b'R.', b't.', b'h\x07.', b'\xff\xff', b'}(a.'])
def test_nonsense(data):
    with pytest.raises(UserError):
        read(data)


DTYPES = [
    *(torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32),
    *(torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64),
]


@pytest.mark.parametrize('zip_format', [True, False], ids=['zip', 'old'])
@pytest.mark.parametrize('dtype', DTYPES, ids=str)
def test_tensors(tmp_path, dtype, zip_format):
    base = torch.arange(24).remainder(2 if dtype == torch.bool else 24).to(dtype).view(4, 6)
    parts = [base, base[1:3, ::2], base.t(), base[:0], base[2, 3]]
    torch.save(parts, tmp_path / 'a.pt', _use_new_zipfile_serialization=zip_format)
    loaded = read_torch_file(tmp_path / 'a.pt')
    for stored, part in zip(loaded, parts):
        assert isinstance(stored, StoredTensor)
        assert stored.load().dtype == dtype
        assert torch.equal(stored.load(), part)


@pytest.mark.parametrize('zip_format', [True, False], ids=['zip', 'old'])
def test_a_truncated_file(tmp_path, zip_format):
    whole, cut = tmp_path / 'a.pt', tmp_path / 'cut.pt'
    torch.save({'a': torch.rand(50)}, whole, _use_new_zipfile_serialization=zip_format)
    data = whole.read_bytes()
    for end in [*range(0, len(data), 41), len(data) - 1]:
        cut.write_bytes(data[:end])
        with pytest.raises(UserError, match=r'cut\.pt'):
            read_torch_file(cut)['a'].load()


@pytest.mark.filterwarnings('ignore:TypedStorage')
def test_a_tensor_larger_than_its_storage(tmp_path):
    class Greedy:
        def __reduce__(self):
            storage = torch.zeros(2).untyped_storage()
            typed = torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32)
            args = (typed, 0, (10**6, 10**6), (0, 0), False, OrderedDict())
            return torch._utils._rebuild_tensor_v2, args

    torch.save([Greedy()], tmp_path / 'a.pt')
    with pytest.raises(UserError, match='larger than its storage'):
        read_torch_file(tmp_path / 'a.pt')


def test_a_compiled_program_is_no_checkpoint(tmp_path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), tmp_path / 'a.pt')
    with pytest.raises(UserError, match='TorchScript'):
        read_torch_file(tmp_path / 'a.pt')
