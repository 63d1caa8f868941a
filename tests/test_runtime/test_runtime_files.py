import json
import stat

import pytest

from mmpose_lrfg.runtime.files import replacing, write_json


def test_json_is_written_whole_with_its_folder(tmp_path):
    path = tmp_path / 'new' / 'a.json'
    write_json(path, {'a': [1, 2]})
    assert json.loads(path.read_text()) == {'a': [1, 2]}
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
    assert [p.name for p in path.parent.iterdir()] == ['a.json']


def test_after_an_error_the_old_file_stays(tmp_path):
    path = tmp_path / 'a.json'
    write_json(path, 1)
    with pytest.raises(TypeError):
        write_json(path, object())
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text('half')
        raise KeyboardInterrupt
    assert path.read_text() == '1'
    assert [p.name for p in tmp_path.iterdir()] == ['a.json']
