"""What a training and an evaluation make of the data set as a whole."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mmpose_lrfg.datasets.anchor_fitting import ENOUGH, letterboxed, worst_ratios

from .findings import ERROR, WARNING, Collector, Finding, Labels


def check_training(labels: Labels) -> Iterator[Finding]:
    """Names, classes, keypoints that nobody labelled, and objects that no anchor matches."""
    yield from {finding.text: finding for finding in _names(labels)}.values()
    yield from _classes(labels)
    labelled = np.zeros(labels.num_keypoints, int)
    for position in labels.good:
        labelled += np.array(labels.annotations[position]['keypoints'][2::3]) > 0
    if not labelled.any():
        yield Finding('no labelled object', ERROR, 'no object has a labelled keypoint')
    elif not labelled.all():
        never = [labels.names[k] for k in np.flatnonzero(labelled == 0)]
        yield Finding('never labelled', WARNING, f'nobody has {", ".join(never)}', len(never))
    yield from _sizes(labels)


def _names(labels: Labels) -> Iterator[Finding]:
    for category in labels.content['categories']:
        names = category.get('keypoints') or []
        if not labels.meta or len(names) != labels.num_keypoints:
            continue
        other = [(n, a, b) for n, (a, b) in enumerate(zip(names, labels.names)) if a != b]
        if other:
            n, theirs, ours = other[0]
            yield Finding(
                'names',
                WARNING if set(names).isdisjoint(labels.names) else ERROR,
                f'keypoint {n} is {theirs} in the file, but {ours} in the metainfo',
                len(other),
            )


def _classes(labels: Labels) -> Iterator[Finding]:
    listed = {c.get('id'): str(c.get('name')) for c in labels.content['categories']}
    named = (labels.meta or {}).get('classes')
    unknown = [name for name in named or () if len(named) > 1 and name not in listed.values()]
    if unknown:
        yield Finding(
            'classes',
            ERROR,
            f'metainfo.classes names {", ".join(unknown)}, '
            f'the file has {", ".join(listed.values())}',
        )
    used = Counter(ann.get('category_id', 1) for ann in labels.annotations)
    unused = [name for i, name in listed.items() if not used[i]]
    if unused and len(unused) < len(listed):
        yield Finding(
            'unused category', WARNING, f'no annotation is a {", ".join(unused)}', len(unused)
        )


def _sizes(labels: Labels) -> Iterator[Finding]:
    if labels.anchors is None:
        return
    found, total = Collector(labels), 0
    anchors = labels.anchors.reshape(-1, 2)
    for position in labels.good:
        ann = labels.annotations[position]
        size = letterboxed([ann], [labels.by_id[ann['image_id']]], labels.input_size)
        total += len(size)
        if not len(size) or worst_ratios(size, anchors).min() < labels.ratio_thr:
            continue
        small = (size[0] < anchors.min(axis=0)).all()
        found.add(
            'small' if small else 'no anchor', position, f': {size[0][0]:.0f} x {size[0][1]:.0f}'
        )
    width, height = labels.input_size
    for kind, text in (
        ('small', f'objects so small at {width} x {height} that they match no anchor; not learnt'),
        (
            'no anchor',
            f'objects of a form at {width} x {height} that matches no anchor; not learnt',
        ),
    ):
        many = len(found.places.get(kind, ())) > (1 - ENOUGH) * total
        hint = ' (tools/autoanchor.py fits anchors)' if many else ''
        yield from found.annotations(kind, ERROR if many else WARNING, text + hint)
