"""Killed in the middle of an epoch and resumed: the same weights, bit by bit."""

import multiprocessing
import os
import random
import signal

import numpy as np
import pytest
import torch
import toy_job
from mmengine.config import Config
from mmpose.registry import MODELS

from mmpose_lrfg.checkpoints.loading import read_checkpoint
from mmpose_lrfg.engine.resume import choose_start, find_resumable, random_state, set_random_state
from mmpose_lrfg.utils.errors import UserError


@MODELS.register_module(force=True)
class NoisyPose(toy_job.ToyPose):
    """Draws from every generator in training, and in evaluation too.

    Args:
        kill_at (int): The iteration in which the process is killed; -1 for none.
    """

    def __init__(self, kill_at=-1, **kwargs):
        super().__init__(**kwargs)
        self.norm = torch.nn.BatchNorm2d(3)
        self.dropout = torch.nn.Dropout(0.5)
        self.kill_at = kill_at

    def forward(self, inputs, data_samples=None, mode='tensor'):
        noise = random.random() + np.random.rand() + np.random.randn() + torch.rand(1)
        if mode != 'loss':
            return super().forward(inputs, data_samples, mode)
        if self.calls == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.calls += 1
        images = torch.stack(list(inputs)).float() / 255
        features = self.layer(self.dropout(self.norm(images))).mean()
        return {'loss_kpt': (features - noise).square().sum() + 0.1 * self.shift.abs()}


# Epochs of three iterations, two of which make a step: one gradient waits at the end of an epoch.
EXTRA = """
model['type'] = 'NoisyPose'
train_cfg['max_epochs'] = 3
optim_wrapper = dict(
    accumulative_counts=2,
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-3),
    paramwise_cfg=dict(bias_decay_mult=0), clip_grad=dict(max_norm=10))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=3, by_epoch=True)]
default_hooks = dict(checkpoint=dict(max_keep_ckpts=2, save_best=None), run_figures=None)
custom_hooks = [
    dict(type='WarmupHook', epochs=2, bias_lr=0.1),
    dict(type='StepEMAHook', ema_type='FusedMomentumEMA', momentum=0.01, gamma=5,
         update_buffers=True, priority=49)]
"""


def bits(value):
    """Replace tensors in nested content by their bytes, so that == compares them bit by bit."""
    if isinstance(value, torch.Tensor):
        return value.dtype, value.shape, value.numpy().tobytes()
    if isinstance(value, dict):
        return {key: bits(each) for key, each in value.items()}
    return [bits(each) for each in value] if isinstance(value, (list, tuple)) else value


def test_killed_and_resumed_is_as_if_never_killed(tmp_path, run_job):
    data = toy_job.write_data(tmp_path / 'data', toy_job.annotations(6))
    config = toy_job.write_config(tmp_path / 'toy.py', data, extra=EXTRA)
    assert run_job('train', config, '--work-dir', tmp_path / 'whole') == 0
    kept = {path.name for path in (tmp_path / 'whole').glob('epoch_*.pth')}
    assert kept == {'epoch_2.pth', 'epoch_3.pth'}

    # A process of its own, as it is killed; forking saves it the imports, but not on a GPU.
    method = 'spawn' if torch.cuda.is_available() else 'fork'
    process = multiprocessing.get_context(method).Process(
        target=run_job,
        args=('train', config, '--work-dir', tmp_path / 'killed'),
        kwargs=dict(options=['+model.kill_at=4']),
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert sorted(p.name for p in (tmp_path / 'killed').glob('epoch*.pth')) == ['epoch_1.pth']
    pending = read_checkpoint(tmp_path / 'killed' / 'epoch_1.pth')['pending_gradients']
    assert pending['layer.weight'].abs().sum() > 0
    left_over = tmp_path / 'killed' / '.epoch_2-abcd1234.pth'
    left_over.touch()

    assert run_job('train', config, '--work-dir', tmp_path / 'killed', '--resume') == 0
    whole, resumed = (read_checkpoint(tmp_path / n / 'epoch_3.pth') for n in ('whole', 'killed'))
    for name in ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers', 'random_states'):
        assert bits(whole[name]) == bits(resumed[name]), name
    assert not left_over.exists()


def test_states_are_plain_and_complete(tmp_path):
    """Also the second number of a pair, which generators of normal numbers keep."""

    def draw():
        return random.gauss(0, 1), random.random(), np.random.randn(), torch.rand(1).item()

    draw()
    torch.save(random_state(), tmp_path / 'state.pth')
    first = [draw() for _ in range(3)]
    set_random_state(torch.load(tmp_path / 'state.pth', weights_only=True))
    assert [draw() for _ in range(3)] == first


def test_resumes_from_the_newest_whole_one(tmp_path, capsys):
    assert find_resumable(tmp_path) is None
    assert find_resumable(tmp_path / 'none') is None
    first, second = tmp_path / 'epoch_9.pth', tmp_path / 'epoch_10.pth'
    for when, path in enumerate((first, second)):
        torch.save({'state_dict': {'a': torch.zeros(99)}, 'meta': {}, 'optimizer': {}}, path)
        os.utime(path, (when, when))
    assert find_resumable(tmp_path) == second
    # The same time, as after copying: the number decides.
    os.utime(second, (0, 0))
    assert find_resumable(tmp_path) == second
    # The folder was moved: the note names a path that is gone.
    (tmp_path / 'last_checkpoint').write_text('/somewhere/else/epoch_10.pth')
    assert find_resumable(tmp_path) == second and not capsys.readouterr().err
    second.write_bytes(second.read_bytes()[:100])
    assert find_resumable(tmp_path) == first
    error = capsys.readouterr().err
    assert 'epoch_10.pth' in error and f'resuming from {first}' in error
    first.write_bytes(b'')
    with pytest.raises(UserError, match=r'no checkpoint in .* can be resumed from'):
        find_resumable(tmp_path)


@pytest.mark.parametrize('resume', ['auto', True])
def test_nothing_to_resume_keeps_the_start_of_the_config(tmp_path, capsys, resume):
    start = tmp_path / 'start.pth'
    torch.save(dict(state_dict={}), start)
    cfg = Config(dict(work_dir=str(tmp_path / 'run'), resume=resume, load_from=None))
    if resume == 'auto':
        cfg.load_from = str(start)
    choose_start(cfg)
    assert cfg.load_from == (str(start) if resume == 'auto' else None)
    assert cfg.resume is False
    assert (str(start) if resume == 'auto' else 'random weights') in capsys.readouterr().err


def test_resume_prefers_the_folder_to_the_start_of_the_config(tmp_path):
    newest = tmp_path / 'epoch_2.pth'
    torch.save(dict(state_dict={}, optimizer={}, meta={}), newest)
    cfg = Config(dict(work_dir=str(tmp_path), resume='auto', load_from='s6'))
    choose_start(cfg)
    assert (cfg.load_from, cfg.resume) == (str(newest), True)
