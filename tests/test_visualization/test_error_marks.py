"""Marks of errors: there where something is wrong, in its colour, and nowhere else."""

import labelled_people as people
import numpy as np
import pytest

from mmpose_lrfg.evaluation import error_analysis as ea
from mmpose_lrfg.evaluation.error_analysis import Labels, find_errors
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.visualization import error_marks, sheets

ONE, OTHER = people.person(60, 60, 110), people.person(160, 60, 110)
GREY = np.full((200, 240, 3), 128, np.uint8)


def labels(*keypoints):
    rows = [
        dict(bbox=[0, 0, 100, 160], area=4000.0, keypoints=k.ravel().tolist()) for k in keypoints
    ]
    return Labels.from_coco(rows)


def draw(guess, truth):
    poses = Poses(
        boxes=np.zeros((len(guess), 4)) + (5, 5, 100, 160),
        scores=np.ones(len(guess)),
        keypoints=np.array(guess)[..., :2].reshape(-1, 17, 2),
        keypoint_scores=np.ones((len(guess), 17)),
    )
    errors = find_errors(truth, poses.keypoints, poses.boxes)
    return error_marks.draw_errors(GREY, poses, errors, truth), errors


def has(picture, colour):
    return bool((np.abs(picture.astype(int) - colour).sum(axis=2) < 30).any())


def where(picture, colour):
    return np.argwhere(np.abs(picture.astype(int) - colour).sum(axis=2) < 30)[:, ::-1].mean(axis=0)


def spoilt(kind):
    guess = ONE.copy()
    if kind == ea.JITTER:
        guess[15, :2] += (10, 0)
    elif kind == ea.INVERSION:
        guess[15, :2] = ONE[16, :2]
    elif kind == ea.SWAP:
        guess[15, :2] = OTHER[15, :2]
    else:
        guess[15, :2] = (20, 20)
    return guess


@pytest.mark.parametrize('kind', list(error_marks.COLOURS))
def test_a_wrong_keypoint_is_marked_in_the_colour_of_its_error(kind):
    guess = spoilt(kind)
    picture, errors = draw([guess, OTHER], labels(ONE, OTHER))
    assert errors.status[0, 15] == kind
    for other, colour in error_marks.COLOURS.items():
        assert has(picture, colour) is (other == kind)
    found, true = guess[15, :2], ONE[15, :2]
    at = where(picture, error_marks.COLOURS[kind])
    near = np.abs(at - found).max() < 4
    between = (np.minimum(found, true) - 5 < at).all() and (at < np.maximum(found, true) + 5).all()
    assert near if kind == ea.JITTER else between


def test_who_is_right_has_no_mark_and_who_is_missed_or_false_has_a_box():
    picture, _ = draw([ONE], labels(ONE))
    colours = {**error_marks.COLOURS, 'missed': error_marks.MISSED_PERSON, 'false': (255, 255, 255)}
    assert not any(has(picture, colour) for colour in colours.values())
    picture, _ = draw([], labels(ONE))
    assert has(picture, error_marks.MISSED_PERSON)
    picture, _ = draw([ONE], labels())
    assert has(picture, error_marks.FALSE_PERSON)
    assert not has(picture, error_marks.MISSED_PERSON)
    assert (GREY == 128).all(), 'the picture itself stays'


def test_words_break_and_the_legend_has_every_mark():
    one, two = sheets.strip('a few words', 400), sheets.strip('a few words ' * 9, 400)
    assert one.shape[1] == two.shape[1] == 400 and two.shape[0] > one.shape[0]
    for width in (300, 2000):
        legend = sheets.legend(width)
        assert legend.shape[1] == width
        assert all(has(legend, colour) for colour in error_marks.COLOURS.values())
    tiles = [np.zeros((40, 50, 3), np.uint8)] * 3
    assert sheets.beside(tiles, ['a', 'b', 'c']).shape[1] == 3 * 50 + 2 * sheets.GAP
