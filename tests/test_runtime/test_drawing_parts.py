"""Poses of other things than people: parts without sides, and several classes."""

import numpy as np

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.drawing import COLOURS, label_text, part_colours

FINGERS = [(0, 1), (1, 2), (0, 3), (3, 4), (0, 5), (5, 6)]


def poses(skeleton, labels=(0,)):
    count, k = len(labels), len(skeleton)
    points = np.random.default_rng(0).uniform(40, 160, (count, k, 2))
    return Poses(
        boxes=np.tile([30, 60, 170, 170], (count, 1)),
        scores=np.full(count, 0.5),
        keypoints=points,
        keypoint_scores=np.ones((count, k)),
        labels=np.array(labels),
        skeleton=skeleton,
    )


def test_chains_end_where_links_branch():
    hand = Skeleton([f'p{i}' for i in range(7)], FINGERS)
    assert hand.chains == (0, 0, 1, 1, 2, 2)
    assert hand.keypoint_chains == (-1, 0, 0, 1, 1, 2, 2)
    square = Skeleton('abcd', [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert set(square.chains) == {0} == set(square.keypoint_chains)
    assert Skeleton.unnamed(3).keypoint_chains == (-1, -1, -1)


def test_fingers_have_hues_of_their_own():
    hand = Skeleton([f'p{i}' for i in range(7)], FINGERS)
    links, points = part_colours(hand, COLOURS)
    assert len(set(links)) == 3 and links[0] == links[1]
    assert points[0] not in links and points[1] == links[0]
    picture = np.zeros((200, 200, 3), np.uint8)
    drawn = poses(hand).draw(picture)
    for colour in set(links):
        assert (drawn == colour).all(axis=-1).any(), 'a finger is not in its colour'


def test_sides_come_before_chains():
    both = Skeleton(['left_a', 'right_a'], [(0, 1)])
    assert part_colours(both, COLOURS)[1] == [COLOURS['left'], COLOURS['right']]


def test_the_label_names_the_class_where_there_are_several():
    two = Skeleton('ab', [(0, 1)], classes=('cat', 'dog'))
    found = poses(two, labels=(1, 0, 5))
    assert [label_text(found, i) for i in range(3)] == ['dog 0.50', 'cat 0.50', '5 0.50']
    one = poses(Skeleton('ab', [(0, 1)]))
    assert label_text(one, 0) == '0.50'
    picture = np.zeros((200, 200, 3), np.uint8)
    named, plain = found[:1].draw(picture), poses(Skeleton('ab', [(0, 1)])).draw(picture)
    assert (named[:60] != 0).sum() > (plain[:60] != 0).sum()
