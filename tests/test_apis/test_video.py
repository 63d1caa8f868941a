import cv2
import numpy as np
import pytest

from mmpose_lrfg.apis import video as video_module
from mmpose_lrfg.apis.video import Display, VideoFile
from mmpose_lrfg.utils.errors import UserError

IMAGE = np.full((48, 64, 3), 100, np.uint8)


def test_a_video_of_a_camera_runs_in_real_time(tmp_path):
    video = VideoFile(tmp_path / 'a.mp4', 10.0, (48, 64))
    for seconds in (0.0, 0.1, 0.5, 0.52, 1.0):
        video.add(IMAGE, seconds)
    video.close()
    assert cv2.VideoCapture(str(tmp_path / 'a.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == 11


@pytest.mark.parametrize('full', [True, False])
def test_an_incomplete_video_keeps_the_older_one(tmp_path, monkeypatch, full):
    """OpenCV's writer reports no error of the disk."""
    target = tmp_path / 'a.mp4'
    target.write_bytes(b'older')
    video = VideoFile(target, 10.0, (48, 64))
    for _ in range(3):
        video.add(IMAGE)
    video.writer.release()
    content = video.path.read_bytes()
    video.path.write_bytes(content[: len(content) // 2])
    monkeypatch.setattr(video_module, 'disk_full', lambda folder: full)
    with pytest.raises(OSError if full else UserError, match=r'No space|0 of 3 frames'):
        video.close()
    assert target.read_bytes() == b'older' and not list(tmp_path.glob('.*'))


def test_a_window(monkeypatch):
    def headless(*args):
        raise cv2.error('The function is not implemented')

    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(video_module.sys, 'platform', 'linux')
    with pytest.raises(UserError, match='DISPLAY is not set'):
        Display()
    monkeypatch.setenv('DISPLAY', ':0')
    monkeypatch.setattr(cv2, 'namedWindow', headless)
    with pytest.raises(UserError, match='pip install opencv-python'):
        Display()
    shown, keys = [], iter([-1, -1, ord('q')])
    monkeypatch.setattr(cv2, 'namedWindow', lambda *args: None)
    monkeypatch.setattr(cv2, 'imshow', lambda title, image: shown.append(image))
    monkeypatch.setattr(cv2, 'waitKey', lambda delay: next(keys))
    display = Display()
    assert display.refresh() and not shown
    display.offer(IMAGE)
    display.offer(IMAGE + 1)
    assert display.refresh() and len(shown) == 1 and (shown[0] == 101).all()
    assert not display.refresh()
