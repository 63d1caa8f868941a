"""Predictions as annotations, for correction in a labelling tool.

- COCO keypoints: https://cocodataset.org/#format-data; CVAT imports it as "COCO Keypoints 1.0".
- CVAT for images 1.1, with skeletons: https://docs.cvat.ai/docs/dataset_management/formats/xml_format
- Label Studio, tasks with predictions: https://labelstud.io/guide/predictions
"""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX

NAMES = dict(coco='annotations.json', cvat='annotations.xml', labelstudio='tasks.json')
"""Default names of the files."""
LOCAL = '/data/local-files/?d='
"""Address of a file in the folder that Label Studio serves."""


class LabelFile:
    """An annotation file, written when it is closed, unless nothing was added.

    A keypoint is annotated if its score is at least ``keypoint_thr`` and it lies in the image. The
    others are not annotated in COCO (visibility 0), hidden in CVAT (``outside``) at the predicted
    place, and absent in Label Studio. No keypoint is marked as occluded. Poses without an annotated
    keypoint are left out, boxes are clipped to the image.

    Beside the file lies what sets up the tool: the labels of CVAT (``*_labels.json``, for the "Raw"
    tab of its label editor), or the labelling interface of Label Studio (``*_config.xml``).

    Args:
        path (Path): The file.
        kind (str): 'coco', 'cvat' or 'labelstudio'.
        keypoint_thr (float): Lowest score of an annotated keypoint.
        model (str): Name of the model, for Label Studio.
    """

    def __init__(self, path: Path, kind: str, keypoint_thr: float = 0.3, model: str = 'lrfg'):
        self.path, self.kind = Path(path), kind
        self.keypoint_thr, self.model = keypoint_thr, model
        beside = dict(cvat='_labels.json', labelstudio='_config.xml').get(kind)
        self.beside = self.path.with_name(self.path.stem + beside) if beside else None
        self.images: list[str] = []
        self.annotations: list[str] = []  # of COCO
        self.best: Poses | None = None  # the pose with the highest scores of keypoints

    def add(self, image_id: int, more: dict, poses: Poses) -> None:
        """Add the poses of an image, which they must hold, under ``more['file_name']``."""
        height, width = poses.image.shape[:2]
        limits = np.array([width, height], np.float32)
        inside = ((poses.keypoints >= 0) & (poses.keypoints <= limits - 1)).all(axis=-1)
        seen = inside & (poses.keypoint_scores >= self.keypoint_thr)
        kept = seen.any(axis=1)
        boxes, keypoints = poses.boxes.clip(0, np.tile(limits, 2)), poses.keypoints
        poses = replace(poses, boxes=boxes, keypoints=keypoints.clip(0, limits - 1))[kept]
        self._keep_best(poses)
        add = getattr(self, f'_add_{self.kind}')
        add(image_id, more['file_name'], (width, height), poses, seen[kept])

    def close(self) -> None:
        """Write the file and what lies beside it."""
        if not self.images:
            return
        images, skeleton = ',\n'.join(self.images), self.best.skeleton
        if self.kind == 'cvat':
            labels = _raw_labels(*self._layout())
            size = f'<size>{len(self.images)}</size><mode>annotation</mode>'
            meta = f'<meta><task>{size}{_xml(_cvat_labels(labels))}</task></meta>'
            parts = ['<annotations>', '<version>1.1</version>', meta, *self.images]
            head = '<?xml version="1.0" encoding="utf-8"?>'
            text, beside = '\n'.join([head, *parts, '</annotations>\n']), json.dumps(labels)
        elif self.kind == 'labelstudio':
            text, beside = f'[{images}]\n', _xml(_interface(skeleton))
        else:
            annotations, categories = (
                ',\n'.join(self.annotations),
                json.dumps(_categories(skeleton)),
            )
            text = f'{{"images": [{images}],\n"annotations": [{annotations}],\n'
            text += f'"categories": {categories}}}\n'
        write_bytes(self.path, text.encode('utf-8', 'replace'))
        if self.beside:
            write_bytes(self.beside, beside.encode())

    def _keep_best(self, poses: Poses) -> None:
        found = [poses[[int(poses.keypoint_scores.sum(axis=1).argmax())]]] if len(poses) else []
        found += [self.best] if self.best else []
        found = max(found, key=lambda best: best.keypoint_scores.sum(), default=poses)
        self.best = replace(found, image=None)

    def _layout(self) -> tuple[Skeleton, np.ndarray]:
        """Return the skeleton and (K, 2) places of its keypoints in percent, for CVAT's editor."""
        skeleton = self.best.skeleton
        if len(self.best):
            places = self.best.keypoints[0] - self.best.keypoints[0].min(axis=0)
        else:  # a circle
            angles = np.linspace(0, 2 * np.pi, len(skeleton), endpoint=False)
            places = np.stack([np.sin(angles), -np.cos(angles)], axis=1) + 1
        return skeleton, 10 + 80 * places / max(places.max(), 1e-6)

    def _add_coco(self, image_id, name, size, poses, seen) -> None:
        image = dict(id=image_id, file_name=name, width=size[0], height=size[1])
        self.images.append(json.dumps(image))
        for record, visible in zip(poses.to_coco(image_id), seen):
            points = np.reshape(record['keypoints'], (-1, 3))
            points[:, 2] = 2
            points[~visible] = 0
            flat = [int(v) if n % 3 == 2 else v for n, v in enumerate(points.ravel().tolist())]
            area = round(AREA_OF_BOX * record['bbox'][2] * record['bbox'][3], 3)
            record.update(id=len(self.annotations) + 1, keypoints=flat, area=area, iscrowd=0)
            record.update(num_keypoints=int(visible.sum()), segmentation=[])
            self.annotations.append(json.dumps(record))

    def _add_cvat(self, image_id, name, size, poses, seen) -> None:
        about = dict(id=len(self.images), name=name, width=size[0], height=size[1])
        image = _element('image', **about)
        for label, points, visible in zip(poses.labels, poses.keypoints.tolist(), seen):
            kind = poses.skeleton.class_name(label)
            person = _element('skeleton', image, label=kind, source='auto', z_order=0)
            for keypoint, (x, y), shown in zip(poses.skeleton.names, points, visible):
                place = dict(points=f'{x:.2f},{y:.2f}', outside=int(not shown), occluded=0)
                _element('points', person, label=keypoint, source='auto', **place)
        self.images.append(_xml(image))

    def _add_labelstudio(self, image_id, name, size, poses, seen) -> None:
        result, (width, height) = [], size
        fixed = dict(
            to_name='image', original_width=width, original_height=height, image_rotation=0
        )
        scale = 100 / np.array([width, height])
        for n, (record, visible) in enumerate(zip(poses.to_coco(image_id), seen)):
            box = (np.reshape(record['bbox'], (2, 2)) * scale).round(4).ravel().tolist()
            value = dict(zip(('x', 'y', 'width', 'height'), box), rotation=0)
            value['rectanglelabels'] = [poses.skeleton.class_name(poses.labels[n])]
            box = dict(fixed, id=f'{n}', from_name='box', type='rectanglelabels', value=value)
            result.append({**box, 'score': record['score']})
            points = np.reshape(record['keypoints'], (-1, 3))
            places = (points[:, :2] * scale).round(4).tolist()
            for k in np.flatnonzero(visible).tolist():
                value = dict(x=places[k][0], y=places[k][1], width=0.5)
                value['keypointlabels'] = [poses.skeleton.names[k]]
                of = dict(id=f'{n}.{k}', parentID=f'{n}', from_name='keypoint')
                point = dict(fixed, **of, type='keypointlabels', value=value)
                result.append({**point, 'score': round(float(points[k, 2]), 6)})
        score = float(poses.scores.mean()) if len(poses) else 0.0
        found = dict(model_version=self.model, score=round(score, 6), result=result)
        self.images.append(
            json.dumps(dict(data=dict(image=LOCAL + quote(name)), predictions=[found]))
        )


def _element(tag: str, parent: ElementTree.Element | None = None, text: str = '', **attributes):
    attributes = {name: str(value) for name, value in attributes.items()}
    element = ElementTree.Element(tag, attributes)
    element.text = text or None
    if parent is not None:
        parent.append(element)
    return element


def _xml(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, encoding='unicode')


def _categories(skeleton: Skeleton) -> list[dict]:
    """Return COCO's categories; a category is the label + 1, and links count from 1."""
    links = [[a + 1, b + 1] for a, b in skeleton.links]
    shared = dict(supercategory='', keypoints=list(skeleton.names), skeleton=links)
    return [dict(id=n, name=name, **shared) for n, name in enumerate(skeleton.classes, 1)]


def _svg(skeleton: Skeleton, places: np.ndarray) -> str:
    """Return the drawing of a skeleton in CVAT's label editor."""
    places = [dict(zip('xy', map('{:.2f}'.format, place))) for place in places.tolist()]
    parts = []
    for a, b in skeleton.links:
        ends = {f'{axis}{n}': places[end][axis] for n, end in ((1, a), (2, b)) for axis in 'xy'}
        nodes = {'data-type': 'edge', 'data-node-from': a + 1, 'data-node-to': b + 1}
        parts.append(_element('line', **ends, stroke='black', **nodes, **{'stroke-width': 0.5}))
    for n, (name, place) in enumerate(zip(skeleton.names, places), 1):
        nodes = {'data-type': 'element node', 'data-element-id': n, 'data-node-id': n}
        drawn = dict(r=1.5, cx=place['x'], cy=place['y'], stroke='black', fill='#b3b3b3')
        parts.append(_element('circle', **drawn, **nodes, **{'data-label-name': name}))
    return ''.join(map(_xml, parts))


def _raw_labels(skeleton: Skeleton, places: np.ndarray) -> list[dict]:
    """Return CVAT's labels, one skeleton for each class."""
    points = [dict(name=name, type='points', attributes=[]) for name in skeleton.names]
    drawing = _svg(skeleton, places)
    shared = dict(type='skeleton', attributes=[], svg=drawing, sublabels=points)
    return [dict(name=name, **shared) for name in skeleton.classes]


def _cvat_labels(raw: list[dict]) -> ElementTree.Element:
    """Return the labels in the head of CVAT's XML, a keypoint below its parent."""
    labels = _element('labels')
    for each in raw:
        for label in (each, *each['sublabels']):
            entry = _element('label', labels)
            for name in ('name', 'type', 'svg'):
                if name in label:
                    _element(name, entry, label[name])
            if label is not each:
                _element('parent', entry, each['name'])
    return labels


def _interface(skeleton: Skeleton) -> ElementTree.Element:
    """Return Label Studio's labelling interface: a box for each object, with its keypoints."""
    view = _element('View')
    _element('Image', view, name='image', value='$image')
    boxes = _element('RectangleLabels', view, name='box', toName='image')
    points = _element('KeyPointLabels', view, name='keypoint', toName='image')
    for name in skeleton.classes:
        _element('Label', boxes, value=name)
    for n, name in enumerate(skeleton.names):
        _element('Label', points, value=name, model_index=n)
    return view
