"""Files of torch.save are read as data: containers and tensors are returned, nothing is called."""

import builtins
import functools
import io
import os
import pickle
import subprocess
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from mmpose_lrfg.checkpoints.safe_load import Stub, safe_load
from mmpose_lrfg.utils.errors import UserError

REBUILD = torch._utils._rebuild_tensor_v2


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'a.pt'


def save(path, content, zip_format=True):
    torch.save(content, path, _use_new_zipfile_serialization=zip_format)
    return path


def write_pickle(path, content: bytes, storage=b''):
    """Write a file as torch.save does, with a pickle of our own and one storage, 'k'."""
    with zipfile.ZipFile(path, 'w') as archive:
        records = {'data.pkl': content, 'version': b'3', 'byteorder': b'little'}
        for name, data in {**records, 'data/k': storage}.items():
            archive.writestr(f'a/{name}', data)
    return path


class Call:
    """Pickles as a call of ``function(*args)``, then with ``state``."""

    def __init__(self, function, *args, state=None):
        self.call = (function, args) if state is None else (function, args, state)

    def __reduce__(self):
        return self.call

    def __call__(self):
        """Pickle requires a callable where the result of a call is called."""


class Thing:
    """Something that a checkpoint may hold beside weights."""

    def __init__(self):
        self.size = 3


@pytest.mark.parametrize('protocol', [2, 3, 4, 5])
def test_plain_data_and_objects(path, protocol):
    plain = {
        'numbers': [1, -5, 2**40, 2**70, 1.5, True, False, None],
        'text': 'ä',
        'nested': OrderedDict(a=(1, (2, 3, 4), (), (1, 2, 3, 4)), b=2.5),
        7: [[], {}],
    }
    if protocol >= 3:
        plain['bytes'] = b'\x00\xff'
    loaded, thing = safe_load(write_pickle(path, pickle.dumps((plain, Thing()), protocol)))
    assert loaded == plain
    assert isinstance(thing, Stub) and thing.state == {'size': 3}
    assert str(type(thing)) == f'{Thing.__module__}.Thing'


@pytest.mark.parametrize('cls', ['no.such.module\nThing', 'os\nsystem', 'builtins\neval'])
def test_an_object_of_any_class_is_a_stub(path, cls):
    made = safe_load(write_pickle(path, b'\x80\x02c' + cls.encode() + b'\n)\x81}U\x01aK\x01sb.'))
    assert str(type(made)) == cls.replace('\n', '.')
    assert made.state == {'a': 1}


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
        'functools.partial': Call(functools.partial, os.system, touch),
        'torch.hub.load': Call(torch.hub.load, str(witness.parent), 'x'),
        'torch.jit._serialization.load': Call(torch.jit.load, str(witness)),
        'torch.serialization.load': Call(torch.load, str(witness)),
        # Of an allowed module, another function.
        'torch._utils._import_dotted_name': Call(torch._utils._import_dotted_name, 'os'),
        # The function of a tensor with a type of its own.
        'posix.system': Call(torch._tensor._rebuild_from_type_v2, os.system, int, (touch,), None),
    }  # fmt: skip


@pytest.mark.parametrize('name', payloads(Path('x')))
def test_code_is_refused_by_name(tmp_path, path, name):
    payload = payloads(tmp_path / 'witness')[name]
    content = {'model': None, 'weight': torch.ones(2), 'a': OrderedDict(b=[(1, [payload])])}
    for zip_format, message in ((True, f'it calls .*{name}'), (False, 'could run code|damaged')):
        with pytest.raises(UserError, match=message):
            safe_load(save(path, content, zip_format))
        assert list(tmp_path.iterdir()) == [path]


def test_the_payloads_would_run_without_the_check(tmp_path, path):
    witness = tmp_path / 'witness'
    torch.load(save(path, payloads(witness)['builtins.exec']), weights_only=False)
    assert witness.exists()


TOUCH = b'U\x0dtouch witness'
CRAFTED = {
    'INST': b"(S'touch witness'\nios\nsystem\n.",
    'OBJ': b"(cos\nsystem\nS'touch witness'\no.",
    'extension code': b'\x80\x02\x82\x01.',
    'out-of-band buffer': b'\x80\x05\x97.',
    'persistent id in text': b'Pid\n.',
    'a dotted name': b'\x80\x04\x8c\x05torch\x8c\x09os.system\x93' + TOUCH + b'\x85R.',
    'copyreg': b'\x80\x02ccopyreg\n__newobj__\ncos\nsystem\n\x85R.',
    'appends to a function': b'\x80\x02cos\nsystem\nK\x01a.',
    'an object of an object': b'\x80\x02cos\nsystem\n)\x81)\x81.',
    'a bytearray of 2 ** 62 bytes': b'\x80\x05\x96' + (2**62).to_bytes(8, 'little') + b'.',
    'text of 2 ** 62 bytes': b'\x80\x04\x8d' + (2**62).to_bytes(8, 'little') + b'.',
    'a list of a name': b'\x80\x02c__builtin__\nlist\ncos\nsystem\n\x85R.',
    'copies of a large list': b'\x80\x02](' + b'K\x01' * 1000 + b'eq\x000'
    + b'c__builtin__\ntuple\nq\x010(' + b'h\x01h\x00\x85R' * 1000 + b'l.',
    'a storage that is not there': b'\x80\x02(U\x07storagectorch\nFloatStorage\nU\x010NK\x01tQ.',
    **{str(data): data for data in (b'', b'.', b'0.', b'R.', b't.', b'h\x07.', b'\xff', b'}(a.')},
}  # fmt: skip


@pytest.mark.parametrize('name', CRAFTED)
def test_crafted_pickles_are_refused(tmp_path, path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_pickle(path, CRAFTED[name])
    before = REBUILD.__dict__.copy(), torch.load
    with pytest.raises(UserError, match=r'a\.pt'):
        safe_load(path)
    assert list(tmp_path.iterdir()) == [path]
    assert (REBUILD.__dict__, torch.load) == before


def test_a_large_memo_takes_no_memory(path):
    """C's unpickler would allocate 32 GB for this."""
    assert safe_load(write_pickle(path, b'\x80\x02Nr\xff\xff\xff\x7f.')) is None


def test_state_does_not_change_containers_and_tensors(path):
    """A pickled attribute can replace a method of an OrderedDict; BUILD can resize a tensor."""
    changed = Call(OrderedDict, state={'items': os.system})
    tensor = Call(REBUILD, torch.ones(4)._typed_storage(), 0, (4,), (1,), False, OrderedDict(),
                  state=(torch.ones(9)._typed_storage(), 0, (3, 3), (3, 1)))  # fmt: skip
    loaded = safe_load(save(path, [changed, tensor]))
    assert loaded[0] == {} and list(loaded[0].items()) == []
    assert torch.equal(loaded[1], torch.ones(4))


DTYPES = [
    *(torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32),
    *(torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64),
]


@pytest.mark.parametrize('zip_format', [True, False])
@pytest.mark.parametrize('dtype', DTYPES, ids=str)
def test_tensors(path, dtype, zip_format):
    base = torch.arange(24).remainder(2 if dtype == torch.bool else 24).to(dtype).view(4, 6)
    parts = [base, base[1:3, ::2], base.t(), base[:0], base[2, 3], torch.nn.Parameter(base, False)]
    loaded = safe_load(save(path, {'parts': parts}, zip_format))['parts']
    for stored, part in zip(loaded, parts, strict=True):
        assert stored.dtype == dtype and torch.equal(stored, part)


def test_truncated_files(path):
    data = save(path, {'a': torch.rand(50)}).read_bytes()
    for end in [*range(0, len(data), 41), len(data) - 1]:
        path.write_bytes(data[:end])
        with pytest.raises(UserError, match=r'a\.pt'):
            safe_load(path)


GREEDY = {
    'more elements': (0, (10**6, 10**6), (10**6, 1)),
    'one element repeated': (0, (10**6, 10**6), (0, 0)),
    'far apart': (0, (2, 1), (10**12, 1)),
    'behind the end': (10**12, (1,), (1,)),
    'before the start': (-1, (1,), (1,)),
    'backwards': (1, (2,), (-1,)),
    'of lists': (0, ([0], 10**12), (1, 1)),
    'of many dimensions': (0, (1,) * 10**4, (1,) * 10**4),
}


@pytest.mark.filterwarnings('ignore:TypedStorage')
@pytest.mark.parametrize('what', GREEDY)
def test_tensors_larger_than_their_storage(path, what):
    args = (torch.zeros(2)._typed_storage(), *GREEDY[what], False, OrderedDict())
    with pytest.raises(UserError, match=r'a\.pt'):
        safe_load(save(path, [Call(REBUILD, *args)]))


@pytest.mark.parametrize('count', [10**4, 10**12, -1])
def test_storages_larger_than_in_the_file(path, count):
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            return ('storage', torch.FloatStorage, 'k', 'cpu', count) if obj == 'here' else None

    stream = io.BytesIO()
    Pickler(stream, 2).dump('here')
    with pytest.raises(UserError, match=r'a\.pt'):
        safe_load(write_pickle(path, stream.getvalue(), bytes(8)))


def test_a_compiled_program_is_no_checkpoint(path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), path)
    with pytest.raises(UserError, match='TorchScript'):
        safe_load(path)


def test_a_tar_archive_is_not_unpacked(path):
    with tarfile.open(path, 'w') as archive:
        link = tarfile.TarInfo('storages')
        link.type, link.linkname = tarfile.SYMTYPE, '/dev/zero'
        archive.addfile(link)
    with pytest.raises(UserError, match=r'not a checkpoint|damaged'):
        safe_load(path)
