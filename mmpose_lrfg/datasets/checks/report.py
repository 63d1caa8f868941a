"""Prints and draws findings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.tables import Column, Table

from .annotations import is_valid
from .labels import Labels
from .rules import ERROR, IMAGES, WARNING, Finding

EXAMPLES = 3  # printed for each finding
DRAWINGS = 4  # drawn for each finding
COLOURS = {ERROR: 'red', WARNING: 'yellow'}


def print_findings(labels: Labels, title: str) -> None:
    """Print title and numbers of a data set, then a row for each finding with some examples."""
    objects = sum(not ann.get('iscrowd') for ann in labels.annotations)
    print(
        f'{title}: {len(labels.images)} images, {objects} objects, '
        f'{labels.num_keypoints} keypoints'
        + ('' if labels.folder else ' (images not found and not checked; give --img-dir)')
    )
    if len(labels.objects) > 1:
        print(', '.join(f'{count} {name}' for name, count in labels.objects.items()))
    shares = sorted(labels.annotated.items(), key=lambda each: each[1])
    if shares and shares[0][1] < 1:
        mean = sum(share for _, share in shares) / len(shares)
        least = ', '.join(f'{name} {share:.0%}' for name, share in shares[:3])
        print(f'{mean:.0%} of the keypoints are annotated; least: {least}')
    if not labels.findings:
        print('no errors, no warnings')
        return
    columns = [
        'level',
        Column('places', lambda finding: f'{finding.count} {finding.part}'.strip(), left=False),
        Column('finding', lambda f: '\n'.join([f.text, *f.examples[:EXAMPLES]])),
    ]
    Table(labels.findings, columns).print(style=lambda finding: COLOURS[finding.level])


def conclusion(checked: Sequence[Labels]) -> str:
    """Return the numbers of errors and warnings."""
    levels = Counter(finding.level for labels in checked for finding in labels.findings)
    counted = [f'{levels[k]} {k}{"s" * (levels[k] != 1)}' for k in (ERROR, WARNING)]
    advice = 'repair the errors before training' if levels[ERROR] else 'ready for training'
    return f'{", ".join(counted)}: {advice}'


def draw_findings(labels: Labels, folder: Path) -> int:
    """Write ``KIND_1.jpg`` and so on: images with the annotations of each finding.

    Returns:
        int: Number of drawings; 0 if images were not checked.
    """
    if labels.folder is None:
        return 0
    links = labels.meta['skeleton_links'] if labels.meta else ()
    skeleton, numbers = Skeleton(labels.names, links), Counter()
    for finding in labels.findings:
        for image, annotations, other in _places(labels, finding):
            picture = read_image(labels.folder / str(image.get('file_name')))
            if picture is None:
                continue
            numbers[finding.kind] += 1
            path = folder / f'{finding.kind.replace(" ", "_")}_{numbers[finding.kind]}.jpg'
            drawn = Poses.from_coco(annotations, skeleton).draw(picture, scores=False)
            other = read_image(other) if other else None
            if other is not None:  # beside it, in its size
                drawn = cv2.hconcat([drawn, cv2.resize(other, drawn.shape[1::-1])])
            write_bytes(path, cv2.imencode('.jpg', drawn)[1], durable=False)
    return numbers.total()


def _places(labels: Labels, finding: Finding) -> Iterator[tuple[dict, list[dict], Path | None]]:
    """Yield some places of a finding, spread over the data set: image, annotations, other image."""
    count = len(labels.names)
    step = max(len(finding.positions) // DRAWINGS, 1)
    for position in finding.positions[::step][:DRAWINGS]:
        if finding.part == IMAGES:
            image = labels.images[position]
            anns = [labels.annotations[n] for n in labels.valid]
            anns = [ann for ann in anns if ann['image_id'] == image.get('id')]
        else:
            anns = [labels.annotations[position]]
            image = labels.by_id.get(anns[0].get('image_id'))
        if image is not None:
            anns = [{**ann, 'category_id': 1} for ann in anns if is_valid(ann, count)]
            yield image, anns, finding.others.get(position)
