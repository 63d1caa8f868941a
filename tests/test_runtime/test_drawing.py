from dataclasses import replace

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.drawing import (
    COLOURS,
    id_colours,
    keypoint_colour,
    label_text,
    part_colours,
)
from mmpose_lrfg.runtime.skeleton import COCO

ARM = Skeleton(('left_elbow', 'left_wrist', 'right_elbow', 'right_wrist'), [(0, 1), (2, 3)])
HAND = Skeleton([f'p{i}' for i in range(7)], [(0, 1), (1, 2), (0, 3), (3, 4), (0, 5), (5, 6)])
GREY = (128, 128, 128)


def arms(scores=(1, 1, 1, 1), shift=0, score=0.9, factor=1):
    """The left arm at x = 20, the right one at x = 120, both from y = 50 to 150."""
    points = np.array([[[20, 50], [20, 150], [120, 50], [120, 150]]], float) * factor + shift
    box = [[*points[0].min(0), *points[0].max(0)]]
    return Poses(box, [score], points, [scores], skeleton=ARM)


def draw(poses, size=200, boxes=False, names=False, **options):
    grey = np.full((size, size, 3), 128, np.uint8)
    options = dict(labels=boxes) | options
    return poses.draw(grey, boxes=boxes, names=names, **options)


def test_sides_have_their_colours_and_a_dark_edge():
    drawn = draw(arms(factor=5), 1000)
    assert tuple(drawn[500, 100]) == COLOURS['left']
    assert tuple(drawn[500, 600]) == COLOURS['right']
    assert (drawn[500, 80:120].max(axis=1) < 60).any()
    assert tuple(drawn[500, 350]) == GREY


def test_low_scores_are_not_drawn():
    drawn = draw(arms(scores=(1, 0.2, 1, 1)), keypoint_thr=0.3)
    assert tuple(drawn[100, 20]) == tuple(drawn[150, 20]) == GREY
    assert tuple(drawn[50, 20]) != GREY and tuple(drawn[100, 120]) == COLOURS['right']
    assert (draw(arms(score=0.2), score_thr=0.3) == 128).all()


def test_the_better_pose_lies_on_top():
    pose = arms()
    keypoints = np.concatenate([pose.keypoints, pose.keypoints[:, [2, 3, 0, 1]]])
    both = Poses(pose.boxes.repeat(2, 0), [0.5, 0.9], keypoints, np.ones((2, 4)), skeleton=ARM)
    for poses in (both, both[::-1]):
        assert tuple(draw(poses)[100, 20]) == COLOURS['right']


def test_lines_are_in_proportion_and_lie_to_a_fraction_of_a_pixel():
    width = [(draw(arms(factor=f), 200 * f)[100 * f] != 128).any(axis=1).sum() for f in (1, 4)]
    assert width[1] > 1.7 * width[0]
    for shift in (0, 0.5):
        row = np.abs(draw(arms(shift=[shift, 0]))[100, :60].astype(int) - 128).sum(axis=1)
        centre = (row * np.arange(60)).sum() / row.sum()
        assert centre == pytest.approx(20 + shift, abs=0.15)


def test_box_and_score():
    drawn, plain = draw(arms(), boxes=True), draw(arms(), boxes=True, labels=False)
    assert (plain[50, 40:100] != 128).any(axis=1).all()  # the upper side of the box
    assert (drawn[30:50, 20:60] > 200).all(axis=2).any()  # white digits above it
    assert (plain[30:45, 20:60] == 128).all()


@pytest.mark.parametrize('shape', [(1, 1, 3), (3, 400, 3), (400, 2, 3), (40, 40), (40, 40, 4)])
def test_any_shape_of_image(shape):
    image = np.full(shape, 128, np.uint8)
    drawn = arms().draw(image)
    assert drawn.shape == (*shape[:2], 3) and drawn.dtype == np.uint8
    assert (image == 128).all()
    with pytest.raises(ValueError, match='uint8'):
        arms().draw(np.zeros(shape))


@pytest.mark.parametrize('value', [np.nan, np.inf, -1e30, 1e30])
def test_invalid_keypoints_are_skipped(value):
    poses = arms()
    poses.keypoints[0, 0] = value
    assert tuple(draw(poses)[100, 120]) == COLOURS['right']


def test_poses_outside_and_without_a_box():
    assert tuple(draw(arms(shift=[-120, 0]))[100, 0]) == COLOURS['right']
    assert tuple(draw(replace(arms(), boxes=np.zeros((1, 4))))[100, 20]) == COLOURS['left']


def test_tracked_people_have_a_hue_each():
    for person in (-1, 0, 2):
        drawn = draw(replace(arms(factor=5), ids=[person]), 1000)
        sides = id_colours(person)
        assert (tuple(drawn[500, 600]), tuple(drawn[500, 100])) == (sides['right'], sides['left'])
        assert sum(sides['left']) > sum(sides['right'])  # paler
    rights = np.array([id_colours(person)['right'] for person in range(6)])
    apart = np.abs(rights[:, None] - rights).sum(axis=2)
    assert apart[~np.eye(6, dtype=bool)].min() > 60
    assert len(set(id_colours(-1)['right'])) == 1  # grey


def test_chains_without_sides_have_a_hue_each():
    links, _ = part_colours(HAND, COLOURS)
    assert len(set(links)) == 3 and links[0] == links[1]
    keypoints = np.random.default_rng(0).uniform(40, 160, (1, 7, 2))
    drawn = draw(Poses([[30, 60, 170, 170]], [0.5], keypoints, np.ones((1, 7)), skeleton=HAND))
    assert all((drawn == colour).all(axis=-1).any() for colour in set(links))
def test_parts_that_are_hidden_and_a_width():
    poses = arms(factor=5)
    links, points = (draw(poses, 1000, **{part: False}) for part in ('keypoints', 'skeleton'))
    assert tuple(links[500, 100]) == COLOURS['left'] and tuple(points[500, 100]) == GREY
    assert tuple(points[250, 103]) != GREY and (points != 128).sum() < (links != 128).sum()
    assert (draw(poses, 1000, keypoints=False, skeleton=False) == 128).all()
    widths = [(draw(poses, 1000, line_width=w)[500] != 128).any(axis=1).sum() for w in (4, 12)]
    assert widths[1] - widths[0] > 8
    text = draw(arms(), labels=True)  # without a box
    assert (text[30:50, 20:60] > 200).all(axis=2).any() and (text[50, 40:100] == 128).all()


def test_own_keypoints_have_a_colour_each():
    points = part_colours(Skeleton([f'p{i}' for i in range(21)]), COLOURS)[1]
    apart = np.abs(np.array(points)[:, None] - points).sum(axis=2)
    assert apart[~np.eye(21, dtype=bool)].min() > 40
    assert len(set(part_colours(COCO, COLOURS)[1])) == 3  # by side


@pytest.mark.parametrize('count', [4, 12])
def test_own_keypoints_have_their_names(count):
    """Beside them if they are few, else in a legend; not in the way of COCO's."""
    points = np.full((1, count, 2), 250.0)
    for skeleton in (Skeleton([f'p{i}' for i in range(count)]), Skeleton.unnamed(count)):
        poses = Poses([[200, 200, 300, 300]], [0.5], points, np.ones((1, count)), skeleton=skeleton)
        with_names, without = (draw(poses, 500, names=names) for names in (True, False))
        changed = np.argwhere((with_names != without).any(axis=2))
        assert bool(len(changed)) is skeleton.named
        if skeleton.named and count == 4:
            assert changed.min() > 245 and changed[:, 0].max() < 275
        elif skeleton.named:
            assert changed[:, 1].max() < 100
            assert all((with_names[:, :100] == keypoint_colour(k)).all(2).any() for k in range(12))


def test_labels_name_own_classes():
    poses = replace(arms(score=0.5)[[0, 0, 0]], labels=[1, 0, 5], ids=[3, -1, 0])
    several = replace(poses, skeleton=replace(ARM, classes=('cat', 'dog')))
    assert [label_text(several, i) for i in range(3)] == ['#3 dog 0.50', 'cat 0.50', '#0 5 0.50']
    assert label_text(several, 0, score=False) == '#3 dog'
    assert label_text(arms(), 0) == '0.90'
