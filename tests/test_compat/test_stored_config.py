"""A config text inside a checkpoint is not executed when a training resumes."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner, checkpoint

from mmpose_lrfg.compat.stored_config import harmless, load_harmlessly


class Tiny(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, inputs, mode='loss'):
        return {'loss': self.layer(inputs).mean()}


def resumed(path, work_dir):
    """A runner that resumes from ``path`` and has nothing left to train."""
    runner = Runner(
        Tiny(),
        str(work_dir),
        train_dataloader=torch.utils.data.DataLoader(torch.ones(2, 2)),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        load_from=str(path),
        resume=True,
        experiment_name=work_dir.name,
    )
    runner.train()
    return runner


def test_a_malicious_config_does_not_run(tmp_path):
    mark = tmp_path / 'ran'
    model = Tiny()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    text = f'import pathlib\npathlib.Path({str(mark)!r}).touch()\ngpu_ids = [0]\n'
    content = {
        'meta': {'epoch': 1, 'iter': 2, 'config': text},
        'message_hub': {'log_scalars': {}, 'runtime_info': {}, 'resumed_keys': {}},
        'state_dict': model.state_dict(),
        'optimizer': optimizer.state_dict(),
    }
    torch.save(content, tmp_path / 'epoch_1.pth')
    runner = resumed(tmp_path / 'epoch_1.pth', tmp_path / 'work')
    assert runner.iter == 2 and torch.equal(runner.model.layer.weight, model.layer.weight)
    assert not mark.exists()


@pytest.mark.parametrize(
    ('text', 'left'),
    [
        ('a = 1\ngpu_ids = [0, 1]\n', 'gpu_ids = [0, 1]\n'),
        ('gpu_ids = range(0, 2)', 'gpu_ids = [0, 1]\n'),
        (f'gpu_ids = range({10**15})', f'gpu_ids = {list(range(1024))}\n'),
        ('gpu_ids = evil()', ''),
        ('gpu_ids = range(evil())', ''),
        ('gpu_ids = ["x"]', ''),
        ('gpu_ids: list = [evil()]', ''),
        ('for gpu_ids in evil(): pass', ''),
        ('no python', ''),
        (b'\xff', ''),
        (None, ''),
        ('(' * 10_000, ''),
    ],
)
def test_only_a_plain_list_of_gpus_is_left(text, left):
    assert harmless(text) == left


def test_wrapped_once():
    before = checkpoint._load_checkpoint
    load_harmlessly(checkpoint)
    assert checkpoint._load_checkpoint is before and hasattr(before, '__wrapped__')


def test_modules_that_were_imported_earlier_get_it_too(monkeypatch):
    def original(path):
        return {'meta': {'config': 'import os'}}

    module = SimpleNamespace(_load_checkpoint=original)
    user = SimpleNamespace(_load_checkpoint=original)
    monkeypatch.setitem(__import__('sys').modules, 'mmengine.runner.runner', user)
    load_harmlessly(module)
    assert user._load_checkpoint('x') == {'meta': {'config': ''}}
