"""Whole jobs through the command lines, on a toy network."""

import errno
import json
import os
import signal
from pathlib import Path

import pytest
import torch
import toy_job

from mmpose_lrfg.visualization.curves import read_scalars


@pytest.fixture(scope='module')
def trained(tmp_path_factory, run_job):
    """Folder of a finished training: config, data, and its work directory ``work``."""
    folder = tmp_path_factory.mktemp('trained')
    config = toy_job.write_config(folder / 'toy.py', toy_job.write_data(folder / 'data'))
    assert run_job('train', config, '--work-dir', folder / 'work') == 0
    return folder


def test_training_leaves_what_is_promised(trained):
    work = trained / 'work'
    rows = read_scalars(work)
    assert [row['epoch'] for row in rows] == [1, 2]
    assert [row['iter'] for row in rows] == [2, 4]
    # The toy's offset falls by the learning rate of 1 every iteration, 5 4 3 2: AP must rise.
    # Means of the last 50 iterations.
    assert rows[0]['loss_kpt'] == pytest.approx(4.5)
    assert rows[1]['loss_kpt'] == pytest.approx(3.5)
    assert rows[1]['coco/AP'] > rows[0]['coco/AP']
    assert rows[1]['lr'] == 1.0
    assert (work / 'last_checkpoint').read_text() == str(work / 'epoch_2.pth')
    assert not list(work.glob('.*')), 'temporary files stay'


def test_test_writes_the_metrics_of_training(trained, run_job, tmp_path):
    out = tmp_path / 'sub' / 'metrics.json'
    checkpoint = trained / 'work' / 'epoch_2.pth'
    args = ('--work-dir', tmp_path, '--out', out, '--dump', tmp_path / 'dump.pkl')
    assert run_job('test', trained / 'toy.py', checkpoint, *args) == 0
    rows = read_scalars(trained / 'work')
    assert json.loads(out.read_text())['coco/AP'] == pytest.approx(rows[1]['coco/AP'], abs=1e-5)
    assert (tmp_path / 'dump.pkl').is_file()


def test_checkpoint_of_another_network(trained, run_job, tmp_path, capsys):
    checkpoint = trained / 'work' / 'epoch_2.pth'
    other = ['+model.channels=8']
    args = (trained / 'toy.py', checkpoint, '--work-dir', tmp_path)
    assert run_job('test', *args, options=other) == 2
    error = capsys.readouterr().err
    assert '2 of another shape' in error and 'layer.bias (4,) instead of (8,)' in error


def test_training_may_start_from_a_part(trained, run_job, tmp_path, capfd):
    options = ['+model.channels=8', f'load_from={trained}/work/epoch_2.pth']
    options.append('train_cfg.max_epochs=1')
    assert run_job('train', trained / 'toy.py', '--work-dir', tmp_path, options=options) == 0
    assert 'loaded in part: 1 tensors fit, 2 of another shape' in capfd.readouterr().out


@pytest.fixture
def served(tmp_path, serve):
    """Address of a server with checkpoints of the toy network: good, evil, empty and nan."""
    folder = tmp_path / 'served'
    folder.mkdir()
    state = toy_job.ToyPose().state_dict()
    nan = {name: value * float('nan') for name, value in state.items()}

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / 'witness'), 'w'))

    for name, content in {
        'good': dict(state_dict=state, meta={}),
        'evil': dict(state_dict=state, meta=Evil()),
        'empty': dict(state_dict={}, meta={}),
        'nan': dict(state_dict=nan, meta={}),
    }.items():
        torch.save(content, folder / f'{name}.pth')
    return serve(folder).address


@pytest.mark.parametrize(
    ('name', 'said'),
    [
        ('evil', 'could run code'),
        ('empty', '0 tensors fit, 3 missing'),
        ('nan', '3 tensors hold NaN or infinity'),
        ('none', 'cannot be downloaded: 404'),
    ],
)
def test_bad_checkpoints_from_an_address(toy, served, run_job, tmp_path, capsys, name, said):
    address, work = f'{served}/{name}.pth', ('--work-dir', tmp_path / 'work')
    assert run_job('test', toy, address, *work) == 2
    assert said in capsys.readouterr().err
    assert run_job('train', toy, *work, options=[f'load_from={address}']) == 2
    assert said in capsys.readouterr().err
    assert run_job('train', toy, *work, '--resume', address) == 2
    error = capsys.readouterr().err
    assert (said if name in ('evil', 'none') else 'holds no optimizer') in error
    assert 'Traceback' not in error
    assert not (tmp_path / 'witness').exists() and not list(tmp_path.glob('work/*.pth'))


def test_training_and_test_from_an_address(toy, served, run_job, tmp_path):
    address, work = f'{served}/good.pth', ('--work-dir', tmp_path / 'work')
    assert run_job('test', toy, address, *work) == 0
    options = [f'load_from={address}', 'train_cfg.max_epochs=1']
    assert run_job('train', toy, *work, options=options) == 0


def test_interrupted_and_resumed(toy, run_job, tmp_path, capsys):
    work = tmp_path / 'work'
    # SIGTERM to ourselves in the second iteration of the second epoch.
    stopped = run_job('train', toy, '--work-dir', work, options=['+model.stop_at=3'])
    assert stopped == 130
    error = capsys.readouterr().err
    assert 'interrupted in epoch 2, iteration 4' in error and 'epoch_1.pth' in error
    assert '--resume' in error

    assert run_job('train', toy, '--work-dir', work, '--resume') == 0
    rows = read_scalars(work)
    assert [row['epoch'] for row in rows] == [1, 2]
    assert rows[1]['loss_kpt'] == pytest.approx(3.5), 'as if never interrupted'


def test_interrupted_while_a_checkpoint_is_saved(toy, run_job, tmp_path, capsys, monkeypatch):
    work, real = tmp_path / 'work', torch.save

    def save(content, file):
        if not (work / 'epoch_1.pth').exists():
            return real(content, file)
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:  # torch's writer, closing an archive that is cut off
            raise RuntimeError('unexpected pos 64 vs 0') from None

    monkeypatch.setattr(torch, 'save', save)
    assert run_job('train', toy, '--work-dir', work) == 130
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('interrupted in epoch') and f'{work}/epoch_1.pth' in line
    assert [p.name for p in work.glob('*.pth')] == ['epoch_1.pth'] and not list(work.glob('.*'))


@pytest.mark.parametrize(
    ('option', 'name'),
    [('--out', 'a.json'), ('--out', 'a.pkl'), ('--dump', 'a.pkl'), ('--show-dir', '1_0.png')],
)
def test_full_disk_keeps_the_older_results(
    trained, run_job, tmp_path, capsys, monkeypatch, option, name
):
    path = tmp_path / 'results' / name
    path.parent.mkdir()
    path.write_text('older')

    def full(handle):
        if Path(f'/proc/self/fd/{handle}').readlink().parent == path.parent:
            raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    value = path.parent if option == '--show-dir' else path
    args = (trained / 'toy.py', trained / 'work' / 'epoch_2.pth', '--work-dir', tmp_path / 'work')
    assert run_job('test', *args, option, value) == 2
    error = capsys.readouterr().err
    assert f'the disk is full while writing {path.parent}' in error
    assert path.read_text() == 'older' and list(path.parent.iterdir()) == [path]


def test_resume_passes_over_a_truncated_checkpoint(toy, run_job, tmp_path, capsys):
    work = tmp_path / 'work'
    assert run_job('train', toy, '--work-dir', work) == 0
    last = work / 'epoch_2.pth'
    last.write_bytes(last.read_bytes()[:1000])
    capsys.readouterr()
    assert run_job('train', toy, '--work-dir', work, '--resume') == 0
    error = capsys.readouterr().err
    assert f'{last} is truncated' in error and 'resuming from' in error
    assert [row['epoch'] for row in read_scalars(work)] == [1, 2]


def test_resume_with_other_groups_of_parameters(toy, run_job, tmp_path, capsys):
    work = tmp_path / 'work'
    assert run_job('train', toy, '--work-dir', work, options=['train_cfg.max_epochs=1']) == 0
    before = (work / 'epoch_1.pth').read_bytes()
    capsys.readouterr()
    groups = ['+optim_wrapper.paramwise_cfg.bias_lr_mult=2']
    assert run_job('train', toy, '--work-dir', work, '--resume', options=groups) == 2
    error = capsys.readouterr().err
    last = work / 'epoch_1.pth'
    assert f'checkpoint {last} holds an optimizer with other groups' in error
    assert f'load_from={last}' in error
    assert 'Traceback' not in error and last.read_bytes() == before


def test_loss_that_is_no_number(toy, run_job, tmp_path, capsys):
    work = tmp_path / 'work'
    assert run_job('train', toy, '--work-dir', work, options=['+model.explode_at=3']) == 2
    error = capsys.readouterr().err
    assert 'epoch 2, iteration 4' in error and 'loss_kpt = nan' in error
    assert str(work / 'epoch_1.pth') in error
    assert not (work / 'epoch_2.pth').exists()
    logs = ''.join(log.read_text() for log in work.glob('*/*.log'))
    assert 'stopped: the loss is not finite' in logs


def test_full_disk_keeps_the_last_checkpoint(toy, run_job, tmp_path, capsys, monkeypatch):
    work = tmp_path / 'work'
    real, calls = os.fsync, []

    def full_after_first_epoch(handle):
        checkpoint = '.pth' in Path(f'/proc/self/fd/{handle}').readlink().name
        if (work / 'epoch_1.pth').exists() and checkpoint:
            calls.append(handle)
            raise OSError(errno.ENOSPC, 'No space left on device')
        real(handle)

    monkeypatch.setattr(os, 'fsync', full_after_first_epoch)
    hook = 'default_hooks.checkpoint'
    options = [f'{hook}.max_keep_ckpts=1', f'{hook}.save_best=None']
    assert run_job('train', toy, '--work-dir', work, options=options) == 2
    assert calls
    error = capsys.readouterr().err
    assert 'the disk is full while writing' in error and 'epoch_2.pth' in error
    # mmengine would have removed epoch_1 before writing epoch_2.
    assert sorted(p.name for p in work.glob('*.pth')) == ['epoch_1.pth']
    assert (work / 'last_checkpoint').read_text() == str(work / 'epoch_1.pth')
    assert not list(work.glob('.*')), 'temporary files stay'


def test_unreadable_images_are_counted(toy, run_job, tmp_path, capfd):
    images = tmp_path / 'data' / 'images'
    (images / '2.png').write_bytes(b'no picture')
    (images / '3.png').write_bytes(b'')
    work = tmp_path / 'work'
    args = ('train', toy, '--work-dir', work)
    assert run_job(*args, options=['train_dataloader.num_workers=1']) == 0
    assert '2 images could not be read' in capfd.readouterr().out
    listed = (work / 'skipped_images.txt').read_text().splitlines()
    assert listed == [str(images / '2.png'), str(images / '3.png')]

    # From a data loader process, too, the sentence arrives without its traceback.
    options = ['train_dataloader.num_workers=1']
    assert run_job(*args, '--strict', options=options) == 2
    error = capfd.readouterr().err
    assert 'cannot be read' in error and 'Traceback' not in error


def test_annotations_without_area_evaluate(tmp_path, run_job):
    content = toy_job.annotations()
    for person in content['annotations']:
        del person['area'], person['num_keypoints'], person['iscrowd']
    data = toy_job.write_data(tmp_path / 'data', content)
    config = toy_job.write_config(tmp_path / 'toy.py', data)
    assert run_job('train', config, '--work-dir', tmp_path / 'work') == 0
    assert read_scalars(tmp_path / 'work')[-1]['coco/AP'] > 0.5


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (['modle.channels=3'], "has no key 'modle'. Did you mean model?"),
        (['+model.chanels=3'], 'unknown argument chanels. Did you mean channels'),
        (['model.type=ToyPoze'], 'unknown model ToyPoze. Did you mean ToyPose?'),
        (['train_dataloader.dataset.ann_file=peple.json'], 'Did you mean people.json?'),
        (['load_from=nothing.pth'], 'checkpoint nothing.pth does not exist'),
    ],
)
def test_wrong_settings_are_one_sentence(toy, run_job, tmp_path, capsys, options, said):
    assert run_job('train', toy, '--work-dir', tmp_path / 'work', options=options) == 2
    error = capsys.readouterr().err
    assert said in error and 'Traceback' not in error


@pytest.mark.parametrize('name', ['train', 'test'])
def test_misspelt_config(run_tool, toy, capsys, name):
    assert run_tool(name, str(toy).replace('toy.py', 'tyo.py'), *['x.pth'][: name == 'test']) == 2
    assert 'Did you mean toy.py?' in capsys.readouterr().err


def test_arguments_that_argparse_refuses(run_tool, toy, capsys):
    assert run_tool('train', toy, '--cfg-options', 'model.channels') == 2
    assert 'expected key=value' in capsys.readouterr().err
