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
    if len(pairs) > 1 and len(signs):
        for finding in _disagreeing(labels, pairs, signs, positions):
            if finding.pair:
                signs[:, pairs.index(finding.pair)] *= -1
            yield finding
    yield from _all_exchanged(labels, pairs, signs, positions)


def side_pairs(labels: Labels) -> list[tuple[int, int]]:
    """Return (left, right) keypoints by the metainfo's flip indices, or by their names."""
    flip = labels.meta['flip_indices'] if labels.meta else flip_by_name(labels.names)
    pairs = [(a, b) for a, b in enumerate(flip) if a < b]
    return [(b, a) if 'right' in labels.names[a].lower() else (a, b) for a, b in pairs]


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


def exchanged_pairs(signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split the pairs in two groups that agree best if one of them is exchanged.

    Their signs in the first eigenvector of the matrix of agreements differ.

    Returns:
        tuple[ndarray, ndarray]: (P,) bool, the smaller group; and (P,) bool, pairs in any group.
    """
    same = signs.T @ signs
    both = (signs != 0).astype(float).T @ (signs != 0)
    np.fill_diagonal(same, 0)
    part = np.linalg.eigh(same / np.sqrt(np.maximum(both, 1)))[1][:, -1]
    informative = np.abs(part) > 1e-3
    exchanged = informative & (part < 0)
    if exchanged.sum() * 2 > informative.sum():
        exchanged = informative & ~exchanged
    return exchanged, informative


def _disagreeing(labels: Labels, pairs, signs, positions) -> Iterator[Finding]:
    exchanged, informative = exchanged_pairs(signs)
    unclear = exchanged.sum() * 2 == informative.sum()
    straight = np.where(exchanged, -signs, signs)
    signs = signs.copy()
    for index in np.flatnonzero(exchanged):
        rest = np.delete(np.arange(len(pairs)), index)
        # Compare with the corrected others, so that two exchanged pairs do not agree.
        votes = signs[:, index] * np.sign(straight[:, rest].sum(axis=1))
        share, n, significant = _agreement(votes)
        if not significant:
            continue
        names = [' and '.join(labels.names[k] for k in pair) for pair in pairs]
        text = (
            f'{names[index]} seem to be exchanged: they agree with the other pairs in only '
            f'{share:.0%} of {n} objects'
        )
        if unclear:
            others = np.flatnonzero(informative & ~exchanged)
            text += f'; or else {", ".join(names[i] for i in others)} are'
        wrong = positions[votes < 0].tolist()
        pair = None if unclear else pairs[index]
        yield Finding('sides', ERROR, text, len(wrong), ANNOTATIONS, wrong, pair=pair)


def _agreement(votes: np.ndarray) -> tuple[float, int, bool]:
    """Return the share of positive votes, the number of votes, and if the share is too small."""
    n = int((votes != 0).sum())
    share = float((votes > 0).sum() / n) if n else 1.0
    significant = (0.5 - share) * 2 * n**0.5 >= MIN_DEVIATIONS
    return share, n, n >= MIN_OBJECTS and share <= MAX_AGREEMENT and significant


def _all_exchanged(labels: Labels, pairs, signs, positions) -> Iterator[Finding]:
    eyes = [p for p, pair in enumerate(pairs) if all('eye' in labels.names[k] for k in pair)]
    body = [p for p, pair in enumerate(pairs) if all('shoulder' in labels.names[k] for k in pair)]
    if not (eyes and body) or not len(signs):
        return
    facing = (signs[:, eyes] != 0).all(axis=1)
    votes = signs[facing][:, body[0]]
    share, n, significant = _agreement(votes)
    if significant:
        wrong = positions[facing][votes < 0].tolist()
        text = (
            f'left and right seem to be exchanged everywhere, or the images mirrored: of {n} '
            f'people with two annotated eyes, {share:.0%} have the left shoulder on the right'
        )
        yield Finding('all sides', ERROR, text, len(wrong), ANNOTATIONS, wrong)
