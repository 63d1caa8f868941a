import errno
import json
import os
import shutil
import stat

import pytest

from mmpose_lrfg.runtime.files import replacing, write_json


def test_json_is_written_whole_with_its_folder(tmp_path):
    path = tmp_path / 'new' / ('ü' * 120 + '.json')
    write_json(path, {'a': [1, 2]})
    assert json.loads(path.read_text()) == {'a': [1, 2]}
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize('error', [TypeError, KeyboardInterrupt])
def test_after_an_error_the_old_file_stays(tmp_path, error):
    path = tmp_path / 'a.json'
    path.write_text('old')
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text('half')
        raise error
    assert path.read_text() == 'old' and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize('when', ['write', 'fsync'])
def test_a_full_disk_names_the_target_and_keeps_the_old_file(tmp_path, monkeypatch, number, when):
    path, source = tmp_path / 'a.json', tmp_path / 'source'
    path.write_text('old')
    source.write_text('new')

    def full(*args, **options):
        # shutil.copy names the file that it reads.
        raise OSError(number, os.strerror(number), *[str(source)][: when == 'write'])

    monkeypatch.setattr(*((shutil, 'copyfile') if when == 'write' else (os, 'fsync')), full)
    with pytest.raises(OSError, match=r'a\.json') as caught, replacing(path) as temporary:
        shutil.copy2(source, temporary)
    assert (caught.value.errno, caught.value.filename) == (number, str(path))
    assert path.read_text() == 'old' and len(list(tmp_path.iterdir())) == 2


def test_a_pipe_or_device_is_written_itself(tmp_path):
    path = tmp_path / 'pipe'
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_json(path, 'a')
    assert os.read(reader, 9) == b'"a"' and path.is_fifo()
    os.close(reader)
    with pytest.raises(OSError, match='half') as caught, replacing(path):
        raise OSError(errno.ENOSPC, 'half')
    assert caught.value.filename == str(path) and path.is_fifo()


@pytest.mark.parametrize('name', ['file/a.json', '.', 'a' * 300])
def test_other_errors_name_the_target(tmp_path, name):
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError) as caught:
        write_json(tmp_path / name, 1)
    assert caught.value.filename in (str(tmp_path / name), str(tmp_path / 'file'))
    assert len(list(tmp_path.iterdir())) == 1
