"""Finds keypoint pairs whose left and right are exchanged in the whole data set.

Facing the camera, every left keypoint is to the right of its right one in the image; turned away,
it is to the left. So the pairs of one person mostly agree. A pair that disagrees with the others
over the whole data set is exchanged. If all pairs are exchanged, they agree; then people with two
annotated eyes are decisive, because they face the camera.
"""

from collections.abc import Iterator

import numpy as np

from mmpose_lrfg.utils.metainfo import flip_by_name

from .labels import Labels
from .rules import ANNOTATIONS, ERROR, Finding

MIN_OBJECTS = 20
MIN_DISTANCE = 0.1  # between left and right, in parts of the box's width
MAX_AGREEMENT = 0.4  # of a pair that is exchanged; crossed arms and legs agree less than in half
MIN_DEVIATIONS = 2.6  # standard deviations from chance


def check_sides(labels: Labels) -> Iterator[Finding]:
    """Find pairs that disagree with the others, and data sets with all pairs exchanged."""
    pairs = side_pairs(labels)
    signs, positions = side_signs(labels, pairs)
    names = [' and '.join(labels.names[k] for k in pair) for pair in pairs]
    exchanged = exchanged_pairs(signs)
    others = [n for n in np.flatnonzero(signs.any(axis=0)) if n not in exchanged]
    unclear = len(others) == len(exchanged)
    for index, votes in sorted(exchanged.items()):
        text = (
            f'{names[index]} seem to be exchanged: they agree with the other pairs in only '
            f'{(votes > 0).sum() / (votes != 0).sum():.0%} of {(votes != 0).sum()} objects'
        )
        if unclear:
            text += f'; or else {", ".join(names[other] for other in others)} are'
        else:
            signs[:, index] *= -1
        wrong = positions[votes < 0].tolist()
        pair = None if unclear else pairs[index]
        yield Finding('sides', ERROR, text, len(wrong), ANNOTATIONS, wrong, pair=pair)
    eyes, shoulders = (
        [p for p, pair in enumerate(pairs) if all(part in labels.names[k] for k in pair)]
        for part in ('eye', 'shoulder')
    )
    if not (eyes and shoulders):
        return
    facing = (signs[:, eyes] != 0).all(axis=1)
    votes = signs[facing][:, shoulders[0]]
    if _is_exchanged(votes):
        wrong = positions[facing][votes < 0].tolist()
        text = (
            'left and right seem to be exchanged everywhere, or the images mirrored: '
            f'{len(wrong)} of {(votes != 0).sum()} objects with two annotated eyes have the right '
            'shoulder on the right'
        )
        yield Finding('all sides', ERROR, text, len(wrong), ANNOTATIONS, wrong)


def side_pairs(labels: Labels) -> list[tuple[int, int]]:
    """Return (left, right) keypoints: pairs of the metainfo's flip indices that have such names.

    Other pairs, such as the corners of a card in clockwise order, need not agree.
    """
    flip = labels.meta['flip_indices'] if labels.meta else flip_by_name(labels.names)
    names = [name.lower() for name in labels.names]
    return [(a, b) for a, b in enumerate(flip) if 'left' in names[a] and 'right' in names[b]]


def side_signs(labels: Labels, pairs) -> tuple[np.ndarray, np.ndarray]:
    """Return the direction of every pair and object.

    Returns:
        tuple[ndarray, ndarray]: (N, P) 1 where left is to the right of right, -1 where it is to
        the left, 0 where that is unclear; and (N,) positions of the annotations.
    """
    if not pairs or not labels.valid:
        return np.zeros((0, len(pairs))), np.zeros(0, int)
    valid = [labels.annotations[n] for n in labels.valid]
    points = np.array([ann['keypoints'] for ann in valid], float).reshape(len(valid), -1, 3)
    widths = np.array([ann['bbox'][2] for ann in valid], float)[:, None]
    left, right = (points[:, [pair[side] for pair in pairs]] for side in (0, 1))
    apart = left[..., 0] - right[..., 0]
    seen = (left[..., 2] > 0) & (right[..., 2] > 0) & (np.abs(apart) > MIN_DISTANCE * widths)
    return np.sign(apart) * seen, np.array(labels.valid)


def exchanged_pairs(signs: np.ndarray) -> dict[int, np.ndarray]:
    """Exchange the pair that agrees least with the others, as long as there is one.

    Args:
        signs (ndarray): (N, P) as :func:`side_signs` returns it.

    Returns:
        dict[int, ndarray]: Index of every exchanged pair, at most half of them, and (N,) 1 where
        it agrees with the others, -1 where it does not, 0 where that is unclear.
    """
    signs, found = signs.copy(), {}
    while len(found) < signs.any(axis=0).sum() // 2:
        votes = signs * np.sign(signs.sum(axis=1, keepdims=True) - signs)
        index = int(votes.sum(axis=0).argmin())
        if index in found or not _is_exchanged(votes[:, index]):
            break
        found[index] = votes[:, index]
        signs[:, index] *= -1
    return found


def _is_exchanged(votes: np.ndarray) -> bool:
    """Return whether votes of 1 and -1 are significantly negative."""
    count = (votes != 0).sum()
    share = (votes > 0).sum() / max(count, 1)
    significant = (0.5 - share) * 2 * count**0.5 >= MIN_DEVIATIONS
    return bool(count >= MIN_OBJECTS and share <= MAX_AGREEMENT and significant)
