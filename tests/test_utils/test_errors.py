import errno
import os
import signal
import subprocess
import sys

import pytest

from mmpose_lrfg.utils.errors import UserError, check_new, command, nearest


def test_a_file_that_exists_is_replaced_on_demand_only(tmp_path):
    path = tmp_path / 'there.pth'
    check_new(path, overwrite=False)
    path.touch()
    check_new(path, overwrite=True)
    with pytest.raises(UserError, match=r'there\.pth exists.*--overwrite'):
        check_new(path, overwrite=False)


def test_user_error_is_one_line_and_exit_code_2(capsys):
    @command
    def main():
        raise UserError('no file a.py')

    assert main() == 2
    assert capsys.readouterr().err == 'error: no file a.py\n'


def test_full_disk_says_where(capsys):
    @command
    def main():
        raise OSError(errno.ENOSPC, 'No space left on device', 'epoch_3.pth')

    assert main() == 2
    assert 'epoch_3.pth' in capsys.readouterr().err


@pytest.mark.parametrize('number', [errno.EROFS, errno.EACCES, errno.EIO, errno.ENAMETOOLONG])
def test_any_error_of_the_system_is_one_line(capsys, number):
    @command
    def main():
        raise OSError(number, os.strerror(number), 'a.json')

    assert main() == 2
    assert capsys.readouterr().err == f'error: a.json: {os.strerror(number)}\n'


def test_bugs_keep_their_traceback():
    @command
    def main():
        raise ValueError('a bug')

    with pytest.raises(ValueError, match='a bug'):
        main()


def test_result_and_interrupt_become_exit_codes():
    assert command(lambda: None)() == 0
    assert command(lambda: 3)() == 3

    @command
    def interrupted():
        raise KeyboardInterrupt

    assert interrupted() == 130


def test_sigterm_is_an_interrupt_whatever_a_library_makes_of_it(capsys):
    before = signal.getsignal(signal.SIGTERM)

    @command
    def main():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            # A second one, to the group, does not disturb the cleaning up.
            os.kill(os.getpid(), signal.SIGTERM)
            raise RuntimeError('unexpected pos 64 vs 0') from None

    assert main() == 130
    assert capsys.readouterr().err == 'interrupted\n'
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize('write', ['print', 'rich.console.Console().print'])
def test_a_reader_that_goes_away_is_neither_an_error_nor_a_result(write):
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
