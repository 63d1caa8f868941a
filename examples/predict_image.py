"""Predict poses of an image without torch: python predict_image.py MODEL.onnx IMAGE [RESULT]."""

import sys

import cv2

from mmpose_lrfg.runtime import ModelError, PoseEstimator


def main(model, path, result='poses.jpg'):
    image = cv2.imread(path)
    poses = PoseEstimator(model, score_thr=0.3)(image)
    for box, score, keypoints in zip(poses.boxes, poses.scores, poses.keypoints):
        nose = dict(zip(poses.skeleton.names, keypoints.round().tolist())).get('nose')
        print(f'score {score:.2f}, box {box.round().tolist()}, nose {nose}')
    if not cv2.imwrite(result, poses.draw(image)):
        sys.exit(f'error: {result} cannot be written')


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except ModelError as error:
        sys.exit(f'error: {error}')
