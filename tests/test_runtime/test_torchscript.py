import zipfile

import numpy as np
import pytest
import torch

from mmpose_lrfg.runtime import COCO, Metadata, ModelError
from mmpose_lrfg.runtime.engines import open_engine
from mmpose_lrfg.runtime.torchscript import EXTRA

METADATA = Metadata(COCO.names, COCO.links, ('person',), (0.1,) * 17, (64, 64))


class Writer(torch.nn.Module):
    """Writes a file when it runs."""

    def forward(self, images):
        return images + torch.from_file('evil.bin', True, 4, dtype=torch.uint8)


class OnLoad(torch.nn.Module):
    """Runs code when it is loaded."""

    def __init__(self):
        super().__init__()
        self.training = False

    def forward(self, images):
        return images

    @torch.jit.export
    def __getstate__(self):
        return self.training

    @torch.jit.export
    def __setstate__(self, state: bool):
        self.training = state


def save(path, module, metadata=METADATA):
    files = {EXTRA: metadata.to_json()} if metadata else {}
    torch.jit.save(torch.jit.script(module), path, _extra_files=files)
    return path


def test_a_file_runs(tmp_path):
    engine = open_engine(save(tmp_path / 'a.pt', torch.nn.Sigmoid()), threads=1)
    assert engine.metadata == METADATA
    assert np.allclose(engine.run(np.zeros((1, 3, 64, 64), np.float32)), 0.5)


@pytest.mark.parametrize(
    ('module', 'metadata', 'message'),
    [
        (Writer(), METADATA, 'is not of lrfg export: it contains aten::from_file'),
        (OnLoad(), METADATA, 'is not of lrfg export: it runs code when it is loaded'),
        (torch.nn.Sigmoid(), None, 'lacks the metadata that lrfg export writes'),
    ],
)
def test_files_of_other_programs(tmp_path, monkeypatch, module, metadata, message):
    monkeypatch.chdir(tmp_path)
    path = save(tmp_path / 'a.torchscript', module, metadata)
    with pytest.raises(ModelError, match=message):
        open_engine(path)
    assert [file.name for file in tmp_path.iterdir()] == ['a.torchscript']


def test_files_that_are_no_torchscript(tmp_path):
    torch.save({'state_dict': {}}, tmp_path / 'checkpoint.pt')
    (tmp_path / 'text.pt').write_text('not an archive')
    content = save(tmp_path / 'a.pt', torch.nn.Sigmoid()).read_bytes()
    (tmp_path / 'cut.pt').write_bytes(content[: len(content) // 2])
    with zipfile.ZipFile(tmp_path / 'bomb.pt', 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('a/code/a.py', bytes(20_000_000))
    for name, message in (
        ('checkpoint', 'is a checkpoint, not a TorchScript file'),
        ('text', 'is not a TorchScript file, or is damaged'),
        ('cut', 'is not a TorchScript file, or is damaged'),
        ('bomb', 'unpacks to 20 MB'),
    ):
        with pytest.raises(ModelError, match=message):
            open_engine(tmp_path / f'{name}.pt')
