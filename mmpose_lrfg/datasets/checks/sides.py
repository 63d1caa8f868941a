"""Are left and right the same sides everywhere?

Who faces the camera has every left keypoint to the right of its right one, who turns away has it
the other way round, so the pairs of one person mostly agree. A pair that disagrees with the others
over the whole data set is labelled the wrong way round. If all are, the pairs agree; then only
those whose eyes are labelled tell, because they face the camera.
"""

from collections.abc import Iterator

import numpy as np

from mmpose_lrfg.datasets.converters.schema import flip_by_name

from .findings import ERROR, Finding, Labels

LEAST = 20  # people that make a statistic
CLEAR = 0.1  # of the box's width that left and right must be apart
SELDOM = 0.4  # of the objects; crossed arms and legs make less of it than half
SURE = 2.6  # standard deviations


def check_sides(labels: Labels) -> Iterator[Finding]:
    """Pairs whose sides disagree with the others, and data sets with all sides exchanged."""
    pairs = side_pairs(labels)
    signs, positions = side_signs(labels, pairs)
    if len(pairs) > 1 and len(signs):
        for finding in _disagreeing(labels, pairs, signs, positions):
            if finding.pair:
                signs[:, pairs.index(finding.pair)] *= -1
            yield finding
    yield from _all_exchanged(labels, pairs, signs, positions)


def side_pairs(labels: Labels) -> list[tuple[int, int]]:
    """(left, right) keypoints: those that the metainfo swaps, or by their names."""
    flip = labels.meta['flip_indices'] if labels.meta else flip_by_name(labels.names)
    pairs = [(a, b) for a, b in enumerate(flip) if a < b]
    return [
        (b, a)
        if 'right' in labels.names[a].lower() and 'left' in labels.names[b].lower()
        else (a, b)
        for a, b in pairs
    ]


def side_signs(labels: Labels, pairs) -> tuple[np.ndarray, np.ndarray]:
    """(N, P) of -1, 0, 1: is left to the right of right; 0: not clear. And positions (N,)."""
    if not pairs or not labels.good:
        return np.zeros((0, len(pairs))), np.zeros(0, int)
    good = [labels.annotations[n] for n in labels.good]
    points = np.array([ann['keypoints'] for ann in good], float).reshape(len(good), -1, 3)
    widths = np.array([ann['bbox'][2] for ann in good], float)[:, None]
    left, right = (points[:, [pair[side] for pair in pairs]] for side in (0, 1))
    apart = left[..., 0] - right[..., 0]
    seen = (left[..., 2] > 0) & (right[..., 2] > 0) & (np.abs(apart) > CLEAR * widths)
    return np.sign(apart) * seen, np.array(labels.good)


def agreements(signs: np.ndarray) -> np.ndarray:
    """(P,) share of agreements of a pair with the others of its object, and (P,) how many."""
    same = signs.T @ signs  # agreements minus disagreements
    both = (signs != 0).astype(float).T @ (signs != 0)
    np.fill_diagonal(same, 0)
    np.fill_diagonal(both, 0)
    counts = both.sum(axis=1)
    with np.errstate(invalid='ignore', divide='ignore'):
        return (same.sum(axis=1) / counts + 1) / 2, counts


def turned_pairs(signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P,) bool: the pairs that, exchanged, make all agree best; and (P,) bool: all that tell.

    The first eigenvector of the matrix of agreements parts the pairs in two groups; the smaller
    one is turned.
    """
    same = signs.T @ signs
    both = (signs != 0).astype(float).T @ (signs != 0)
    np.fill_diagonal(same, 0)
    part = np.linalg.eigh(same / np.sqrt(np.maximum(both, 1)))[1][:, -1]
    tells = np.abs(part) > 1e-3
    turned = tells & (part < 0)
    return (turned if turned.sum() * 2 <= tells.sum() else tells & ~turned), tells


def _disagreeing(labels: Labels, pairs, signs, positions) -> Iterator[Finding]:
    turned, tells = turned_pairs(signs)
    unclear = turned.sum() * 2 == tells.sum()
    straight = np.where(turned, -signs, signs)
    usual = agreements(straight)[0]
    signs = signs.copy()
    for index in np.flatnonzero(turned):
        rest = np.delete(np.arange(len(pairs)), index)
        # Against the others once these are set right, so that two turned pairs do not agree.
        votes = signs[:, index] * np.sign(straight[:, rest].sum(axis=1))
        share, n = _share(votes)
        if n < LEAST or share > SELDOM or (0.5 - share) * 2 * n**0.5 < SURE:
            continue
        left, right = (labels.names[k] for k in pairs[index])
        text = (
            f'{left} and {right} seem to be exchanged: they agree with the other pairs in '
            f'{share:.0%} of {n} objects, the other pairs among themselves in '
            f'{np.nanmean(usual[rest]):.0%}'
        )
        if unclear:
            kept = np.flatnonzero(tells & ~turned)
            names = ', '.join(' and '.join(labels.names[k] for k in pairs[i]) for i in kept)
            text += f'; or else {names} are'
        wrong = positions[votes < 0].tolist()
        pair = None if unclear else pairs[index]
        yield Finding('sides', ERROR, text, len(wrong), annotations=wrong, pair=pair)


def _share(votes: np.ndarray) -> tuple[float, int]:
    """Part of the votes that are above 0, and how many there are."""
    n = int((votes != 0).sum())
    return (float((votes > 0).sum() / n) if n else 1.0), n


def _all_exchanged(labels: Labels, pairs, signs, positions) -> Iterator[Finding]:
    eyes = [p for p, pair in enumerate(pairs) if all('eye' in labels.names[k] for k in pair)]
    body = [p for p, pair in enumerate(pairs) if all('shoulder' in labels.names[k] for k in pair)]
    if not (eyes and body) or not len(signs):
        return
    # Both eyes to be seen: the camera sees the face.
    facing = (signs[:, eyes] != 0).all(axis=1)
    votes = signs[facing][:, body[0]]
    share, n = _share(votes)
    if n >= LEAST and share < SELDOM and (0.5 - share) * 2 * n**0.5 >= SURE:
        wrong = positions[facing][votes < 0].tolist()
        text = (
            f'left and right seem to be exchanged everywhere, or the pictures mirrored: of {n} '
            f'people whose two eyes are labelled, {share:.0%} have the left shoulder on the right'
        )
        yield Finding('all sides', ERROR, text, len(wrong), annotations=wrong)
