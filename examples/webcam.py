"""Poses on a camera's pictures, without torch: python webcam.py MODEL.onnx [CAMERA OR VIDEO].

Any key ends it. The window needs opencv-python instead of opencv-python-headless.
"""

import sys

import cv2

from mmpose_lrfg.runtime import PoseEstimator


def main(model, source='0'):
    estimator = PoseEstimator(model, score_thr=0.4)
    capture = cv2.VideoCapture(int(source) if source.isdigit() else source)
    while capture.isOpened():
        good, frame = capture.read()
        if not good:
            break
        start = cv2.getTickCount()
        drawn = estimator(frame).draw(frame)
        seconds = (cv2.getTickCount() - start) / cv2.getTickFrequency()
        cv2.putText(drawn, f'{1 / seconds:.0f} images/s', (9, 24), 0, 0.7, (255, 255, 255), 2)
        cv2.imshow('poses', drawn)
        if cv2.waitKey(1) >= 0:
            break


if __name__ == '__main__':
    main(*sys.argv[1:])
