"""Models side by side on annotated and on other images."""

import json

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


def test_the_worst_and_best_images_and_where_models_differ(
    run_tool, data, models, tmp_path, capsys
):
    from mmpose_lrfg.benchmark.data import open_labels
    from mmpose_lrfg.benchmark.side_by_side import compare_labelled, rank

    out, numbers = tmp_path / 'out', tmp_path / 'numbers.json'
    argv = ('--data', data, '--models', *models, '--out', out, '--json', numbers)
    assert run_tool('compare', *argv) == 0
    names = ('worst.jpg', 'best.jpg', 'difference.jpg')
    assert capsys.readouterr().out.split()[-3:] == [str(out / name) for name in names]
    sheet = cv2.imread(str(out / 'difference.jpg'))
    assert sheet.shape[1] > 3 * 480, 'annotations and two models'
    content = json.loads(numbers.read_text())
    ours, wrong = content['models']
    assert (ours['people'], ours['missed_people'], wrong['missed_people']) == (6, 0, 1)
    assert content['images'] == 4 and ours['good'] > wrong['good']

    images, found = compare_labelled(open_labels(str(data)), models, out)
    assert rank(images, found)['difference'] == [2, 1, 0], 'image 4 has no people'
    assert rank(images, found[1:]) == dict(worst=[2, 1, 0], best=[0, 1, 2])


def test_models_and_data_are_required(run_tool, data, tmp_path, capsys):
    out = ('--out', tmp_path / 'out')
    for arguments, said in (
        (('--data', data, '--models', data), 'expected array, got object; COCO results are a list'),
        ((), 'give either IMAGES or --data'),
    ):
        assert run_tool('compare', *arguments, *out) == 2
        assert said in capsys.readouterr().err


def test_images_without_annotations(run_tool, data, models, tmp_path, capsys):
    images, out = data.parents[1] / 'val', tmp_path / 'out'
    numbers = tmp_path / 'numbers.json'
    assert run_tool('compare', images, '--models', *models, '--out', out, '--json', numbers) == 0
    assert sorted(p.name for p in out.glob('*.jpg')) == [f'{n}.png.jpg' for n in range(1, 5)]
    assert json.loads(numbers.read_text())['people'] == {'ours': 6, 'wrong': 5}
    capsys.readouterr()
    photo = tmp_path / 'photo.jpg'
    photo.write_bytes((images / '1.png').read_bytes())
    assert run_tool('compare', photo, '--models', *models, '--out', tmp_path) == 2
    assert 'photo.jpg is an input' in capsys.readouterr().err
    assert photo.read_bytes() == (images / '1.png').read_bytes()
    (tmp_path / 'film.mp4').write_bytes(b'')
    assert run_tool('compare', tmp_path / 'film.mp4', '--models', *models, '--out', out) == 2
    assert 'film.mp4 is a video' in capsys.readouterr().err
