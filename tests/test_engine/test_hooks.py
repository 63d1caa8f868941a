"""Hooks, with a stand-in for the runner."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub

from mmpose_lrfg.engine.hooks import AtomicCheckpointHook, NonFiniteLossHook, ProgressHook
from mmpose_lrfg.engine.hooks.checkpoint import AtomicFileBackend
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def runner(request):
    hub = MessageHub(request.node.name)
    logger = logging.getLogger(request.node.name)
    return SimpleNamespace(epoch=0, iter=0, message_hub=hub, logger=logger)


def finish_iteration(hook, runner, **losses):
    """As mmengine does after an iteration; its RuntimeInfoHook comes first."""
    for name, value in losses.items():
        runner.message_hub.update_scalar(f'train/{name}', value)
    hook.after_train_iter(runner, runner.iter, outputs=losses)


@pytest.mark.parametrize('value', [float('nan'), float('-inf')])
def test_non_finite_loss_names_the_item(runner, value):
    with pytest.raises(UserError, match=r'iteration 1 \(loss_b = .*no checkpoint was written'):
        finish_iteration(NonFiniteLossHook(), runner, loss_a=1.0, loss_b=torch.tensor(value))


def test_patience_counts_iterations_in_a_row(runner):
    hook, nan = NonFiniteLossHook(patience=1), float('nan')
    for loss in (nan, 1.0, nan):
        finish_iteration(hook, runner, loss=loss)
    with pytest.raises(UserError):
        finish_iteration(hook, runner, loss=nan)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / 'a' / 'x.pth'
    backend = AtomicFileBackend()
    backend.put(b'old', path)
    with pytest.raises(TypeError):
        backend.put('not bytes', path)
    assert path.read_bytes() == b'old'
    assert [p.name for p in path.parent.iterdir()] == ['x.pth']
    assert path.stat().st_mode & 0o400


def test_an_interrupted_checkpoint_leaves_the_last_one_known(tmp_path, runner, monkeypatch):
    def interrupted(hook, runner, metrics):
        hook.last_ckpt = 'unfinished'
        raise KeyboardInterrupt

    monkeypatch.setattr(CheckpointHook, '_save_best_checkpoint', interrupted)
    hook, last = AtomicCheckpointHook(), str(tmp_path / 'epoch_1.pth')
    hook.file_backend = AtomicFileBackend()
    runner.message_hub.update_info('last_ckpt', last)
    with pytest.raises(KeyboardInterrupt):
        hook._save_best_checkpoint(runner, {})
    assert hook.last_ckpt == runner.message_hub.get_info('last_ckpt') == last


@pytest.mark.parametrize(('seconds', 'expected'), [(0.0, 10), (1000.0, 0)])
def test_plain_lines_come_at_their_interval(runner, capsys, seconds, expected):
    runner.train_loop, runner.train_dataloader = SimpleNamespace(run_epoch=None), range(10)
    runner.max_epochs, runner.max_iters = 2, 20
    hook = ProgressHook(seconds=seconds)
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    for runner.iter in range(10):
        finish_iteration(hook, runner, loss_a=1.0, loss=2.0)
    hook.after_train_epoch(runner)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == expected
    if lines:
        assert lines[4].startswith('epoch 1/2: 5/10, ')
        assert 'loss 2  ETA 0:' in lines[4]


def test_an_evaluation_is_one_line(runner, caplog):
    runner.max_epochs, runner.train_dataloader = 3, range(10)
    runner.epoch = 2
    runner.message_hub.update_scalar('train/loss', 4.0)
    runner.message_hub.update_info('best_score', 0.5)
    metrics = {'coco/AP': 0.5, 'coco/AP .5': 0.75, 'coco/AP (M)': 0.4, 'coco/OKS': 0.9}
    with caplog.at_level(logging.INFO, runner.logger.name):
        hook = ProgressHook()
        hook.after_val_epoch(runner, metrics)
        hook.after_val_epoch(runner, metrics)  # as good, but no better
        hook.after_test_epoch(runner, {'own/score': 0.1})
    first, second, third = caplog.messages
    assert first == 'epoch 2/3  loss 4  AP 0.500  AP50 0.750  OKS 0.900  best so far'
    assert second == first.removesuffix('  best so far') and third == 'score 0.100'
