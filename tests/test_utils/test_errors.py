"""Commands end in one line and an exit code; bugs keep their traceback."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input, command, nearest


def run(result):
    """Run a command that returns an exit code or raises an error."""

    @command
    def main():
        if isinstance(result, BaseException):
            raise result
        return result

    return main()


def test_files_are_replaced_on_demand_only(tmp_path):
    path = tmp_path / 'there.pth'
    check_new(path, overwrite=False)
    path.touch()
    check_new(path, overwrite=True)
    with pytest.raises(UserError, match=r'there\.pth exists.*--overwrite'):
        check_new(path, overwrite=False)


def test_inputs_are_not_outputs(tmp_path):
    path = tmp_path / 'a.pth'
    check_not_input([path, None], ['a config', path])  # not there yet
    path.touch()
    (tmp_path / 'link').symlink_to(path)
    with pytest.raises(UserError, match='link is an input'):
        check_not_input([tmp_path / 'b', tmp_path / 'link'], [None, path])


@pytest.mark.parametrize(
    ('result', 'code', 'line'),
    [
        (None, 0, ''),
        (3, 3, ''),
        (KeyboardInterrupt(), 130, 'interrupted\n'),
        (UserError('no file a.py'), 2, 'error: no file a.py\n'),
        (UserError('a\n.py\x1b[2J\udc80'), 2, 'error: a\\n.py\\x1b[2J\\udc80\n'),
        (OSError(errno.ENOENT, 'nothing', 'a\nb'), 2, 'error: a\\nb: nothing\n'),
        (OSError(errno.EROFS, 'read-only', 'a'), 2, 'error: a: read-only\n'),
        (
            OSError(errno.ENOSPC, 'No space', 'a.pth'), 2,
            'error: the disk is full while writing a.pth; free some space and repeat the command\n',
        ),
    ],
)  # fmt: skip
def test_ends_of_a_command(capsys, result, code, line):
    assert run(result) == code
    assert capsys.readouterr().err == line


def test_bugs_keep_their_traceback():
    with pytest.raises(ValueError, match='a bug'):
        run(ValueError('a bug'))


def test_sigterm_is_an_interrupt_whatever_a_library_makes_of_it(capsys):
    before = signal.getsignal(signal.SIGTERM)

    @command
    def main():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            # A second one, to the group, does not interrupt the cleanup.
            os.kill(os.getpid(), signal.SIGTERM)
            raise RuntimeError('unexpected pos 64 vs 0') from None

    assert main() == 130
    assert capsys.readouterr().err == 'interrupted\n'
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize('write', ['print', 'rich.console.Console().print'])
def test_a_closed_stdout_is_neither_an_error_nor_a_result(write):
    code = f"""
import sys, rich.console
from mmpose_lrfg.utils.errors import command

@command
def main():
    for _ in range(5):
        {write}('x\\n' * 20000)

sys.exit(main())"""
    process = subprocess.Popen(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (141, b'')


@pytest.mark.parametrize(
    ('name', 'hint'),
    [('net8_lrgf.py', ' Did you mean net8_lrfg.py?'), ('something', '')],
)
def test_nearest_suggests_only_what_is_alike(name, hint):
    assert nearest(name, ['net8_lrfg.py', 'net1_yolopose.py']) == hint
