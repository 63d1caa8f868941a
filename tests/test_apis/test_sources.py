import cv2
import numpy as np
import pytest
from toy_media import write_image, write_video

from mmpose_lrfg.apis.frames import count_frames, read_frames
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


def test_a_folder_is_searched_in_natural_order(tmp_path):
    for name in ('b/10.png', 'b/9.png', 'a.jpg'):
        write_image(tmp_path / name)
    (tmp_path / 'notes.txt').write_text('x')
    write_video(tmp_path / 'c.mp4')
    sources = find_sources([str(tmp_path)])
    assert [s.name for s in sources] == ['a.jpg', 'b/9.png', 'b/10.png', 'c.mp4']
    assert [s.video for s in sources] == [False, False, False, True]
    assert count_frames(sources) == 6


def test_files_globs_and_repetitions(tmp_path):
    one, two = write_image(tmp_path / 'x/a.png'), write_image(tmp_path / 'y/a.png')
    odd = write_image(tmp_path / 'odd.png').rename(tmp_path / 'no_suffix')
    names = [str(two), str(tmp_path / '*' / '*.png'), str(tmp_path / 'x'), str(odd)]
    sources = find_sources(names)
    assert [s.path for s in sources] == [two, one, odd]
    # Files of one name get their folder.
    assert [s.name for s in sources] == ['y/a.png', 'x/a.png', 'no_suffix']


def test_names_stay_apart(tmp_path):
    images = [
        write_image(tmp_path / name) for name in ('p/x/1.png', 'q/x/1.png', 'q/x/2.png', '1.png')
    ]
    (tmp_path / 'webcam-0').write_bytes(b'')
    folders = [tmp_path / 'p' / 'x', tmp_path / 'q' / 'x', images[3], '0', tmp_path / 'webcam-0']
    names = {s.path.name: s.name for s in find_sources([str(folder) for folder in folders])}
    found = [s.name for s in find_sources([str(folder) for folder in folders])]
    assert names['2.png'] == '2.png'
    assert found[:2] == ['p/x/1.png', 'q/x/1.png'] and found[3].endswith('/1.png')
    assert found[4:] == ['webcam-0', 'webcam-0_2'] and len(set(found)) == 6
    # Two addresses of one name.
    found = find_sources(['rtsp://host/a', 'rtsp://host/x/../a', 'rtsp://user@host/a'])
    assert len({s.name for s in found}) == len(found) == 3


def test_an_empty_name_is_not_this_folder(tmp_path, monkeypatch):
    write_image(tmp_path / 'a.png')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="got ''"):
        find_sources(['a.png', ''])
    assert [s.name for s in find_sources(['.'])] == ['a.png']


def test_results_of_an_earlier_run_are_no_sources(tmp_path):
    write_image(tmp_path / 'a.png')
    drawn = write_image(tmp_path / 'out' / 'a.png')
    (only,) = find_sources([str(tmp_path)], results=tmp_path / 'out')
    assert only.name == 'a.png' and only.path != drawn
    assert find_sources([str(drawn)], results=tmp_path / 'out')[0].path == drawn


def test_what_means_nothing_is_named(tmp_path):
    write_image(tmp_path / 'people.jpg')
    (tmp_path / 'empty').mkdir()
    for name, sentence in {
        'peple.jpg': r'peple\.jpg does not exist\. Did you mean people\.jpg\?',
        'nowhere/a.jpg': r'nor does the folder .*nowhere',
        'empty': r'no image and no video in the folder',
        '*.png': r'no image or video matches',
    }.items():
        with pytest.raises(UserError, match=sentence):
            find_sources([str(tmp_path / name)])


def test_frames_in_order(tmp_path):
    write_image(tmp_path / '1.png', 77)
    write_video(tmp_path / '2.mp4')
    image, *frames = read_frames(find_sources([str(tmp_path)]))
    assert (image.image == 77).all() and image.index == 0 and image.fps == 0
    assert [f.index for f in frames] == [0, 1, 2]
    assert [f.fps for f in frames] == [10.0] * 3
    np.testing.assert_allclose([f.image.mean() for f in frames], [40, 120, 200], atol=6)


def test_what_does_not_decode_comes_without_an_image(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'no image')
    (tmp_path / 'b.png').write_bytes(b'')
    (tmp_path / 'c.mp4').write_bytes(b'no video')
    frames = list(read_frames(find_sources([str(tmp_path)])))
    assert [f.source.name for f in frames] == ['a.png', 'b.png', 'c.mp4']
    assert all(f.image is None for f in frames)


def test_any_image_becomes_three_channels(tmp_path):
    for name, shape, dtype in (
        ('grey.png', (9, 8), np.uint8),
        ('alpha.png', (9, 8, 4), np.uint8),
        ('deep ü.png', (9, 8, 3), np.uint16),
    ):
        path = tmp_path / name
        cv2.imencode('.png', np.zeros(shape, dtype))[1].tofile(path)
        image = read_image(path)
        assert image.shape == (9, 8, 3) and image.dtype == np.uint8
