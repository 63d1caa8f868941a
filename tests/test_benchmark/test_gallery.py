"""Successes and failures chosen by rule, with the errors counted."""

import json

import cv2
import labelled_people as people
import numpy as np
import pytest

from mmpose_lrfg.benchmark.gallery import choose, ranked
from mmpose_lrfg.benchmark.predictions import diagnose_models

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
    out, args = tmp_path / 'out', ('--data', data, '--count', 2, '--out')
    assert run_tool('gallery', results, *args, tmp_path / 'alone') == 0
    capsys.readouterr()
    assert run_tool('gallery', results, '--against', nobody, *args, out) == 0
    names = ('best.jpg', 'median.jpg', 'worst.jpg', 'errors.md', 'errors.json')
    assert capsys.readouterr().out.split() == [str(out / name) for name in names]
    assert all(cv2.imread(str(out / name)) is not None for name in names[:3])
    ours, blind = json.loads((out / 'errors.json').read_text())
    assert (ours['people'], ours['missed_people'], blind['false_people']) == (5, 0, 1)
    assert blind['unfound'] == 1 and ours['unfound'] == 0
    assert '| blind |' in (out / 'errors.md').read_text()
    assert run_tool('gallery', 'a', 'b', 'c', *args, out) == 2
    assert 'CONFIG CHECKPOINT or one file' in capsys.readouterr().err


def test_images_are_chosen_by_their_rule(data, results, tmp_path):
    images, (model,) = diagnose_models([str(results)], str(data), tmp_path / 'out')
    order = [int(i) for i in np.argsort(SHIFTS)]
    for rule, wanted in (('best', order[:2]), ('worst', order[:-3:-1]), ('median', order[1:3])):
        assert choose(ranked(images, model), rule, 2).tolist() == wanted
