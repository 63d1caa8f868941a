"""Hooks, with a stand-in for the runner where a whole job would say no more."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub

from mmpose_lrfg.engine.hooks import AtomicCheckpointHook, NonFiniteLossHook, ProgressHook
from mmpose_lrfg.engine.hooks.checkpoint import AtomicFileBackend
from mmpose_lrfg.utils.errors import UserError


def runner(**values):
    hub = SimpleNamespace(runtime_info={})
    return SimpleNamespace(epoch=0, iter=0, message_hub=hub, **values)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), float('-inf')])
def test_non_finite_loss_names_the_item(value):
    outputs = {'loss_a': torch.tensor(1.0), 'loss_b': torch.tensor(value), 'text': 'x'}
    with pytest.raises(UserError, match=r'iteration 1 \(loss_b = .*no checkpoint was written'):
        NonFiniteLossHook().after_train_iter(runner(), 0, outputs=outputs)


def test_patience_counts_iterations_in_a_row():
    hook = NonFiniteLossHook(patience=1)
    good, bad = {'loss': 1.0}, {'loss': float('nan')}
    for outputs in (bad, good, bad):
        hook.after_train_iter(runner(), 0, outputs=outputs)
    with pytest.raises(UserError):
        hook.after_train_iter(runner(), 0, outputs=bad)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / 'a' / 'x.pth'
    backend = AtomicFileBackend()
    backend.put(b'old', path)
    with pytest.raises(TypeError):
        backend.put('not bytes', path)
    assert path.read_bytes() == b'old'
    assert [p.name for p in path.parent.iterdir()] == ['x.pth']
    assert path.stat().st_mode & 0o400


def test_an_interrupted_best_checkpoint_leaves_the_last_one_known(tmp_path):
    hook = AtomicCheckpointHook()
    hook.file_backend, hook.last_ckpt = None, str(tmp_path / 'epoch_1.pth')
    (tmp_path / 'epoch_1.pth').touch()

    def interrupted(job):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hook._save_first(interrupted, runner())
    assert hook.last_ckpt == str(tmp_path / 'epoch_1.pth')


def test_plain_lines_come_at_their_interval(capsys):
    loop = SimpleNamespace(run_epoch=None)
    job = runner(
        train_loop=loop, max_epochs=2, max_iters=20, train_dataloader=range(10), logger=None
    )
    job.message_hub = MessageHub.get_instance('progress')
    for name in ('loss', 'loss_a'):
        job.message_hub.update_scalar(f'train/{name}', 1.5)
    for seconds, expected in ((0.0, 10), (1000.0, 0)):
        hook = ProgressHook(seconds=seconds)
        hook.before_train(job)
        hook.before_train_epoch(job)
        for index in range(10):
            job.iter = index
            hook.after_train_iter(job, index, outputs={'loss': 2.0, 'loss_a': 1.0})
        hook.after_train_epoch(job)
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == expected
        if lines:
            assert lines[4].startswith('epoch 1/2: 5/10, ')
            assert 'loss 1.5  loss_a 1.5' in lines[4]
