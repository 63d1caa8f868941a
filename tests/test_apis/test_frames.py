"""Cameras and addresses, played by a stand-in for OpenCV's capture."""

import json
import time

import cv2
import numpy as np
import pytest
from toy_media import OnePerson, write_image

from mmpose_lrfg.apis import frames as frames_module
from mmpose_lrfg.apis import video as video_module
from mmpose_lrfg.apis.frames import Reconnection, count_frames, read_frames
from mmpose_lrfg.apis.run import RunOptions, predict_sources
from mmpose_lrfg.apis.sources import file_name, find_sources, parse_stream, public
from mmpose_lrfg.apis.video import Display, VideoFile
from mmpose_lrfg.apis.writer import ResultWriter
from mmpose_lrfg.utils.errors import UserError


class FakeCapture:
    """Plays ``script``, one entry per attempt: None fails, N has N frames and breaks off."""

    def __init__(self, *script, length=0, fps=10.0):
        self.script, self.length, self.fps = list(script), length, fps
        self.opened, self.released = [], 0

    def __call__(self, address, *options):
        self.opened.append(address)
        self.left = self.script.pop(0) if self.script else None
        return self

    def isOpened(self):
        return self.left is not None

    def grab(self):
        self.left -= 1
        return self.left >= 0

    def retrieve(self):
        return True, np.full((48, 64, 3), 100, np.uint8)

    def get(self, what):
        return {cv2.CAP_PROP_FPS: self.fps, cv2.CAP_PROP_FRAME_COUNT: self.length}[what]

    def release(self):
        self.released += 1


def how(*script, attempts=2, **options):
    capture = FakeCapture(*script, **options)
    return Reconnection(attempts=attempts, pause=0, capture=capture)


def read(name, reconnection, stride=1):
    return list(read_frames(find_sources([name]), stride, reconnection))


def test_what_is_a_stream(tmp_path, monkeypatch):
    assert [parse_stream(n) for n in ('0', 'webcam:2', 'webcam', 'webcam1')] == [0, 2, 0, 1]
    assert parse_stream('rtsp://u:p@cam/1') == 'rtsp://u:p@cam/1'
    assert parse_stream('photo.jpg') is None and parse_stream('webcams/') is None
    for name, sentence in {
        'rstp://cam/1': r'rstp:// are not supported\. Did you mean rtsp',
        'webcam:front': 'give its number',
        'http://': 'without a host',
    }.items():
        with pytest.raises(UserError, match=sentence):
            find_sources([name])
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / '1.png').rename(tmp_path / '1')
    file, camera = find_sources(['1', '2'])
    assert file.stream is None and (camera.stream, camera.name) == (2, 'webcam-2')
    assert count_frames([file, camera]) is None


def test_passwords_stay_out_of_messages_and_names():
    address = 'rtsp://me:secret@10.0.0.7:554/a/b?key=1'
    assert public(address) == 'rtsp://10.0.0.7:554/a/b?key=1'
    assert file_name(address) == '10.0.0.7-554-a-b'
    with pytest.raises(UserError) as error:
        read(address, how(None))
    assert 'secret' not in str(error.value) and 'cannot be opened' in str(error.value)


def test_it_reconnects_and_counts_on(capsys):
    reconnection = how(3, None, 2, None, None)
    frames, sources = [], find_sources(['rtsp://cam/1'])
    with pytest.raises(UserError, match=r'broke off after 5 frames .* in 2 attempts'):
        for frame in read_frames(sources, 1, reconnection):
            frames.append(frame)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    assert all(f.live and f.fps == 10 for f in frames)
    assert [f.seconds for f in frames] == sorted(f.seconds for f in frames)
    assert reconnection.capture.opened == ['rtsp://cam/1'] * 5
    assert reconnection.capture.released == 5
    assert 'rtsp://cam/1 broke off; attempt 2 to reconnect' in capsys.readouterr().err


def test_a_file_behind_an_address_has_an_end():
    frames = read('http://host/clip.mp4', how(4, length=4), stride=2)
    assert [(f.index, f.seconds, f.fps, f.live) for f in frames] == [
        (0, 0.0, 5.0, False), (2, 0.2, 5.0, False)
    ]  # fmt: skip
    with pytest.raises(UserError, match='broke off after 4 of 100 frames'):
        read('http://host/clip.mp4', how(4, length=100))


def test_an_image_without_a_suffix_is_not_fetched_for_ever():
    reconnection = how(*[1] * 100)
    with pytest.raises(UserError, match=r'broke off after 3 frames .* in 2 attempts'):
        read('http://host/photo?id=3', reconnection)
    assert len(reconnection.capture.opened) == 3


@pytest.mark.parametrize('name', ['photo.png', 'photo.JPG?size=2', 'photo.webp'])
def test_an_image_behind_an_address_is_downloaded(serve, tmp_path, name):
    (tmp_path / 'served').mkdir()
    write_image(tmp_path / 'served' / 'photo.png').rename(
        tmp_path / 'served' / name.partition('?')[0]
    )
    server = serve(tmp_path / 'served')
    sources = find_sources([f'{server.address}/{name}'])
    assert count_frames(sources) == 1 and sources[0].name.endswith(name.partition('?')[0])
    (frame,) = read_frames(sources)
    assert frame.image.ndim == 3 and not frame.live and server.codes == [200]
    with pytest.raises(UserError, match=r'none\.png cannot be downloaded: 404'):
        list(read_frames(find_sources([f'{server.address}/none.png'])))


def test_a_large_image_behind_an_address(serve, tmp_path, monkeypatch):
    (tmp_path / 'served').mkdir()
    (tmp_path / 'served' / 'a.png').write_bytes(bytes(2000))
    address = f'{serve(tmp_path / "served").address}/a.png'
    (frame,) = read_frames(find_sources([address]))
    assert frame.image is None and frame.source.problem == f'{address} cannot be decoded'
    monkeypatch.setattr(frames_module, 'LARGEST_IMAGE', 1000)
    with pytest.raises(UserError, match=r'larger than 0\.001 MB; download it yourself'):
        list(read_frames(find_sources([address])))


def test_what_never_shows_a_frame():
    with pytest.raises(UserError, match='camera 0 cannot be opened: is it plugged in'):
        read('0', how(None))
    with pytest.raises(UserError, match='camera 0 opens but has no frame'):
        read('0', how(0))


def predict(out, reconnection, predictor=None, show=None, display=None, **options):
    sources = find_sources(['webcam:0'])
    lists = out / 'found.json', sources
    with ResultWriter(out, *lists, save_video=options.pop('save_video', True), show=show) as writer:
        chosen = RunOptions(reconnection=reconnection, display=display, **options)
        return predict_sources(predictor or OnePerson(), sources, writer, chosen)


def test_a_broken_stream_leaves_readable_files(tmp_path):
    with pytest.raises(UserError, match='broke off after 6 frames'):
        predict(tmp_path, how(4, 2, fps=1000 / 3))
    found = json.loads((tmp_path / 'found.json').read_text())
    frames = [r['frame'] for r in found]
    # Those that came too fast are left out; the last one never is.
    assert frames[-1] == 5 and frames == sorted(set(frames))
    assert {r['file_name'] for r in found} == {'webcam-0'}
    video = cv2.VideoCapture(str(tmp_path / 'webcam-0.mp4'))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) >= len(frames) and video.read()[0]
    assert {p.name for p in tmp_path.iterdir()} == {'found.json', 'webcam-0.mp4'}


def test_streams_are_not_kept_unless_asked(tmp_path):
    with pytest.raises(UserError, match='broke off'):
        predict(tmp_path, how(3), save_video=None)
    assert [p.name for p in tmp_path.iterdir()] == ['found.json']


def test_a_saved_stream_runs_as_fast_as_life(tmp_path):
    video = VideoFile(tmp_path / 'a.mp4', 10.0, (48, 64))
    for seconds in (0.0, 0.1, 0.5, 0.52, 1.0):
        video.add(np.zeros((48, 64, 3), np.uint8), seconds)
    video.close()
    assert cv2.VideoCapture(str(tmp_path / 'a.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == 11


def test_a_window(tmp_path, monkeypatch):
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    monkeypatch.setattr(video_module.sys, 'platform', 'linux')
    with pytest.raises(UserError, match='DISPLAY is not set'):
        Display()
    monkeypatch.setenv('DISPLAY', ':0')

    def headless(*args):
        raise cv2.error('The function is not implemented')

    monkeypatch.setattr(cv2, 'namedWindow', headless)
    with pytest.raises(UserError, match='pip install opencv-python'):
        Display()
    shown, keys = [], iter([-1, ord('q')])
    monkeypatch.setattr(cv2, 'namedWindow', lambda *args: None)
    monkeypatch.setattr(cv2, 'destroyWindow', lambda *args: None)
    monkeypatch.setattr(cv2, 'imshow', lambda title, image: shown.append(image))
    monkeypatch.setattr(cv2, 'waitKey', lambda delay: next(keys))
    display = Display()

    class Slow(OnePerson):
        def __call__(self, images):
            while self.batches and display.newest is None and not shown:
                time.sleep(0.001)  # until the image before is drawn
            return super().__call__(images)

    summary = predict(tmp_path, how(10**9), Slow(), display.offer, display, save_video=False)
    assert summary.frames == 2 and shown[-1].shape == (48, 64, 3)
    display.close()
