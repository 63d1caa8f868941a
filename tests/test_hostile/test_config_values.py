"""Configs with values of wrong types, out of range, or of unknown names."""

import copy

import pytest
import toy_job
from mmengine.config import Config
from tiny_training import N6

NAN = float('nan')

PIPELINE = 'train_dataloader.dataset.pipeline.0'

#: Place in the config, bad values, and what the sentence names.
TOY = [
    ('train_dataloader.batch_size', ('x', -1, 0, NAN, None, [], 1.5, 10**30), 'batch_size'),
    ('train_dataloader.num_workers', ('x', -1, NAN, 10**12), 'num_workers'),
    ('train_dataloader.dataset.type', ('NoDataset', 5, NAN, [], None), ''),
    ('train_dataloader.dataset.ann_file', (5, [], NAN), 'ann_file'),
    ('train_dataloader.dataset.data_mode', ('x', '', None, 5), 'CheckedCocoDataset'),
    ('train_dataloader.sampler.shuffle', ('x', [], {}), 'shuffle'),
    (f'{PIPELINE}.strict', ('x', [], NAN), 'strict'),
    (f'{PIPELINE}.nonsense', (1,), 'nonsense'),
    (f'{PIPELINE}.type', ('NoTransform', '', 5), ''),
    ('optim_wrapper.optimizer.lr', ('x', -1, [], {}, NAN), ''),
    ('optim_wrapper.optimizer.type', ('NoOptimizer', 5, None), ''),
    ('train_cfg.max_epochs', ('x', -1, NAN, [], 1.5), 'max_epochs'),
    ('optim_wrapper.clip_grad', (dict(max_norm='x'), dict(max_norm=0)), 'max_norm'),
    ('val_evaluator.score_mode', ('x', 5), ''),
    ('default_hooks.logger.interval', ('x', NAN, []), 'interval'),
    ('default_hooks.checkpoint.save_best', ('x',), 'save_best'),
    ('log_processor.window_size', ('x', [], 0), 'window_size'),
    ('train_dataloader.dataset.pipeline', (5, 'x', None), 'pipeline'),
    ('train_dataloader.dataset.pipeline.1.meta_keys', (5, None, 'x', [5]), 'meta_keys'),
    ('model.type', ('NoModel', 5, [], None), ''),
    ('model.channels', (-1, 'x', 10**15, []), 'ToyPose'),
    ('param_scheduler', ([dict(type='NoScheduler')], [dict(type='LinearLR', start_factor=-1)]), ''),
]

#: The same for the network.
NETWORK = [
    ('backbone.type', ('NoBackbone', 5, None), ''),
    ('backbone.widen_factor', ('x', NAN, [], None), 'widen_factor'),
    ('backbone.widen_factor', (-1, 0), ''),
    ('backbone.out_indices', (5, 'x', [['a']]), 'out_indices'),
    ('neck.norm_cfg', (dict(type='BN', eps=0), dict(type='BN', eps=None)), 'eps'),
    ('head.num_keypoints', ('x', NAN, [], 1.5), 'num_keypoints'),
    ('head.num_keypoints', (0, -1, 4), 'the config'),
    ('head.sigmas', ('x', 5, ['a'] * 17, [0.1]), ''),
    ('head.keypoint_prior', (1.5, [(0, 0)]), 'keypoint_prior'),
    ('head.keypoint_prior', ([(0, 0)] * 16 + [1.5],), 'YOLOPoseHead'),
    ('head.anchors', (5, ['a'], []), ''),
    ('head.metainfo', (5, [], 'none.py', {}, dict(dataset_name='a')), 'metainfo'),
    ('head.loss_obj.loss_weight', ('x', [], NAN), 'loss_weight'),
    ('head.batch_size', ('x', {}, NAN), 'batch_size'),
    ('test_cfg.score_thr', ('x', -1, 2, NAN, []), 'score_thr'),
    ('test_cfg.nms_pre', ('x', 0, -1, 1.5), 'nms_pre'),
    ('test_cfg.max_per_img', ('x', 0, 10**12), 'max_per_img'),
]


def put(content, place, value):
    """Set a value by its place."""
    *way, last = place.split('.')
    for part in way:
        content = content[int(part) if isinstance(content, list) else part]
    content[last] = value


def write(path, content):
    """A config file of plain values."""
    text = ''.join(f'{key} = {value!r}\n' for key, value in content.items())
    path.write_text(f"nan = float('nan')\n{text}del nan\n")
    return path


def listed(cases):
    return [
        pytest.param(place, value, named, id=f'{place}={value!r}'[:60])
        for place, values, named in cases
        for value in values
    ]


@pytest.fixture(scope='module')
def toy_content(tmp_path_factory):
    """The config of a toy training as plain values, and its folder."""
    folder = tmp_path_factory.mktemp('toy')
    path = toy_job.write_config(folder / 'toy.py', toy_job.write_data(folder / 'data'))
    return Config.fromfile(path)._cfg_dict.to_dict(), folder


@pytest.mark.parametrize(('place', 'value', 'named'), listed(TOY))
def test_training(refused, toy_content, tmp_path, place, value, named):
    content, folder = copy.deepcopy(toy_content[0]), toy_content[1]
    put(content, place, value)
    content['experiment_name'] = tmp_path.name  # mmengine shares loggers of one name
    path = write(tmp_path / 'bad.py', content)
    assert named in refused(folder, 'train', path, '--work-dir', tmp_path / 'work')


@pytest.mark.parametrize(('place', 'value', 'named'), listed(NETWORK))
def test_network(refused, tmp_path, place, value, named):
    content = Config.fromfile(N6)._cfg_dict.to_dict()
    put(content['model'], place, value)
    folder = tmp_path / 'in'
    folder.mkdir()
    path = write(folder / 'bad.py', content)
    assert named in refused(folder, 'info', path, '--img-size', 64)


@pytest.mark.parametrize(
    'text',
    [
        'model = 5',
        'model = []',
        "model = 'x'",
        'model = None',
        'x = 1 / 0',
        'import sys; sys.exit(0)',
        '[' * 500,
        "_base_ = 'absent.py'",
        '_base_ = 5',
        'a\0b',
        '',
        'model = dict(type=int)',
        'model = dict(type=print)',
        'model = dict(kind=1)',
        'x = {{_base_.y}}',
        'raise Exception',
        "exec('1 +')",
        'import no_such_module',
    ],
)
def test_texts(refused, tmp_path, text):
    folder = tmp_path / 'in'
    folder.mkdir()
    (folder / 'bad.py').write_text(text)
    refused(folder, 'train', folder / 'bad.py', '--work-dir', tmp_path / 'work')
    refused(folder, 'info', folder / 'bad.py', '--img-size', 64)
