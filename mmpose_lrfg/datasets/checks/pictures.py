"""Draws some places of every finding."""

from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.images import read_image

from .examine import Examination
from .findings import Finding, Labels

PICTURES = 4  # of a finding


def draw_findings(examination: Examination, folder: Path) -> list[Path]:
    """Write ``KIND_1.jpg`` and so on: the image with the annotation in question.

    Returns:
        list[Path]: The pictures; none where the images were not looked at.
    """
    labels, written = examination.labels, []
    if labels.folder is None:
        return written
    skeleton = _skeleton(labels)
    numbers: dict[str, int] = {}
    for finding in examination.findings:
        for image, annotations in _places(labels, finding):
            path = labels.folder / str(image.get('file_name'))
            picture = read_image(path)
            if picture is None:
                continue
            drawn = _draw(picture, annotations, skeleton)
            numbers[finding.kind] = numbers.get(finding.kind, 0) + 1
            name = f'{finding.kind.replace(" ", "_")}_{numbers[finding.kind]}.jpg'
            write_bytes(folder / name, cv2.imencode('.jpg', drawn)[1], durable=False)
            written.append(folder / name)
    return written


def _places(labels: Labels, finding: Finding):
    """(image, annotations to draw) of the first places whose image is known."""
    # Spread over the data set: the first ones are often alike.
    positions = finding.annotations
    step = max(len(positions) // PICTURES, 1)
    for position in positions[::step][:PICTURES]:
        ann = labels.annotations[position]
        if ann.get('image_id') in labels.by_id:
            yield labels.by_id[ann['image_id']], [ann]
    for position in finding.images[:PICTURES]:
        image = labels.images[position]
        anns = (labels.annotations[n] for n in labels.good)
        yield image, [ann for ann in anns if ann['image_id'] == image.get('id')]


def _skeleton(labels: Labels) -> Skeleton:
    links = labels.meta['skeleton_links'] if labels.meta else ()
    return Skeleton(labels.names, links)


def _draw(picture: np.ndarray, annotations: list[dict], skeleton: Skeleton) -> np.ndarray:
    """Those that can be drawn; at least 400 pixels wide, that lines are fine."""
    scale = max(400 / max(picture.shape[:2]), 1.0)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for ann in annotations:
        points = np.array(ann.get('keypoints') or [0] * 3 * len(skeleton), float)
        box = np.array(ann.get('bbox') or [0] * 4, float)
        if points.size != 3 * len(skeleton) or box.size != 4:
            continue
        points[0::3], points[1::3] = points[0::3] * scale, points[1::3] * scale
        record = dict(keypoints=points.tolist(), bbox=(box * scale).tolist(), category_id=1)
        picture = Poses.from_coco([record], skeleton).draw(picture, scores=False)
    return picture
