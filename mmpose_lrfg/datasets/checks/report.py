"""Prints and draws findings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.markup import escape

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.tables import Column, Table

from .labels import Labels
from .rules import ERROR, IMAGES, WARNING, Finding

EXAMPLES = 3  # printed for each finding
DRAWINGS = 4  # drawn for each finding
MIN_SIDE = 400  # of a drawing in pixels


def print_findings(labels: Labels, console: Console) -> None:
    """Print a line on the data, then a row for each finding with some examples."""
    objects = sum(not ann.get('iscrowd') for ann in labels.annotations)
    console.print(
        f'[bold]{escape(str(labels.file))}[/]: {len(labels.images)} images, {objects} objects, '
        f'{labels.num_keypoints} keypoints'
        + ('' if labels.folder else ' (images not found and not checked; give --img-dir)')
    )
    if not labels.findings:
        console.print('no errors, no warnings')
        return
    columns = [
        'level',
        Column('places', lambda finding: f'{finding.count} {finding.part}'.strip(), left=False),
        Column('finding', lambda f: '\n'.join([f.text, *f.examples[:EXAMPLES]])),
    ]
    colours = {ERROR: 'red', WARNING: 'yellow'}
    Table(labels.findings, columns).print(console, style=lambda finding: colours[finding.level])


def conclusion(checked: Sequence[Labels]) -> str:
    """Return the numbers of errors and warnings."""
    levels = Counter(finding.level for labels in checked for finding in labels.findings)
    counted = [f'{levels[k]} {k}{"s" * (levels[k] != 1)}' for k in (ERROR, WARNING)]
    advice = 'repair the errors before training' if levels[ERROR] else 'ready for training'
    return f'{", ".join(counted)}: {advice}'


def draw_findings(labels: Labels, folder: Path) -> list[Path]:
    """Write ``KIND_1.jpg`` and so on: images with the annotations of each finding.

    Returns:
        list[Path]: The drawings; none if images were not checked.
    """
    written = []
    if labels.folder is None:
        return written
    links = labels.meta['skeleton_links'] if labels.meta else ()
    skeleton, numbers = Skeleton(labels.names, links), Counter()
    for finding in labels.findings:
        for image, annotations in _places(labels, finding):
            picture = read_image(labels.folder / str(image.get('file_name')))
            if picture is None:
                continue
            numbers[finding.kind] += 1
            path = folder / f'{finding.kind.replace(" ", "_")}_{numbers[finding.kind]}.jpg'
            drawn = _draw(picture, annotations, skeleton)
            write_bytes(path, cv2.imencode('.jpg', drawn)[1], durable=False)
            written.append(path)
    return written


def _places(labels: Labels, finding: Finding) -> Iterator[tuple[dict, list[dict]]]:
    """Yield some places of a finding, spread over the data set: image and annotations."""
    step = max(len(finding.positions) // DRAWINGS, 1)
    for position in finding.positions[::step][:DRAWINGS]:
        if finding.part == IMAGES:
            image = labels.images[position]
            anns = (labels.annotations[n] for n in labels.valid)
            yield image, [ann for ann in anns if ann['image_id'] == image.get('id')]
        elif (ann := labels.annotations[position]).get('image_id') in labels.by_id:
            yield labels.by_id[ann['image_id']], [ann]


def _draw(picture: np.ndarray, annotations: list[dict], skeleton: Skeleton) -> np.ndarray:
    """Draw the annotations that have the right numbers, on an image that is large enough."""
    scale = max(MIN_SIDE / max(picture.shape[:2]), 1.0)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for ann in annotations:
        points = np.array(ann.get('keypoints') or [0] * 3 * len(skeleton), float)
        box = np.array(ann.get('bbox') or [0] * 4, float)
        if points.size != 3 * len(skeleton) or box.size != 4:
            continue
        points.reshape(-1, 3)[:, :2] *= scale
        record = dict(keypoints=points.tolist(), bbox=(box * scale).tolist(), category_id=1)
        picture = Poses.from_coco([record], skeleton).draw(picture, labels=False)
    return picture
