"""People as means of what several anchors say of them."""

import numpy as np
import pytest
import torch

from mmpose_lrfg.models.heads import postprocess
from mmpose_lrfg.models.heads.postprocess import Candidates


def candidates_of(count, images=2, seed=0):
    """Crowds of boxes that overlap by all degrees."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.rand(*shape, generator=generator)

    corners = draw(count, 2) * 30
    return Candidates(
        images=(draw(count) * images).long(),
        boxes=torch.cat([corners, corners + 40 + draw(count, 2) * 20], dim=1),
        scores=draw(count) * 0.8 + 0.1,
        labels=(draw(count) * 2).long(),
        keypoints=draw(count, 3, 2) * 100,
        visibilities=draw(count, 3),
    )


def overlap(a, b):
    """IoU of two boxes in plain numbers."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


def merged_one_by_one(candidates, image, score, wnms_thr):
    """Mean box, keypoints and visibilities of the person with this score, in plain loops."""
    people = [
        [np.asarray(field[i], float) for field in candidates] for i in range(len(candidates[0]))
    ]
    people = [person for person in people if person[0] == image]
    own = next(person for person in people if abs(person[2] - score) < 1e-6)
    total, sums = 0.0, [0.0, 0.0, 0.0]
    for person in people:
        same_kind = person[3] == own[3] and overlap(person[1], own[1]) > wnms_thr
        if person is own or same_kind:
            total += person[2]
            sums = [s + person[2] * part for s, part in zip(sums, (person[1], *person[4:]))]
    return [s / total for s in sums]


@pytest.mark.parametrize('wnms_thr', [0.0, 0.5, 0.8])
def test_means_are_those_of_plain_loops(wnms_thr):
    candidates = candidates_of(150)
    chosen = dict(num_images=2, nms_thr=0.65, nms_pre=100, max_per_img=5)
    plain = postprocess.suppress(candidates, **chosen)
    merged = postprocess.suppress(candidates, **chosen, wnms_thr=wnms_thr)
    changed = 0
    for image, (before, after) in enumerate(zip(plain, merged)):
        assert torch.equal(before.scores, after.scores) and len(after.scores) == 5
        assert torch.equal(before.labels, after.labels)
        for i, score in enumerate(after.scores):
            wanted = merged_one_by_one(candidates, image, float(score), wnms_thr)
            for ours, theirs in zip((after.boxes, after.keypoints, after.visibilities), wanted):
                assert np.allclose(ours[i], theirs, atol=1e-3)
        changed += int((before.keypoints != after.keypoints).any(dim=(1, 2)).sum())
    assert changed > 3


def test_off_by_default_and_with_nothing_to_merge():
    candidates = candidates_of(60)
    chosen = dict(num_images=3, nms_thr=0.65, nms_pre=100, max_per_img=100)
    for wnms_thr in ({}, dict(wnms_thr=1.0)):
        found = postprocess.suppress(candidates, **chosen, **wnms_thr)
        known = {tuple(row) for row in candidates.boxes.tolist()}
        assert all(tuple(row) in known for people in found for row in people.boxes.tolist())
    # The third image has no candidate at all.
    assert len(postprocess.suppress(candidates, **chosen, wnms_thr=0.8)[2].scores) == 0


def test_a_box_without_extent_stays_as_it_is():
    point = candidates_of(1, images=1)._replace(boxes=torch.tensor([[5.0, 5, 5, 5]]))
    (found,) = postprocess.suppress(point, 1, 0.65, 10, 10, wnms_thr=0.8)
    assert torch.equal(found.boxes, point.boxes)
    torch.testing.assert_close(found.keypoints, point.keypoints)


def test_errors_cancel_out():
    """Twenty anchors on one person, each off by some pixels of its own."""
    count = 20
    generator = torch.Generator().manual_seed(0)
    box = torch.tensor([10.0, 10, 90, 190]).expand(count, 4)
    truth = torch.tensor([[50.0, 30], [30, 100], [70, 100]])
    said = truth + 5 * torch.randn(count, 3, 2, generator=generator)
    candidates = Candidates(
        images=torch.zeros(count, dtype=torch.long),
        boxes=box + torch.randn(count, 4, generator=generator),
        scores=torch.linspace(0.9, 0.5, count),
        labels=torch.zeros(count, dtype=torch.long),
        keypoints=said,
        visibilities=torch.ones(count, 3),
    )
    errors = {}
    for wnms_thr in (1.0, 0.8):
        (found,) = postprocess.suppress(candidates, 1, 0.65, 100, 10, wnms_thr)
        assert len(found.scores) == 1
        errors[wnms_thr] = (found.keypoints[0] - truth).norm(dim=1).mean()
    assert errors[0.8] < 0.5 * errors[1.0]
