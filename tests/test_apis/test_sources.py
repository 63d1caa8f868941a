import pytest
from toy_media import write_image, write_video

from mmpose_lrfg.apis.sources import file_name, find_sources, parse_stream, public
from mmpose_lrfg.utils.errors import UserError


def test_a_folder_in_natural_order_without_earlier_results(tmp_path):
    for name in ('b/10.png', 'b/9.png', 'a.jpg'):
        write_image(tmp_path / name)
    (tmp_path / 'notes.txt').write_text('x')
    write_video(tmp_path / 'c.mp4')
    drawn = write_image(tmp_path / 'out' / 'a.jpg')
    sources = find_sources([str(tmp_path)], results=tmp_path / 'out')
    assert [s.name for s in sources] == ['a.jpg', 'b/9.png', 'b/10.png', 'c.mp4']
    assert [s.video for s in sources] == [False, False, False, True]
    for given in (drawn, drawn.parent):  # they are asked for
        assert [s.path for s in find_sources([str(given)], results=tmp_path / 'out')] == [drawn]


def test_files_globs_and_repetitions(tmp_path):
    one, two = write_image(tmp_path / 'x/a.png'), write_image(tmp_path / 'y/a.png')
    odd = write_image(tmp_path / 'odd.png').rename(tmp_path / 'no_suffix')
    names = [str(two), str(tmp_path / '*' / '*.png'), str(tmp_path / 'x'), str(odd)]
    sources = find_sources(names)
    assert [s.path for s in sources] == [two, one, odd]
    # Files of one name get their folder.
    assert [s.name for s in sources] == ['y/a.png', 'x/a.png', 'no_suffix']


def test_names_are_unique(tmp_path):
    for name in ('p/x/1.png', 'q/x/1.png', 'q/x/2.png', '1.png'):
        write_image(tmp_path / name)
    (tmp_path / 'webcam-0').touch()
    files = [str(tmp_path / name) for name in ('p/x', 'q/x', '1.png', 'webcam-0')]
    found = [s.name for s in find_sources([*files[:3], '0', files[3]])]
    assert found[:4] == ['p/x/1.png', 'q/x/1.png', '2.png', '1.png']
    assert found[4:] == ['webcam-0', 'webcam-0_2']
    found = find_sources(['rtsp://host/a', 'rtsp://host/x/../a', 'rtsp://user@host/a'])
    assert len({s.name for s in found}) == 3


def test_cameras_and_addresses(tmp_path, monkeypatch):
    assert [parse_stream(n) for n in ('0', 'webcam:2', 'webcam', 'webcam1')] == [0, 2, 0, 1]
    assert parse_stream('rtsp://u:p@cam/1') == 'rtsp://u:p@cam/1'
    assert parse_stream('photo.jpg') is None and parse_stream('webcams/') is None
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / '1.png').rename(tmp_path / '1')
    file, camera = find_sources(['1', '2'])
    assert file.stream is None and (camera.stream, camera.name) == (2, 'webcam-2')
    address = 'rtsp://me:secret@10.0.0.7:554/a/b?key=1'
    assert public(address) == 'rtsp://10.0.0.7:554/a/b?key=1'
    assert file_name(address) == '10.0.0.7-554-a-b'


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('', "got ''"),
        ('peple.jpg', r'peple\.jpg does not exist\. Did you mean people\.jpg\?'),
        ('nowhere/a.jpg', r'nor does the folder .*nowhere'),
        ('empty', r'no image and no video in the folder'),
        ('*.png', r'no image or video matches'),
        ('rstp://cam/1', r'rstp:// are not supported\. Did you mean rtsp'),
        ('webcam:front', 'give its number'),
        ('http://', 'without a host'),
    ],
)
def test_names_without_a_source(tmp_path, monkeypatch, name, message):
    write_image(tmp_path / 'people.jpg')
    (tmp_path / 'empty').mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        find_sources(['people.jpg', name])
