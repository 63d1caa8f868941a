from dataclasses import replace

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.drawing import COLOURS, id_colours

ARM = Skeleton(('left_elbow', 'left_wrist', 'right_elbow', 'right_wrist'), [(0, 1), (2, 3)])
LEFT_ARM, RIGHT_ARM = [[20, 50], [20, 150]], [[120, 50], [120, 150]]


def picture(size=200):
    return np.full((size, size, 3), 128, np.uint8)


def arms(scores=(1, 1, 1, 1), shift=0, score=0.9):
    points = np.array([LEFT_ARM + RIGHT_ARM], float) + shift
    box = [[*points[0].min(0), *points[0].max(0)]]
    return Poses(box, [score], points, [scores], skeleton=ARM)


def enlarged(factor):
    poses = arms()
    return Poses(poses.boxes * factor, [1], poses.keypoints * factor, [[1] * 4], skeleton=ARM)


def draw(poses, **kwargs):
    return poses.draw(picture(), boxes=False, **kwargs)


def test_sides_have_their_colours_and_a_dark_edge():
    drawn = enlarged(5).draw(picture(1000), boxes=False)
    assert tuple(drawn[500, 100]) == COLOURS['left']
    assert tuple(drawn[500, 600]) == COLOURS['right']
    assert (drawn[500, 80:120].max(axis=1) < 60).any()
    assert tuple(drawn[500, 350]) == (128, 128, 128)


def test_a_keypoint_below_the_threshold_is_left_out_with_its_links():
    drawn = draw(arms(scores=(1, 0.2, 1, 1)), keypoint_thr=0.3)
    assert tuple(drawn[100, 20]) == (128, 128, 128)
    assert tuple(drawn[150, 20]) == (128, 128, 128)
    assert tuple(drawn[50, 20]) != (128, 128, 128)
    assert tuple(drawn[100, 120]) == COLOURS['right']


def test_a_person_below_the_threshold_is_left_out():
    assert (arms(score=0.2).draw(picture(), score_thr=0.3) == 128).all()


def test_the_better_pose_lies_on_top():
    under, over = arms(score=0.5), arms(score=0.9)
    # The better one has left and right the other way round.
    keypoints = np.concatenate([under.keypoints, over.keypoints[:, [2, 3, 0, 1]]])
    both = Poses(
        np.concatenate([under.boxes, over.boxes]), [0.5, 0.9], keypoints, np.ones((2, 4)),
        skeleton=ARM,
    )  # fmt: skip
    for poses in (both, both[::-1]):
        assert tuple(draw(poses)[100, 20]) == COLOURS['right']


def test_lines_are_thicker_on_a_larger_person():
    def width(factor):
        drawn = enlarged(factor).draw(picture(200 * factor), boxes=False)
        return (drawn[100 * factor] != 128).any(axis=1).sum()

    assert width(4) > 1.7 * width(1)


def test_lines_lie_to_a_fraction_of_a_pixel():
    def centre(shift):
        row = np.abs(draw(arms(shift=[shift, 0]))[100, :60].astype(int) - 128).sum(axis=1)
        return (row * np.arange(60)).sum() / row.sum()

    assert centre(0.0) == pytest.approx(20, abs=0.15)
    assert centre(0.5) - centre(0.0) == pytest.approx(0.5, abs=0.15)


def test_box_and_score():
    drawn = arms().draw(picture())
    plain = arms().draw(picture(), scores=False)
    assert (plain[50, 40:100] != 128).any(axis=1).all()  # the upper side of the box
    assert (drawn[30:50, 20:60] > 200).all(axis=2).any()  # white digits above it
    assert not (plain[30:45, 20:60] != 128).any()


@pytest.mark.parametrize('shape', [(1, 1, 3), (3, 400, 3), (400, 2, 3), (40, 40), (40, 40, 4)])
def test_any_shape_of_picture(shape):
    image = np.full(shape, 128, np.uint8)
    drawn = arms().draw(image)
    assert drawn.shape == (*shape[:2], 3) and drawn.dtype == np.uint8
    assert (image == 128).all()


def test_nonsense_is_skipped_and_what_lies_outside_is_cut():
    poses = arms()
    for value in (np.nan, np.inf, -1e30, 1e30):
        points = poses.keypoints.copy()
        points[0, 0] = value
        drawn = draw(Poses(poses.boxes, [1], points, np.ones((1, 4)), skeleton=ARM))
        assert tuple(drawn[100, 120]) == COLOURS['right']
    outside = arms(shift=[-120, 0])
    assert tuple(outside.draw(picture(), boxes=False)[100, 0]) == COLOURS['right']
    empty_box = Poses(np.zeros((1, 4)), [1], poses.keypoints, np.ones((1, 4)), skeleton=ARM)
    assert tuple(draw(empty_box)[100, 20]) == COLOURS['left']


def test_followed_people_have_colours_of_their_own():
    def colour(person):
        poses = enlarged(5)
        drawn = replace(poses, ids=[person]).draw(picture(1000), scores=False)
        return tuple(int(v) for v in drawn[500, 600]), tuple(int(v) for v in drawn[500, 100])

    colours = [colour(person) for person in range(6)]
    assert colour(2) == colours[2] == (id_colours(2)['right'], id_colours(2)['left'])
    rights = np.array([right for right, _ in colours])
    apart = np.abs(rights[:, None] - rights[None]).sum(axis=2)
    assert apart[~np.eye(6, dtype=bool)].min() > 60
    assert all(sum(left) > sum(right) for right, left in colours)  # the left side is paler
    (grey, *_) = colour(-1)
    assert len(set(grey)) == 1


def test_float_pictures_are_refused():
    with pytest.raises(ValueError, match='uint8'):
        arms().draw(np.zeros((10, 10, 3)))
