"""MMPose's ``CocoMetric``, tens of times faster, with classes and accuracy by keypoint."""

import logging

import numpy as np
from mmengine.logging import print_log
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from mmpose_lrfg.evaluation.keypoint_accuracy import KeypointAccuracy, keypoint_accuracy
from mmpose_lrfg.evaluation.oks_backends import OKSResult, choose_backend, evaluate, evaluate_oks
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.errors import UserError

STATS = ('AP', 'AP .5', 'AP .75', 'AP (M)', 'AP (L)', 'AR', 'AR .5', 'AR .75', 'AR (M)', 'AR (L)')
BOX_STATS = (
    'AP', 'AP .5', 'AP .75', 'AP (S)', 'AP (M)', 'AP (L)',
    'AR 1', 'AR 10', 'AR 100', 'AR (S)', 'AR (M)', 'AR (L)',
)  # fmt: skip


@METRICS.register_module()
class FastCocoMetric(CocoMetric):
    """``CocoMetric`` by a fast library, without writing and reading the detections as JSON.

    AP and AR equal those of pycocotools. Additional metrics are ``OKS`` and ``PCK``, means over
    all annotated keypoints (see :func:`keypoint_accuracy`; a table of both by keypoint is logged),
    ``best F1`` and ``recommended_score_thr``, the score threshold with the best F1 at OKS 0.5.

    With several classes, a detection is compared with objects of its class only. AP and AR are
    means over the classes, and ``AP NAME`` of each class is added. ``CocoMetric`` supports only
    category 1.

    After an evaluation, ``result`` holds the curves, ``accuracy`` the table.

    ``iou_type='bbox'`` evaluates the boxes of a detector. Other types than these and
    ``'keypoints'`` are evaluated by ``CocoMetric``.

    Args:
        *args: Those of ``CocoMetric``.
        backend (str, optional): ``hotcoco`` or ``pycocotools``. Defaults to the first of these
            that is installed.
        per_keypoint (bool): Add the table to the metrics, as ``OKS nose`` and so on.
        pck_thr (float): A keypoint is correct within this part of the box's longer side.
        **kwargs: Those of ``CocoMetric``.

    Raises:
        UserError: If the backend is unknown or not installed, or if a class-agnostic NMS is set
            for several classes.
    """

    def __init__(
        self,
        *args,
        backend: str | None = None,
        per_keypoint: bool = False,
        pck_thr: float = 0.05,
        **kwargs,
    ):
        self.backend = choose_backend(backend)
        super().__init__(*args, **kwargs)
        self.per_keypoint, self.pck_thr = per_keypoint, pck_thr
        self.detections: list[dict] = []
        self.result: OKSResult | None = None
        self.accuracy: KeypointAccuracy | None = None

    def categories(self) -> dict[int, str]:
        """Return the names by category id, in the order of the network's labels."""
        meta = self.dataset_meta
        if 'category_ids' in meta:  # as CheckedCocoDataset chose them
            return dict(zip(meta['category_ids'], meta['classes']))
        listed = self.coco.cats.values() if self.coco else meta.get('CLASSES') or ()
        names = {c['id']: str(c.get('name', c['id'])) for c in listed}
        return dict(sorted(names.items())) or {1: 'person'}

    def keypoint_names(self) -> list[str]:
        """Return the names of the keypoints, after an evaluation."""
        names = self.dataset_meta.get('keypoint_id2name', {})
        return [names.get(i, str(i)) for i in range(len(self.accuracy.oks))]

    def process(self, data_batch, data_samples) -> None:
        """Collect the predictions of a batch, each with the category of its label."""
        before = len(self.results)
        super().process(data_batch, data_samples)
        ids = list(self.categories())
        if len(ids) > 1 and self.nms_mode != 'none':
            raise UserError(
                f"nms_mode='{self.nms_mode}' of the metric ignores classes, of which there are "
                f"{len(ids)}; set nms_mode='none' (the network's own NMS is per class)"
            )
        for (found, _), sample in zip(self.results[before:], data_samples):
            labels = sample['pred_instances'].get('labels')
            if labels is None:
                labels = np.zeros(len(found['keypoints']), int)
            found['category_id'] = [ids[n] if n < len(ids) else int(n) + 1 for n in labels]

    def _sort_and_unique_bboxes(self, kpts: dict[int, list], key: str = 'id') -> dict[int, list]:
        """Give each detection its own category before those of an image are sorted."""
        for found in kpts.values():
            for place, each in enumerate(found):
                categories = each['category_id']
                each['category_id'] = categories[place % len(categories)]
        return super()._sort_and_unique_bboxes(kpts, key)

    def results2json(self, keypoints: dict[int, list], outfile_prefix: str) -> None:
        """Keep the detections; write them only with ``outfile_prefix``."""
        if self.iou_type not in ('keypoints', 'bbox') or self.outfile_prefix is not None:
            super().results2json(keypoints, outfile_prefix)
        self.detections = [
            {
                'image_id': found['img_id'],
                'category_id': found['category_id'],
                'keypoints': found['keypoints'].ravel().tolist(),
                'score': float(found['score']),
                **({'bbox': found['bbox'].tolist()} if 'bbox' in found else {}),
            }
            for people in keypoints.values()
            for found in people
        ]

    def _do_python_keypoint_eval(self, outfile_prefix: str) -> list[tuple[str, float]]:
        """Return (name, value) of every metric of the kept detections."""
        if self.iou_type not in ('keypoints', 'bbox'):
            return super()._do_python_keypoint_eval(outfile_prefix)
        names = self.categories()
        anns = [ann for ann in self.coco.anns.values() if ann['category_id'] in names]
        if not self.use_area and self.iou_type == 'keypoints':
            anns = [{**a, 'area': AREA_OF_BOX * a['bbox'][2] * a['bbox'][3]} for a in anns]
        truth = {
            'images': list(self.coco.imgs.values()),
            'categories': [c for i, c in self.coco.cats.items() if i in names],
            'annotations': anns,
        }
        if self.iou_type == 'bbox':
            stats = evaluate(truth, self.detections, 'bbox', self.backend).stats
            return [(name, float(value)) for name, value in zip(BOX_STATS, stats)]
        sigmas = self.dataset_meta['sigmas']
        self.result = evaluate_oks(truth, self.detections, sigmas, self.backend)
        self.accuracy = keypoint_accuracy(anns, self.detections, sigmas, self.pck_thr)
        metrics = list(zip(STATS, self.result.stats.tolist()))
        score_thr, f1 = self.result.f1.best
        metrics += [('best F1', f1), ('recommended_score_thr', score_thr)]
        if len(names) > 1:
            for place, category in enumerate(sorted(names)):
                precision = self.result.precision[..., place]
                precision = precision[precision > -1]
                ap = float(precision.mean()) if precision.size else -1.0
                metrics.append((f'AP {names[category]}', ap))
        return metrics + self._keypoint_metrics()

    def _keypoint_metrics(self) -> list[tuple[str, float]]:
        """Log the table of OKS and PCK by keypoint, and return their metrics."""
        accuracy, keypoints = self.accuracy, self.keypoint_names()
        lines = [f'{"keypoint":<18}   OKS  PCK@{self.pck_thr:g} annotated']
        for name, oks, pck, count in zip(keypoints, accuracy.oks, accuracy.pck, accuracy.labelled):
            lines.append(f'{name:<18} {oks:.3f}  {pck:8.3f}  {count:8d}')
        print_log('\n'.join(lines), 'current', logging.INFO)
        metrics = []
        for name, values in (('OKS', accuracy.oks), ('PCK', accuracy.pck)):
            metrics.append((name, accuracy.mean(values)))
            if self.per_keypoint:
                named = zip(keypoints, values.tolist())
                metrics += [(f'{name} {k}', value) for k, value in named if not np.isnan(value)]
        return metrics
