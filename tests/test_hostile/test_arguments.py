"""Arguments of all tools: wrong types, out of range, empty, missing files, unknown names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_network
import toy_job

from mmpose_lrfg.cli.main import COMMANDS

TOOLS = Path(__file__).parents[2] / 'tools'

#: Values that are no positive number of things.
COUNTS = ('-1', '0', '1.5', 'x', 'nan', '1e300', '9' * 30, '9' * 5000, '')
SHARES = ('-0.1', '1.1', 'nan', 'inf', 'x', '')

#: Arguments of each command that are right; words in capitals are filled in.
GOOD = {
    'ablation': 'CONFIG --out OUT',
    'anchors': 'JSON',
    'benchmark formats': 'CONFIG CHECKPOINT --data JSON',
    'benchmark models': '--models lrfg-n6 --counts',
    'benchmark tracking': '--weights s6',
    'benchmark training': '--data DATA',
    'check': 'JSON --img-dir PICTURES',
    'compare': '--data JSON --models a.json --out OUT',
    'convert higherhrnet': 'CHECKPOINT OUT',
    'convert labels': 'JSON OUT --to yolo',
    'convert yolopose': 'CHECKPOINT OUT',
    'demo': '--out OUT',
    'export': 'CONFIG CHECKPOINT --out OUT',
    'info': 'CONFIG',
    'merge': 'DATA',
    'plot': 'DATA',
    'predict': 'PICTURES --config CONFIG --checkpoint CHECKPOINT --out OUT',
    'publish': 'CONFIG CHECKPOINT --out OUT',
    'synthesize': 'OUT --train 1 --val 1',
    'test': 'CONFIG CHECKPOINT --work-dir OUT',
    'train': 'CONFIG --work-dir OUT',
    'web': 'DATA --port 0',
}

#: Flags of each command by the values that they refuse.
COUNT_FLAGS = {
    'ablation': '--epochs --seeds', 'anchors': '--img-size',
    'benchmark formats': '--threads --limit', 'benchmark models': '--repetitions --img-size',
    'benchmark tracking': '--videos --frames --stride',
    'benchmark training': '--batch-size --limit', 'convert labels': '--digits',
    'demo': '--epochs', 'export': '--batch-size --opset', 'info': '--img-size',
    'predict': '--batch-size --img-size --stride --actors',
    'synthesize': '--img-size', 'train': '--img-size --interval',
}  # fmt: skip
SHARE_FLAGS = {
    'compare': '--score-thr', 'export': '--nms-thr', 'predict': '--score-thr --keypoint-thr',
}  # fmt: skip
FILE_FLAGS = {
    'ablation': '--recipe', 'benchmark formats': '--calib --img-dir --data --model',
    'benchmark training': '--data', 'check': '--img-dir', 'compare': '--img-dir',
    'convert higherhrnet': '--config', 'convert labels': '--img-dir',
    'convert yolopose': '--into', 'export': '--calib',
    'predict': '--model --checkpoint --config',
    'train': '--cfg-options',
}  # fmt: skip


def pairs(flags):
    return [(name, flag) for name, text in flags.items() for flag in text.split()]


NUMBERS = [
    *((name, flag, COUNTS) for name, flag in pairs(COUNT_FLAGS)),
    *((name, flag, SHARES) for name, flag in pairs(SHARE_FLAGS)),
    ('benchmark models', '--timeout', ('-1', '0', 'nan', 'inf', 'x')),
    ('benchmark training', '--workers', ('-1', 'x', '9' * 30)),
    ('synthesize', '--seed', ('-1', 'x', '9' * 30)),
    ('train', '--wait-time', ('-1', 'nan', 'x')),
    ('web', '--port', ('-1', 'x', '65536')),
]


@pytest.fixture(scope='module')
def places(tmp_path_factory):
    """What the capital words stand for, and the folder with all of it."""
    root = tmp_path_factory.mktemp('in')
    data = toy_job.write_data(root / 'data')
    config = tiny_network.write_config(root / 'tiny.py')
    checkpoint = root / 'tiny.pth'
    checkpoint.write_bytes(b'is not read')
    out = tmp_path_factory.mktemp('out') / 'out'
    return dict(
        root=root, DATA=data, JSON=data / 'people.json', PICTURES=data / 'images', CONFIG=config,
        CHECKPOINT=checkpoint, OUT=out,
    )  # fmt: skip


def arguments(name, places):
    return [str(places.get(word, word)) for word in GOOD[name].split()]


def test_every_command_is_here():
    assert set(COMMANDS) - {'doctor', 'run', 'track', 'val'} == set(GOOD) - {'test'}


@pytest.mark.parametrize(
    ('name', 'flag', 'value'),
    [
        pytest.param(name, flag, value, id=f'{name} {flag} {value[:9]}')
        for name, flag, values in NUMBERS
        for value in values
    ],
)
def test_numbers(refused, places, name, flag, value):
    assert flag in refused(places['root'], name, *arguments(name, places), flag, value)


@pytest.mark.parametrize(
    'value', ['absent', 'x' * 5000, '', 'a/b/c.py', 'a\nerror: b'], ids=range(5)
)
@pytest.mark.parametrize(('name', 'flag'), pairs(FILE_FLAGS))
def test_files(refused, places, name, flag, value):
    refused(places['root'], name, *arguments(name, places), flag, value)


@pytest.mark.parametrize('value', ['', ' ', 'absent.py', 'x' * 5000], ids=range(4))
@pytest.mark.parametrize('name', sorted(set(GOOD) - {'demo', 'synthesize'}))
def test_first_arguments(refused, places, name, value):
    words = arguments(name, places)
    words[1 if words[0].startswith('--') else 0] = value
    refused(places['root'], name, *words)


@pytest.mark.parametrize('name', GOOD)
def test_unknown_flags(refused, places, name):
    assert '--nonsense' in refused(places['root'], name, *arguments(name, places), '--nonsense')


@pytest.mark.parametrize('value', ['foo', 'cuda:x', 'cuda:-1', 'tpu', 'cpu:1'])
@pytest.mark.parametrize('name', ['benchmark models', 'benchmark training', 'compare', 'predict'])
def test_devices(refused, places, name, value):
    assert '--device' in refused(places['root'], name, *arguments(name, places), '--device', value)


@pytest.mark.parametrize(
    'option', ['x', '=1', 'model', 'absent.key=1', 'model=', 'model.head.absent=1', '[=1', 'a=[(']
)
def test_options_of_a_config(refused, places, option):
    words = arguments('train', places)
    refused(places['root'], 'train', *words, '--cfg-options', option)


#: What the arguments alone show: tool, what it is given, what is missing here.
EARLY = [
    ('export', 'CONFIG CHECKPOINT --int8', ''),
    ('export', 'CONFIG absent.pth', ''),
    ('export', 'CONFIG CHECKPOINT', 'onnx'),
    ('predict', 'absent.jpg --out OUT', ''),
    ('predict', 'PICTURES --show', ''),
    ('predict', 'PICTURES --out OUT --runtime onnx', 'onnxruntime'),
    ('predict', 'PICTURES --out OUT --track bytetrack', 'trackers'),
    ('predict', 'PICTURES --out OUT --engine ray', 'ray'),
    ('predict', 'PICTURES --out OUT --shard 1/2 --show', ''),
    ('predict', 'rstp://camera --out OUT', ''),
    ('train', 'absent.py', ''),
    ('test', 'CONFIG absent.pth', ''),
    ('convert labels', 'JSON OUT --to yolo --img-dir absent', ''),
    ('benchmark formats', 'CONFIG CHECKPOINT --calib absent', ''),
    ('check', 'absent.json', ''),
    ('compare', '--data JSON --img-dir absent --out OUT', ''),
]
SCRIPT = """
import pathlib, runpy, sys
missing, name, *sys.argv[1:] = sys.argv[1:]
if missing:
    sys.modules[missing] = None
    import importlib.util
    find = importlib.util.find_spec
    importlib.util.find_spec = lambda n, *a: None if n == missing else find(n, *a)
try:
    path = pathlib.Path(name)
    if path.is_file() and 'def main' in path.read_text():
        code = runpy.run_path(name)['main']()
    else:
        from mmpose_lrfg.cli.main import main
        code = main([*path.stem.split(), *sys.argv[1:]])
except SystemExit as end:
    code = end.code
print(code, 'torch' in sys.modules)
"""


def test_what_arguments_show_needs_no_torch(places):
    env = {key: value for key, value in os.environ.items() if 'DISPLAY' not in key}
    for name, words, missing in EARLY:
        filled = [str(places.get(word, word)) for word in words.split()]
        command = [sys.executable, '-c', SCRIPT, missing, str(TOOLS / f'{name}.py'), *filled]
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        assert done.stdout.split()[-2:] == ['2', 'False'], (name, words, done.stderr)
        assert 'Traceback' not in done.stderr
