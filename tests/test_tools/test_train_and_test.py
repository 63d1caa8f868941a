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


@pytest.fixture
def refused(run_job, capsys):
    """Run a job that ends in one sentence with exit code 2; return the sentence."""

    def run(*args, **kwargs):
        capsys.readouterr()
        assert run_job(*args, **kwargs) == 2
        error = capsys.readouterr().err
        assert 'Traceback' not in error
        return error

    return run


@pytest.fixture
def full_disk(monkeypatch):
    """Make the disk full for the files of a folder that pass a test."""

    def fill(folder, test):
        real = os.fsync

        def fsync(handle):
            path = Path(f'/proc/self/fd/{handle}').readlink()
            if path.parent == folder and test(path):
                raise OSError(errno.ENOSPC, 'No space left on device')
            real(handle)

        monkeypatch.setattr(os, 'fsync', fsync)

    return fill


def test_training_leaves_what_is_promised(trained):
    work = trained / 'work'
    rows = read_scalars(work)
    assert [(row['epoch'], row['iter'], row['lr']) for row in rows] == [(1, 2, 1.0), (2, 4, 1.0)]
    # The toy's offset falls by the learning rate of 1 every iteration, 5 4 3 2: AP must rise.
    # Means of the last 50 iterations.
    assert [row['loss_kpt'] for row in rows] == pytest.approx([4.5, 3.5])
    assert rows[1]['coco/AP'] > rows[0]['coco/AP']
    assert (work / 'last_checkpoint').read_text() == str(work / 'epoch_2.pth')
    assert not list(work.glob('.*')), 'temporary files stay'


def test_test_writes_the_metrics_of_training(trained, run_job, tmp_path):
    out = tmp_path / 'sub' / 'metrics.json'
    checkpoint = trained / 'work' / 'epoch_2.pth'
    args = ('--work-dir', tmp_path, '--out', out, '--dump', tmp_path / 'dump.pkl')
    no_training_data = ['train_dataloader.dataset.ann_file=none.json']
    assert run_job('test', trained / 'toy.py', checkpoint, *args, options=no_training_data) == 0
    rows = read_scalars(trained / 'work')
    assert json.loads(out.read_text())['coco/AP'] == pytest.approx(rows[1]['coco/AP'], abs=1e-5)
    assert (tmp_path / 'dump.pkl').is_file()


def test_checkpoint_of_another_network(trained, run_job, tmp_path, capfd):
    """A test refuses it; a training starts from what fits."""
    config, checkpoint = trained / 'toy.py', trained / 'work' / 'epoch_2.pth'
    work, other = ('--work-dir', tmp_path), '+model.channels=8'
    assert run_job('test', config, checkpoint, *work, options=[other]) == 2
    error = capfd.readouterr().err
    assert '2 of another shape' in error and 'layer.bias (4,) instead of (8,)' in error
    options = [other, f'load_from={checkpoint}', 'train_cfg.max_epochs=1']
    assert run_job('train', config, *work, options=options) == 0
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

    torch.save(dict(state_dict=state, meta={}), folder / 'good.pth')
    torch.save(dict(state_dict=state, meta=Evil()), folder / 'evil.pth')
    torch.save(dict(state_dict={}, meta={}), folder / 'empty.pth')
    torch.save(dict(state_dict=nan, meta={}), folder / 'nan.pth')
    return serve(folder).address


@pytest.mark.parametrize(
    ('name', 'reason', 'resuming'),
    [
        ('evil', 'could run code', 'could run code'),
        ('empty', '0 tensors fit, 3 missing', 'holds no optimizer'),
        ('nan', '3 tensors hold NaN or infinity', 'holds no optimizer'),
        ('none', 'cannot be downloaded: 404', 'cannot be downloaded: 404'),
    ],
)
def test_bad_checkpoints_from_an_address(toy, served, refused, tmp_path, name, reason, resuming):
    address, work = f'{served}/{name}.pth', ('--work-dir', tmp_path / 'work')
    assert reason in refused('test', toy, address, *work)
    assert reason in refused('train', toy, *work, options=[f'load_from={address}'])
    assert resuming in refused('train', toy, *work, '--resume', address)
    assert not (tmp_path / 'witness').exists() and not list(tmp_path.glob('work/*.pth'))


def test_training_and_test_from_an_address(toy, served, run_job, tmp_path):
    address, work = f'{served}/good.pth', ('--work-dir', tmp_path / 'work')
    assert run_job('test', toy, address, *work) == 0
    options = [f'load_from={address}', 'train_cfg.max_epochs=1']
    assert run_job('train', toy, *work, options=options) == 0


def test_interrupted_and_resumed(toy, run_job, tmp_path, capsys):
    train = ('train', toy, '--work-dir', tmp_path / 'work')
    # SIGTERM to ourselves in the second iteration of the second epoch.
    assert run_job(*train, options=['+model.stop_at=3']) == 130
    error = capsys.readouterr().err
    assert 'interrupted in epoch 2, iteration 4' in error
    assert 'epoch_1.pth' in error and '--resume' in error
    assert run_job(*train, '--resume') == 0
    rows = read_scalars(tmp_path / 'work')
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
    ('option', 'name'), [('--out', 'a.json'), ('--out', 'a.pkl'), ('--dump', 'a.pkl')]
)
def test_full_disk_keeps_the_older_results(trained, refused, tmp_path, full_disk, option, name):
    path = tmp_path / 'results' / name
    path.parent.mkdir()
    path.write_text('older')
    full_disk(path.parent, lambda path: True)
    args = (trained / 'toy.py', trained / 'work' / 'epoch_2.pth', '--work-dir', tmp_path / 'work')
    assert f'the disk is full while writing {path.parent}' in refused('test', *args, option, path)
    assert path.read_text() == 'older' and list(path.parent.iterdir()) == [path]


def test_full_disk_keeps_the_last_checkpoint(toy, refused, tmp_path, full_disk):
    work = tmp_path / 'work'
    first = work / 'epoch_1.pth'
    full_disk(work, lambda path: path.suffix == '.pth' and first.exists())
    hook = 'default_hooks.checkpoint'
    options = [f'{hook}.max_keep_ckpts=1', f'{hook}.save_best=None']
    error = refused('train', toy, '--work-dir', work, options=options)
    assert 'the disk is full while writing' in error and 'epoch_2.pth' in error
    # mmengine would have removed epoch_1 before writing epoch_2.
    assert list(work.glob('*.pth')) == [first]
    assert (work / 'last_checkpoint').read_text() == str(first)
    assert not list(work.glob('.*')), 'temporary files stay'


def test_resume_passes_over_a_truncated_checkpoint(toy, run_job, tmp_path, capsys):
    train = ('train', toy, '--work-dir', tmp_path / 'work')
    assert run_job(*train) == 0
    last = tmp_path / 'work' / 'epoch_2.pth'
    last.write_bytes(last.read_bytes()[:1000])
    capsys.readouterr()
    assert run_job(*train, '--resume') == 0
    error = capsys.readouterr().err
    assert f'{last} is truncated' in error and 'resuming from' in error
    assert [row['epoch'] for row in read_scalars(tmp_path / 'work')] == [1, 2]


def test_resume_with_other_groups_of_parameters(toy, run_job, refused, tmp_path):
    train, last = ('train', toy, '--work-dir', tmp_path / 'work'), tmp_path / 'work' / 'epoch_1.pth'
    assert run_job(*train, options=['train_cfg.max_epochs=1']) == 0
    before = last.read_bytes()
    error = refused(*train, '--resume', options=['+optim_wrapper.paramwise_cfg.bias_lr_mult=2'])
    assert f'checkpoint {last} holds an optimizer with other groups' in error
    assert f'load_from={last}' in error and last.read_bytes() == before


def test_loss_that_is_no_number(toy, refused, tmp_path):
    work = tmp_path / 'work'
    error = refused('train', toy, '--work-dir', work, options=['+model.explode_at=3'])
    assert 'epoch 2, iteration 4' in error and 'loss_kpt = nan' in error
    assert str(work / 'epoch_1.pth') in error and not (work / 'epoch_2.pth').exists()
    logs = ''.join(log.read_text() for log in work.glob('*/*.log'))
    assert 'stopped: the loss is not finite' in logs


def test_unreadable_images_are_counted(toy, run_job, tmp_path, capfd):
    bad = [tmp_path / 'data' / 'images' / name for name in ('2.png', '3.png')]
    bad[0].write_bytes(b'no image')
    bad[1].write_bytes(b'')
    train = ('train', toy, '--work-dir', tmp_path / 'work')
    options = ['train_dataloader.num_workers=1']
    assert run_job(*train, options=options) == 0
    assert '2 images could not be read' in capfd.readouterr().out
    listed = (tmp_path / 'work' / 'skipped_images.txt').read_text().splitlines()
    assert listed == [str(path) for path in bad]

    # From a data loader process, too, the sentence arrives without its traceback.
    assert run_job(*train, '--strict', options=options) == 2
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
    ('option', 'reason'),
    [
        ('modle.channels=3', "has no key 'modle'. Did you mean model?"),
        ('+model.chanels=3', 'unknown argument chanels. Did you mean channels'),
        ('model.type=ToyPoze', 'unknown model ToyPoze. Did you mean ToyPose?'),
        ('train_dataloader.dataset.ann_file=peple.json', 'Did you mean people.json?'),
        ('load_from=nothing.pth', 'checkpoint nothing.pth does not exist'),
    ],
)
def test_wrong_settings_are_one_sentence(toy, refused, tmp_path, option, reason):
    assert reason in refused('train', toy, '--work-dir', tmp_path / 'work', options=[option])
