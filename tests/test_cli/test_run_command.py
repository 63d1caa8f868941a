"""``python -m mmpose_lrfg run``: scripts of others with the compatibility layer."""

import subprocess
import sys
from multiprocessing import spawn

import pytest
import torch

from mmpose_lrfg.cli.main import main

SCRIPT = """
import sys
import neighbour
import xtcocotools.coco
print(__name__, sys.argv, neighbour.VALUE, xtcocotools.coco.COCO.__name__)
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def _same_interpreter(monkeypatch):
    monkeypatch.setattr(sys, 'argv', list(sys.argv))
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.setattr(spawn, 'get_preparation_data', spawn.get_preparation_data)


def test_a_script_runs_as_by_python(tmp_path, capsys):
    (tmp_path / 'neighbour.py').write_text('VALUE = 7')
    script = tmp_path / 'script.py'
    script.write_text(SCRIPT)
    with pytest.raises(SystemExit) as end:
        main(['run', str(script), '--flag', '3'])
    assert end.value.code == 3
    assert capsys.readouterr().out == f'__main__ {[str(script), "--flag", "3"]} 7 COCO\n'


def test_a_tool_of_mmpose_runs_on_a_checkpoint_of_mmengine(tmp_path, monkeypatch):
    from mmengine.logging import HistoryBuffer

    history = HistoryBuffer()
    history.update(1.0)
    content = {'state_dict': {'a': torch.ones(2)}, 'meta': {}, 'message_hub': {'loss': history}}
    torch.save(content, tmp_path / 'in.pth')
    files = str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth')
    # The tool leaves a process behind that renames the file, for which a test cannot wait.
    real, renamed = subprocess.Popen, []

    def popen(command, **kwargs):
        return real(command, **kwargs) if kwargs else renamed.append(command)

    monkeypatch.setattr(subprocess, 'Popen', popen)
    assert main(['run', 'tools/misc/publish_model.py', *files]) == 0
    assert sorted(torch.load(files[1])) == ['meta', 'state_dict']
    assert renamed[0][:2] == ['mv', files[1]]


SPAWNS = """
import multiprocessing
import xtcocotools.coco

def work(queue):
    queue.put(xtcocotools.coco.COCO.__name__)

if __name__ == '__main__':
    context = multiprocessing.get_context('spawn')
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,))
    process.start()
    process.join()
    print(process.exitcode, queue.get(timeout=1) if not process.exitcode else '')
"""


def test_spawned_processes_have_the_layer(tmp_path):
    (tmp_path / 'script.py').write_text(SPAWNS)
    command = [sys.executable, '-m', 'mmpose_lrfg', 'run', str(tmp_path / 'script.py')]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == '0 COCO\n', done.stderr


def test_a_missing_script_is_one_sentence(tmp_path, capsys):
    (tmp_path / 'convert.py').write_text('')
    assert main(['run', str(tmp_path / 'konvert.py')]) == 2
    assert 'Did you mean convert.py?' in capsys.readouterr().err
    assert main(['run', 'tools/misc/publish_modle.py']) == 2
    assert 'Did you mean publish_model.py?' in capsys.readouterr().err


def test_errors_of_users_inside_a_script(tmp_path, capsys):
    script = tmp_path / 'script.py'
    line = 'from mmpose_lrfg.utils.errors import UserError'
    script.write_text(f'{line}\nraise UserError("one sentence")\n')
    assert main(['run', str(script)]) == 2
    assert capsys.readouterr().err == 'error: one sentence\n'
