"""Cameras and addresses are played by a stand-in for OpenCV's capture."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from toy_media import FakeCapture, write_image, write_video

from mmpose_lrfg.apis import frames as frames_module
from mmpose_lrfg.apis.frames import count_frames, read_frames
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def play(monkeypatch):
    """Replace OpenCV's capture: ``play(3, None)`` -> a :class:`FakeCapture`."""
    monkeypatch.setattr(frames_module, 'ATTEMPTS', 2)
    monkeypatch.setattr(frames_module, 'PAUSE', 0)

    def start(*script, **options):
        capture = FakeCapture(*script, **options)
        monkeypatch.setattr(cv2, 'VideoCapture', capture)
        return capture

    return start


def read(name, stride=1):
    return list(read_frames(find_sources([str(name)]), stride))


def test_files(tmp_path):
    write_image(tmp_path / '1.png', 77)
    write_video(tmp_path / '2.mp4')
    for name in ('3.png', '4.mp4'):
        (tmp_path / name).write_bytes(b'broken')
    (tmp_path / '5.png').touch()
    image, *video, damaged, no_video, empty = read(tmp_path)
    assert (image.image == 77).all() and (image.index, image.fps) == (0, 0)
    assert [f.index for f in video] == [0, 1, 2]
    assert [f.seconds for f in video] == pytest.approx([0.0, 0.1, 0.2])
    assert [f.fps for f in video] == [10.0] * 3
    np.testing.assert_allclose([f.image.mean() for f in video], [40, 120, 200], atol=6)
    assert [f.image for f in (damaged, no_video, empty)] == [None] * 3
    assert count_frames(find_sources([str(tmp_path)])) == 7
    assert count_frames(find_sources([str(tmp_path / '2.mp4')]), stride=2) == 2
    assert count_frames(find_sources([str(tmp_path), '0'])) is None


def test_times_are_the_timestamps_of_the_file(tmp_path):
    image = pytest.importorskip('PIL.Image', reason='Pillow is not installed')
    first, *others = [image.new('L', (64, 48), 9 * n) for n in range(5)]
    steps = [100, 300, 40, 500, 100]  # milliseconds
    path = tmp_path / 'a.gif'
    first.save(path, save_all=True, append_images=others, duration=steps)
    found = read(path)
    assert [f.seconds for f in found] == pytest.approx([0, 0.1, 0.4, 0.44, 0.94])
    assert [f.seconds for f in read(path, stride=2)] == pytest.approx([0, 0.4, 0.94])


def test_damaged_timestamps_are_replaced(play):
    capture = play(6, length=6)
    times = iter([5000.0, 5100, 5050, 5250, 9e9, 9e9 + 200])  # back by 50, on by 104 days
    given, get = capture.get, {cv2.CAP_PROP_POS_MSEC: lambda: next(times)}
    capture.get = lambda what: get[what]() if what in get else given(what)
    found = read('http://host/clip.mp4')
    assert [f.seconds for f in found] == pytest.approx([0, 0.1, 0.2, 0.4, 0.5, 0.7])


@pytest.mark.parametrize(
    ('matrix', 'shape', 'corner'),
    [
        ((1, 0, 0, 1), (48, 64), (0, 0)),
        ((0, 1, -1, 0), (64, 48), (0, 1)),
        ((-1, 0, 0, -1), (48, 64), (1, 1)),
        ((0, -1, 1, 0), (64, 48), (1, 0)),
    ],
)
def test_videos_of_phones_are_upright(tmp_path, matrix, shape, corner):
    """A rotation matrix of the track turns the white upper left corner."""
    path = tmp_path / 'a.mp4'
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'mp4v'), 10, (64, 48))
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24, :24] = 255
    video.write(image)
    video.release()
    content = bytearray(path.read_bytes())
    at = content.index(b'tkhd') + 4 + 40  # version 0: 40 bytes before the matrix
    a, b, c, d = (value << 16 for value in matrix)
    rows = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    content[at : at + 36] = b''.join(value.to_bytes(4, 'big', signed=True) for value in rows)
    path.write_bytes(content)
    (frame,) = read(path)
    assert frame.image.shape[:2] == shape
    down, right = (slice(None, 8) if side == 0 else slice(-8, None) for side in corner)
    assert frame.image[down, right].min() > 200 and frame.image.mean() < 90


def test_any_image_has_three_channels(tmp_path):
    grey, alpha, deep = (9, 8), (9, 8, 4), (9, 8, 3)
    for shape, dtype in ((grey, np.uint8), (alpha, np.uint8), (deep, np.uint16)):
        cv2.imencode('.png', np.zeros(shape, dtype))[1].tofile(tmp_path / 'ü.png')
        image = read_image(tmp_path / 'ü.png')
        assert image.shape == (9, 8, 3) and image.dtype == np.uint8


def test_a_stream_is_opened_again_and_counts_on(play, capsys):
    capture = play(3, None, 2)
    frames = []
    with pytest.raises(UserError, match=r'broke off after 5 frames .* in 2 attempts'):
        for frame in read_frames(find_sources(['rtsp://cam/1'])):
            frames.append(frame)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    assert all(f.live and f.fps == 10 for f in frames)
    assert [f.seconds for f in frames] == sorted(f.seconds for f in frames)
    assert capture.opened == ['rtsp://cam/1'] * 5 and capture.released == 5
    assert 'rtsp://cam/1 broke off; attempt 2 to reconnect' in capsys.readouterr().err


def test_a_file_behind_an_address_has_an_end(play):
    play(4, length=4)
    frames = read('http://host/clip.mp4', stride=2)
    assert [(f.index, f.seconds, f.fps, f.live) for f in frames] == [
        (0, 0.0, 5.0, False), (2, 0.2, 5.0, False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('script', 'length', 'name', 'message'),
    [
        ([4], 100, 'http://host/clip.mp4', 'broke off after 4 of 100 frames'),
        # An image without a suffix is one frame each time.
        ([1] * 100, 0, 'http://host/photo?id=3', r'broke off after 3 frames .* in 2 attempts'),
        ([None], 0, '0', 'camera 0 cannot be opened: is it plugged in'),
        ([0], 0, '0', 'camera 0 opens but has no frame'),
        ([None], 0, 'rtsp://me:secret@cam/1', '^rtsp://cam/1 cannot be opened'),
    ],
)
def test_streams_that_end_in_an_error(play, script, length, name, message):
    play(*script, length=length)
    with pytest.raises(UserError, match=message):
        read(name)


@pytest.mark.parametrize('name', ['photo.png', 'photo.JPG?size=2', 'photo.webp'])
def test_an_image_behind_an_address_is_downloaded(serve, tmp_path, name):
    path = Path(tmp_path, 'served', name.partition('?')[0])
    write_image(tmp_path / 'served' / 'a.png').rename(path)
    server = serve(path.parent)
    sources = find_sources([f'{server.address}/{name}'])
    assert count_frames(sources) == 1 and sources[0].name.endswith(path.name)
    (frame,) = read_frames(sources)
    assert frame.image.ndim == 3 and not frame.live and server.codes == [200]


def test_addresses_without_a_usable_image(serve, tmp_path, monkeypatch):
    (tmp_path / 'served').mkdir()
    (tmp_path / 'served' / 'a.png').write_bytes(bytes(2000))
    address = serve(tmp_path / 'served').address
    (frame,) = read(f'{address}/a.png')
    assert frame.image is None and frame.source.problem == f'{address}/a.png cannot be decoded'
    monkeypatch.setattr(frames_module, 'MAX_IMAGE_BYTES', 1000)
    with pytest.raises(UserError, match=r'larger than 0\.001 MB; download it yourself'):
        read(f'{address}/a.png')
    with pytest.raises(UserError, match=r'none\.png cannot be downloaded: 404'):
        read(f'{address}/none.png')
