"""A model on a data set, with all its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.evaluation.error_analysis import (
    INVERSION,
    JITTER,
    MISS,
    NAMES,
    SWAP,
    ImageErrors,
    find_errors,
)
from mmpose_lrfg.evaluation.labelled_images import LabelledImage
from mmpose_lrfg.evaluation.score_threshold import best_f1
from mmpose_lrfg.runtime import Poses


@dataclass
class Diagnosis:
    """What a model found, and what is wrong with it, image by image.

    Attributes:
        label: The model's name.
        score_thr: People who score less are left out.
        poses: Of each image.
        errors: Of each image.
    """

    label: str
    score_thr: float
    poses: list[Poses]
    errors: list[ImageErrors]

    @property
    def oks(self) -> np.ndarray:
        """(N,) mean OKS of the labelled people of each image, NaN where nobody is labelled."""
        return np.array([each.mean_oks for each in self.errors])

    def summary(self, index: int) -> str:
        """An image in words: ``OKS 0.71; people: 2 missed; keypoints: 3 swap, 1 miss``."""
        errors = self.errors[index]
        parts = [f'OKS {errors.mean_oks:.2f}'] if len(errors.oks) else ['nobody is labelled']
        people = {'missed': (errors.match < 0).sum(), 'false': errors.false.sum()}
        wrong = {NAMES[k]: (errors.status == k).sum() for k in (MISS, SWAP, INVERSION, JITTER)}
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
    """Find the errors of a model.

    Args:
        label (str): Its name.
        images (Sequence[LabelledImage]): The images.
        found (Mapping[int, Poses]): Its poses by the id of the image.
        score_thr (float, optional): Leave out people who score less. By default the score at which
            it is best, by F1 (:func:`best_f1`).
    """
    if score_thr is None:
        score_thr, _ = best_f1((image.labels, found[image.id]) for image in images)
    poses = [found[image.id].above(score_thr) for image in images]
    errors = [find_errors(i.labels, p.keypoints, p.boxes) for i, p in zip(images, poses)]
    return Diagnosis(label, score_thr, poses, errors)
