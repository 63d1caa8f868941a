"""Successes and failures chosen by rule, with the errors counted."""

import json

import cv2
import labelled_people as people
import numpy as np
import pytest

from mmpose_lrfg.apis.predictions import read_results_json
from mmpose_lrfg.benchmark.gallery import choose, error_table, ranked
from mmpose_lrfg.datasets.coco_folder import open_labels
from mmpose_lrfg.evaluation.diagnosis import diagnose, labelled_images
from mmpose_lrfg.evaluation.error_groups import count_errors
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.visualization.error_plots import plot_errors

ONE = people.person(80, 60)
SHIFTS = (0, 8, 2, 4, 6)  # image 1 is the best one, image 2 the worst


@pytest.fixture
def data(tmp_path):
    return people.write(tmp_path / 'set', [[ONE]] * len(SHIFTS) + [[]])


@pytest.fixture
def results(tmp_path):
    found = [(n, ONE + (shift, 0, 0), 0.9) for n, shift in enumerate(SHIFTS, 1)]
    return people.write_results(tmp_path / 'ours.json', found)


def test_all_files_and_their_numbers(run_tool, data, results, tmp_path, capsys):
    nobody = people.write_results(tmp_path / 'blind.json', [(6, ONE, 0.4)])
    out = tmp_path / 'out'
    args = ('--data', data, '--against', nobody, '--count', 2, '--out', out)
    assert run_tool('gallery', results, *args) == 0
    for name in ('best.jpg', 'median.jpg', 'worst.jpg', 'errors.png'):
        assert str(out / name) in capsys.readouterr().out or cv2.imread(str(out / name)) is not None
    errors = json.loads((out / 'errors.json').read_text())
    assert errors['ours']['all']['people'] == 5 and errors['ours']['all']['missed_people'] == 0
    assert errors['blind']['all']['unfound'] == 85 and errors['blind']['images'] == 6
    assert (
        '| everybody | 5 | blind | 0.000 | 100.0% | 0.0% | 100.0% |'
        in (out / 'errors.md').read_text()
    )
    assert run_tool('gallery', 'a', 'b', 'c', *args) == 2
    assert 'CONFIG CHECKPOINT or one file' in capsys.readouterr().err


def test_images_are_chosen_by_their_rule(data, results):
    images = labelled_images(open_labels(data))
    found = read_results_json(results)
    poses = {image.id: Poses.from_coco(found.get(image.id, ())) for image in images}
    model = diagnose('ours', images, poses)
    order = [int(i) for i in np.argsort(SHIFTS)]
    for rule, wanted in (('best', order[:2]), ('worst', order[:-3:-1]), ('median', order[1:3])):
        assert choose(ranked(images, model), rule, 2).tolist() == wanted
    report = count_errors(images, model.errors)
    assert len(error_table({'ours': report}).rows) == 1 + 3


def test_the_figure_shows_another_model(data, results, tmp_path):
    images = labelled_images(open_labels(data))
    found = read_results_json(results)
    poses = {image.id: Poses.from_coco(found.get(image.id, ())) for image in images}
    good = count_errors(images, diagnose('a', images, poses).errors)
    nobody = {image.id: Poses.empty() for image in images}
    bad = count_errors(images, diagnose('b', images, nobody).errors)
    one = cv2.imread(str(plot_errors({'a': good}, tmp_path / 'one.png')))
    two = cv2.imread(str(plot_errors({'a': good, 'b': bad}, tmp_path / 'two.png')))
    grey = [(np.abs(p.astype(int) - 0x4D).max(axis=2) < 3).mean() for p in (one, two)]
    assert grey[1] > 5 * grey[0] + 0.01, 'bars of unfound people are missing'
