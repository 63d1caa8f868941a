"""Markers of errors: at the wrong keypoint, in its colour, and nowhere else; sheets."""

import labelled_people as people
import numpy as np
import pytest

from mmpose_lrfg.evaluation import error_analysis as ea
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.visualization import errors, sheets

ONE, OTHER = people.person(60, 60, 110), people.person(160, 60, 110)
GREY = np.full((200, 240, 3), 128, np.uint8)
COLOURS = {kind: colour for kind, (_, colour, _) in errors.STYLES.items()}


def draw(guesses, truth):
    shared = dict(bbox=[0, 0, 100, 160], area=4000.0)
    labels = ea.Labels.from_coco([dict(shared, keypoints=k.ravel().tolist()) for k in truth])
    keypoints = np.array(guesses).reshape(-1, 17, 3)[..., :2]
    boxes = np.zeros((len(guesses), 4)) + (5, 5, 100, 160)
    poses = Poses(boxes, np.ones(len(guesses)), keypoints, np.ones((len(guesses), 17)))
    found = ea.find_errors(labels, poses.keypoints, poses.boxes)
    return errors.draw_errors(GREY, poses, found, labels), found


def where(image, colour):
    """x, y of the pixels of a colour."""
    return np.argwhere(np.abs(image.astype(int) - colour).sum(axis=2) < 30)[:, ::-1]


@pytest.mark.parametrize(
    'kind, place',
    [
        (ea.JITTER, ONE[15, :2] + (10, 0)),
        (ea.INVERSION, ONE[16, :2]),
        (ea.SWAP, OTHER[15, :2]),
        (ea.MISS, np.array([20, 20])),
    ],
)
def test_a_wrong_keypoint_is_marked_in_the_colour_of_its_error(kind, place):
    guess = ONE.copy()
    guess[15, :2] = place
    image, found = draw([guess, OTHER], [ONE, OTHER])
    assert found.status[0, 15] == kind
    for other, colour in COLOURS.items():
        assert bool(len(where(image, colour))) is (other == kind)
    # The marker and the line from it to the annotation.
    centre, true = where(image, COLOURS[kind]).mean(axis=0), ONE[15, :2]
    assert (np.minimum(place, true) - 5 < centre).all()
    assert (centre < np.maximum(place, true) + 5).all()


def test_correct_people_have_no_marker_and_false_or_missed_people_a_box():
    image, _ = draw([ONE], [ONE])
    for colour in (*COLOURS.values(), errors.MISSED_PERSON, errors.FALSE_PERSON):
        assert not len(where(image, colour))
    image, _ = draw([], [ONE])
    assert len(where(image, errors.MISSED_PERSON)) > 400, 'no box'
    image, _ = draw([ONE], [])
    assert len(where(image, errors.FALSE_PERSON)) > 300, 'no box'
    assert (GREY == 128).all(), 'the input has changed'


def test_text_wraps_and_the_legend_has_every_marker():
    one, many = sheets.strip('a few words', 400), sheets.strip('a few words ' * 9, 400)
    assert one.shape[1] == many.shape[1] == 400 and many.shape[0] > one.shape[0]
    for width in (300, 2000):
        legend = errors.legend(width)
        assert legend.shape[1] <= max(width, 320)
        assert all(len(where(legend, colour)) for colour in COLOURS.values())


def test_grids_have_rows_and_captions():
    tiles = [np.full((40, 50 - 10 * k, 3), k, np.uint8) for k in range(3)]
    row = sheets.grid(tiles)
    assert row.shape == (40, 3 * 50 + 2 * sheets.GAP, 3)
    assert (row[:, 2 * (50 + sheets.GAP) + 10 :][:, :30] == 2).all(), 'not centred'
    captioned = sheets.grid(tiles, ['a', 'b', 'c'], columns=2, least_width=80)
    assert captioned.shape[1] == 2 * 80 + sheets.GAP and captioned.shape[0] > 2 * 40 + 20
