import numpy as np
import pytest

from mmpose_lrfg.deploy.agreement import Difference, agrees, compare_anchors, compare_people
from mmpose_lrfg.runtime import Metadata

METADATA = Metadata(('a',) * 17, (), ('person',), (0.1,) * 17, (64, 64), nms='fixed')
NAN = float('nan')


@pytest.mark.parametrize(
    ('difference', 'precision', 'good'),
    [
        (Difference(0.01, 1e-5, 3), 'fp32', True),
        (Difference(NAN, 0, 3), 'fp32', False),
        (Difference(NAN) | Difference(), 'int8', False),
        (Difference() | Difference(NAN), 'int8', False),
        (Difference(0, 0.01, 3), 'fp32', False),
        (Difference(0, 0.01, 3), 'fp16', True),
        (Difference(0, 0, 3, people=100, missed=2), 'fp32', True),
        (Difference(0, 0, 3, people=9, missed=1), 'fp32', False),
    ],
)
def test_tolerances(difference, precision, good):
    assert agrees(difference, precision) is good


@pytest.fixture
def rows():
    """300 people side by side, best first."""
    rows = np.random.default_rng(0).uniform(0, 1, (1, 300, 6 + 3 * 17)).astype(np.float32)
    rows[..., :4] = np.arange(300)[None, :, None] * 100 + np.array([0, 0, 50, 50])
    rows[..., 4] = np.linspace(0.9, 0.1, 300)
    rows[..., 5] = 0
    return rows


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_anywhere_disagree(rows, value):
    assert agrees(compare_anchors(rows, rows), 'fp32')
    broken = rows.copy()
    broken[0, -1, 0] = value  # a coordinate of the lowest score, which is not compared
    for pair in ((broken, rows), (rows, broken), (broken, broken)):
        assert not agrees(compare_anchors(*pair), 'int8')
    for pair in ((broken[:, -100:], rows), (rows[:, :100], broken)):
        assert not agrees(compare_people(*pair, METADATA), 'int8')


def test_a_missing_person_and_a_moved_one_are_found(rows):
    people = rows[:, :100].copy()
    assert compare_people(people, rows, METADATA) == Difference(people=100)
    people[0, 3, 6] += 2
    people[0, 7, 4] = 0
    found = compare_people(people, rows, METADATA)
    assert found.pixels == pytest.approx(2, abs=1e-5) and found.missed == 1
    assert not agrees(found, 'fp32')
