import errno

import pytest

from mmpose_lrfg.errors import UserError, command, nearest


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


def test_bugs_keep_their_traceback():
    @command
    def main():
        raise FileNotFoundError('a bug')

    with pytest.raises(FileNotFoundError):
        main()


def test_result_and_interrupt_become_exit_codes():
    assert command(lambda: None)() == 0
    assert command(lambda: 3)() == 3

    @command
    def interrupted():
        raise KeyboardInterrupt

    assert interrupted() == 130


def test_nearest_suggests_only_what_is_alike():
    assert nearest('net8_lrgf.py', ['net8_lrfg.py', 'net1_yolopose.py']) == (
        ' Did you mean net8_lrfg.py?'
    )
    assert nearest('something', ['else']) == ''
