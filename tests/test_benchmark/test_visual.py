"""Models side by side on labelled and on other images."""

import csv

import cv2
import labelled_people as people
import pytest

CROWD = [people.person(x, 40, 50) for x in (20, 60, 100, 140)]
ONE = people.person(80, 60)


@pytest.fixture
def data(tmp_path):
    return people.write(tmp_path / 'set', [[ONE], CROWD, [ONE], []])


@pytest.fixture
def models(tmp_path):
    """Results that are right, and such as miss the person of image 3 and move one of image 2."""
    right = [(1, ONE, 0.9), (3, ONE, 0.9), *((2, each, 0.8) for each in CROWD)]
    moved = CROWD[0] + (0, 4, 0)
    wrong = [(1, ONE, 0.9), (2, moved, 0.9), *((2, each, 0.8) for each in CROWD[1:])]
    wrong += [(4, ONE, 0.1)]
    right = people.write_results(tmp_path / 'right.json', right)
    return f'ours={right}', str(people.write_results(tmp_path / 'wrong.json', wrong))


def rows(path):
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def test_the_images_on_which_models_differ_come_first(run_tool, data, models, tmp_path, capsys):
    out = tmp_path / 'out'
    assert run_tool('compare_visual', '--data', data, '--models', *models, '--out', out) == 0
    assert str(out / 'single.jpg') in capsys.readouterr().out
    single, crowd = rows(out / 'single.csv'), rows(out / 'crowd.csv')
    assert [row['file'] for row in single] == ['3.png', '1.png']
    assert float(single[0]['value']) == pytest.approx(1, abs=1e-3)
    assert [row['file'] for row in crowd] == ['2.png']
    assert 0.75 < float(crowd[0]['wrong']) < float(crowd[0]['ours'])
    first = cv2.imread(str(out / 'single' / '001_3.jpg'))
    assert first.shape[1] > 3 * 640, 'labels and two models'


def test_galleries_and_bad_names(run_tool, data, models, tmp_path, capsys):
    args = ('compare_visual', '--data', data, '--out', tmp_path / 'out', '--top', 1)
    assert run_tool(*args, '--models', models[1], '--gallery', 'all') == 0
    # Of one model alone, the worst image comes first; nobody lives in image 4.
    assert [r['file'] for r in rows(tmp_path / 'out' / 'all.csv')] == ['3.png', '2.png', '1.png']
    capsys.readouterr()
    for name, said in (
        ('right.jsn', 'unknown model right.jsn; write CONFIG:CHECKPOINT'),
        (f'{tmp_path}/rihgt.json', 'Did you mean right.json?'),
        (data, 'expected array, got object; COCO results are a list'),
        ('toy.py:none.pth', 'none.pth does not exist'),
    ):
        assert run_tool(*args, '--models', name) == 2
        assert said in capsys.readouterr().err


def test_images_without_labels(run_tool, data, models, tmp_path, capsys):
    images, out = data.parents[1] / 'val', tmp_path / 'out'
    assert run_tool('compare_visual', images, '--models', *models, '--out', out) == 0
    assert sorted(p.name for p in out.glob('*.jpg')) == [f'{n}.png.jpg' for n in range(1, 5)]
    capsys.readouterr()
    photo = tmp_path / 'photo.jpg'
    photo.write_bytes((images / '1.png').read_bytes())
    assert run_tool('compare_visual', photo, '--models', *models, '--out', tmp_path) == 2
    assert 'photo.jpg is an input' in capsys.readouterr().err
    assert photo.read_bytes() == (images / '1.png').read_bytes()
    (tmp_path / 'film.mp4').write_bytes(b'')
    assert run_tool('compare_visual', tmp_path / 'film.mp4', '--models', *models, '--out', out) == 2
    assert 'film.mp4 is a video' in capsys.readouterr().err
