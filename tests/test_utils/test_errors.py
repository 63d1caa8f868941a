"""Commands end in one line and an exit code; bugs keep their traceback."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input, command, nearest


def raising(error):
    @command
    def main():
        raise error

    return main


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


SYSTEM = [
    (OSError(number, os.strerror(number), 'a'), f'a: {os.strerror(number)}')
    for number in (errno.EROFS, errno.EACCES, errno.EIO, errno.ENAMETOOLONG)
]


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (UserError('no file a.py'), 'no file a.py'),
        (UserError('no file a\n.py\x1b[2J\udc80'), r'no file a\n.py\x1b[2J\udc80'),
        (OSError(errno.ENOENT, 'nothing', 'a\nb'), r'a\nb: nothing'),
        *SYSTEM,
    ],
)
def test_errors_of_users_and_of_the_system_are_one_line(capsys, error, line):
    assert raising(error)() == 2
    assert capsys.readouterr().err == f'error: {line}\n'


def test_a_full_disk(capsys):
    assert raising(OSError(errno.ENOSPC, 'No space left on device', 'epoch_3.pth'))() == 2
    assert 'epoch_3.pth' in capsys.readouterr().err


def test_bugs_keep_their_traceback():
    with pytest.raises(ValueError, match='a bug'):
        raising(ValueError('a bug'))()


def test_exit_codes():
    assert command(lambda: None)() == 0
    assert command(lambda: 3)() == 3
    assert raising(KeyboardInterrupt())() == 130


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
    with subprocess.Popen(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (141, b'')


def test_nearest_suggests_only_what_is_alike():
    assert nearest('net8_lrgf.py', ['net8_lrfg.py', 'net1_yolopose.py']) == (
        ' Did you mean net8_lrfg.py?'
    )
    assert nearest('something', ['else']) == ''
