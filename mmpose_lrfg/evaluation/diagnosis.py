"""Detections of a model on a data set, with the errors of every image."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmpose_lrfg.datasets.coco_folder import AnnotationFile
from mmpose_lrfg.evaluation import error_analysis as ea
from mmpose_lrfg.evaluation.score_threshold import F1_OKS, f1_curve
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX


class LabelledImage(NamedTuple):
    """An image of a data set, its id in the annotation file, and its G annotated people."""

    id: int
    path: Path
    labels: ea.Labels


def labelled_images(split: AnnotationFile) -> list[LabelledImage]:
    """Return the images of a data set, in the order of its file."""
    people = defaultdict(list)
    for ann in split.content['annotations']:
        if 'bbox' in ann and 'keypoints' in ann:  # as in training
            area = ann.get('area') or AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3]
            people[ann['image_id']].append(dict(ann, area=area))
    found = []
    for image in split.content['images']:
        labels = ea.Labels.from_coco(people[image['id']])
        found.append(LabelledImage(image['id'], split.images / image['file_name'], labels))
    return found


@dataclass
class Diagnosis:
    """Detections of a model and their errors, image by image."""

    label: str  # the model's name
    score_thr: float  # detections that score less are discarded
    poses: list[Poses]
    errors: list[ea.ImageErrors]

    @property
    def oks(self) -> np.ndarray:
        """(N,) mean OKS of the annotated people of each image, NaN without any."""
        return np.array([each.mean_oks for each in self.errors])

    def shares(self) -> dict[str, float | int]:
        """Summarise all images: one row of a table.

        Returns:
            dict: Number of ``people``, ``missed_people`` and ``false_people`` (detections without
            a match), ``mean_oks`` of the people, and the share of the annotated keypoints of each
            status in ``NAMES``.
        """
        status, oks, match = (
            np.concatenate([getattr(each, name) for each in self.errors])
            for name in ('status', 'oks', 'match')
        )
        annotated = status[status != ea.UNLABELLED]
        counts = np.bincount(annotated, minlength=len(ea.NAMES)) / max(len(annotated), 1)
        return dict(
            people=len(match),
            missed_people=int((match < 0).sum()),
            false_people=sum(int(each.false_positive.sum()) for each in self.errors),
            mean_oks=float(oks.mean()) if len(oks) else 0.0,
            **dict(zip(ea.NAMES, counts.tolist())),
        )

    def summary(self, index: int) -> str:
        """Describe an image: ``OKS 0.71; people: 2 missed; keypoints: 3 swap, 1 miss``."""
        errors = self.errors[index]
        parts = [f'OKS {errors.mean_oks:.2f}'] if len(errors.oks) else ['no annotated person']
        people = {'missed': (errors.match < 0).sum(), 'false': errors.false_positive.sum()}
        kinds = ('miss', 'swap', 'inversion', 'jitter')
        wrong = {kind: (errors.status == ea.NAMES.index(kind)).sum() for kind in kinds}
        for what, counts in (('people', people), ('keypoints', wrong)):
            words = ', '.join(f'{count} {name}' for name, count in counts.items() if count)
            parts += [f'{what}: {words}'] if words else []
        return '; '.join(parts)


def diagnose(
    label: str,
    images: Sequence[LabelledImage],
    found: Mapping[int, Poses],
    score_thr: float | None = None,
) -> Diagnosis:
    """Find the errors of the model ``label``, which ``found`` these poses by the id of the image.

    Detections that score less than ``score_thr`` are discarded; by default, less than
    :func:`best_score_thr`.
    """
    if score_thr is None:
        score_thr = best_score_thr([(image.labels, found[image.id]) for image in images])
    poses = [found[image.id].above(score_thr) for image in images]
    errors = [ea.find_errors(i.labels, p.keypoints, p.boxes) for i, p in zip(images, poses)]
    return Diagnosis(label, score_thr, poses, errors)


def best_score_thr(found: Sequence[tuple[ea.Labels, Poses]]) -> float:
    """Return the score threshold with the best F1 of detected people at OKS 0.5; 0 without any.

    Scores of models are not comparable, so each model needs its own threshold. Detections are
    matched as by COCO: the best score first, each with the most similar unmatched person.
    """
    scores, correct = [], []
    for labels, poses in found:
        oks = ea.mean_similarity(labels, ea.similarities(labels, poses.keypoints))
        for detection in np.argsort(-poses.scores, kind='stable'):
            best = oks[:, detection].max(initial=0)
            scores.append(poses.scores[detection])
            correct.append(best >= F1_OKS)
            if best >= F1_OKS:
                oks[oks[:, detection].argmax()] = -1
    people = sum(len(labels.areas) for labels, _ in found)
    return f1_curve(np.array(scores), np.array(correct), people).best[0]
