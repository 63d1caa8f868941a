from dataclasses import replace

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.drawing import COLOURS, id_colours, label_text, part_colours

ARM = Skeleton(('left_elbow', 'left_wrist', 'right_elbow', 'right_wrist'), [(0, 1), (2, 3)])
LEFT_ARM, RIGHT_ARM = [[20, 50], [20, 150]], [[120, 50], [120, 150]]
HAND = Skeleton([f'p{i}' for i in range(7)], [(0, 1), (1, 2), (0, 3), (3, 4), (0, 5), (5, 6)])
GREY = (128, 128, 128)


def grey_image(size=200):
    return np.full((size, size, 3), 128, np.uint8)


def arms(scores=(1, 1, 1, 1), shift=0, score=0.9, factor=1):
    points = np.array([LEFT_ARM + RIGHT_ARM], float) * factor + shift
    box = [[*points[0].min(0), *points[0].max(0)]]
    return Poses(box, [score], points, [scores], skeleton=ARM)


def random_poses(skeleton, labels=(0,)):
    count, k = len(labels), len(skeleton)
    return Poses(
        boxes=np.tile([30, 60, 170, 170], (count, 1)),
        scores=np.full(count, 0.5),
        keypoints=np.random.default_rng(0).uniform(40, 160, (count, k, 2)),
        keypoint_scores=np.ones((count, k)),
        labels=labels,
        skeleton=skeleton,
    )


def draw(poses, **kwargs):
    return poses.draw(grey_image(), boxes=False, **kwargs)


def test_sides_have_their_colours_and_a_dark_edge():
    drawn = arms(factor=5).draw(grey_image(1000), boxes=False)
    assert tuple(drawn[500, 100]) == COLOURS['left']
    assert tuple(drawn[500, 600]) == COLOURS['right']
    assert (drawn[500, 80:120].max(axis=1) < 60).any()
    assert tuple(drawn[500, 350]) == GREY


def test_low_scores_are_not_drawn():
    drawn = draw(arms(scores=(1, 0.2, 1, 1)), keypoint_thr=0.3)
    assert tuple(drawn[100, 20]) == tuple(drawn[150, 20]) == GREY
    assert tuple(drawn[50, 20]) != GREY and tuple(drawn[100, 120]) == COLOURS['right']
    assert (arms(score=0.2).draw(grey_image(), score_thr=0.3) == 128).all()


def test_the_better_pose_lies_on_top():
    under, over = arms(score=0.5), arms(score=0.9)
    # Left and right of the better one are exchanged.
    keypoints = np.concatenate([under.keypoints, over.keypoints[:, [2, 3, 0, 1]]])
    boxes = np.concatenate([under.boxes, over.boxes])
    both = Poses(boxes, [0.5, 0.9], keypoints, np.ones((2, 4)), skeleton=ARM)
    for poses in (both, both[::-1]):
        assert tuple(draw(poses)[100, 20]) == COLOURS['right']


def test_lines_are_thicker_on_a_larger_person():
    def width(factor):
        drawn = arms(factor=factor).draw(grey_image(200 * factor), boxes=False)
        return (drawn[100 * factor] != 128).any(axis=1).sum()

    assert width(4) > 1.7 * width(1)


def test_lines_lie_to_a_fraction_of_a_pixel():
    def centre(shift):
        row = np.abs(draw(arms(shift=[shift, 0]))[100, :60].astype(int) - 128).sum(axis=1)
        return (row * np.arange(60)).sum() / row.sum()

    assert centre(0.0) == pytest.approx(20, abs=0.15)
    assert centre(0.5) - centre(0.0) == pytest.approx(0.5, abs=0.15)


def test_box_and_score():
    drawn = arms().draw(grey_image())
    plain = arms().draw(grey_image(), scores=False)
    assert (plain[50, 40:100] != 128).any(axis=1).all()  # the upper side of the box
    assert (drawn[30:50, 20:60] > 200).all(axis=2).any()  # white digits above it
    assert not (plain[30:45, 20:60] != 128).any()


@pytest.mark.parametrize('shape', [(1, 1, 3), (3, 400, 3), (400, 2, 3), (40, 40), (40, 40, 4)])
def test_any_shape_of_image(shape):
    image = np.full(shape, 128, np.uint8)
    drawn = arms().draw(image)
    assert drawn.shape == (*shape[:2], 3) and drawn.dtype == np.uint8
    assert (image == 128).all()


def test_floats_are_refused():
    with pytest.raises(ValueError, match='uint8'):
        arms().draw(np.zeros((10, 10, 3)))


@pytest.mark.parametrize('value', [np.nan, np.inf, -1e30, 1e30])
def test_invalid_keypoints_are_skipped(value):
    points = arms().keypoints.copy()
    points[0, 0] = value
    drawn = draw(Poses(arms().boxes, [1], points, np.ones((1, 4)), skeleton=ARM))
    assert tuple(drawn[100, 120]) == COLOURS['right']


def test_poses_outside_and_without_a_box():
    outside = arms(shift=[-120, 0])
    assert tuple(draw(outside)[100, 0]) == COLOURS['right']
    without = Poses(np.zeros((1, 4)), [1], arms().keypoints, np.ones((1, 4)), skeleton=ARM)
    assert tuple(draw(without)[100, 20]) == COLOURS['left']


def test_tracked_people_have_a_hue_each():
    def colours(person):
        poses = replace(arms(factor=5), ids=[person])
        drawn = poses.draw(grey_image(1000), scores=False)
        return tuple(int(v) for v in drawn[500, 600]), tuple(int(v) for v in drawn[500, 100])

    found = [colours(person) for person in range(6)]
    assert colours(2) == found[2] == (id_colours(2)['right'], id_colours(2)['left'])
    rights = np.array([right for right, _ in found])
    apart = np.abs(rights[:, None] - rights[None]).sum(axis=2)
    assert apart[~np.eye(6, dtype=bool)].min() > 60
    assert all(sum(left) > sum(right) for right, left in found)  # the left side is paler
    assert len(set(colours(-1)[0])) == 1  # grey


def test_chains_without_sides_have_a_hue_each():
    links, points = part_colours(HAND, COLOURS)
    assert len(set(links)) == 3 and links[0] == links[1]
    assert points[0] not in links and points[1] == links[0]
    drawn = random_poses(HAND).draw(np.zeros((200, 200, 3), np.uint8))
    assert all((drawn == colour).all(axis=-1).any() for colour in set(links))
    sides = Skeleton(['left_a', 'right_a'], [(0, 1)])
    assert part_colours(sides, COLOURS)[1] == [COLOURS['left'], COLOURS['right']]


def test_labels_name_the_class_if_there_are_several():
    classes = Skeleton('ab', [(0, 1)], classes=('cat', 'dog'))
    found = replace(random_poses(classes, labels=(1, 0, 5)), ids=[3, -1, 0])
    assert [label_text(found, i) for i in range(3)] == ['#3 dog 0.50', 'cat 0.50', '#0 5 0.50']
    one = random_poses(Skeleton('ab', [(0, 1)]))
    assert label_text(one, 0) == '0.50'
    named, plain = (p[:1].draw(np.zeros((200, 200, 3), np.uint8)) for p in (found, one))
    assert (named[:60] != 0).sum() > (plain[:60] != 0).sum()
