"""Show the poses of a camera without torch: python webcam.py MODEL.onnx [CAMERA OR VIDEO].

Tracks people if ``pip install trackers supervision`` was run. Any key quits. The window needs
opencv-python instead of opencv-python-headless.
"""

import sys
import time

import cv2

from mmpose_lrfg.runtime import ModelError, PoseEstimator, PoseSmoother, PoseTracker


def main(model, source='0'):
    estimator = PoseEstimator(model, score_thr=0.4)
    smoother, tracker = PoseSmoother(), None
    try:
        tracker = PoseTracker('bytetrack', score_thr=0.4)
    except ModelError as error:
        print(error, file=sys.stderr)
    capture = cv2.VideoCapture(int(source) if source.isdigit() else source)
    if not capture.isOpened():
        sys.exit(f'error: the camera or video {source} cannot be opened')
    while True:
        good, frame = capture.read()
        if not good:
            break
        start = time.monotonic()
        poses = estimator(frame)
        if tracker:
            poses = smoother(tracker(poses, start), start)
        drawn = poses.draw(frame)
        rate = f'{1 / (time.monotonic() - start):.0f} images/s'
        cv2.putText(drawn, rate, (9, 24), 0, 0.7, (255, 255, 255), 2)
        cv2.imshow('poses', drawn)
        if cv2.waitKey(1) >= 0:
            break


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except ModelError as error:
        sys.exit(f'error: {error}')
