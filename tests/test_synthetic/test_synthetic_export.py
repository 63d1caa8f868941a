"""The synthetic data set on disk."""

import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from mmpose_lrfg.synthetic import make_dataset
from mmpose_lrfg.utils.errors import UserError


def _content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob('*') if p.is_file()}


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp('synthetic') / 'set'
    assert make_dataset(out, 18, 3, seed=5, size=96)
    return out


def test_files_and_annotations_are_consistent(folder):
    assert sorted(p.name for p in folder.iterdir()) == ['annotations', 'meta.json', 'train', 'val']
    people = 0
    for split, count in (('train', 18), ('val', 3)):
        coco = COCO(folder / 'annotations' / f'{split}.json')
        assert len(coco.imgs) == count == len(list((folder / split).glob('*.jpg')))
        (category,) = coco.loadCats(coco.getCatIds())
        assert category['name'] == 'person' and len(category['keypoints']) == 17
        assert len(category['skeleton']) == 19
        for image in coco.imgs.values():
            pixels = cv2.imread(str(folder / split / image['file_name']))
            assert pixels.shape == (image['height'], image['width'], 3) == (96, 96, 3)
        for person in coco.anns.values():
            people += 1
            mask = coco.annToMask(person)
            assert mask.sum() == person['area'] > 0
            assert tuple(person['bbox']) == cv2.boundingRect(mask)
            v = np.array(person['keypoints']).reshape(17, 3)[:, 2]
            assert person['num_keypoints'] == (v > 0).sum()
            assert person['iscrowd'] == 0 and person['image_id'] in coco.imgs
    assert people > 15


def test_workers_do_not_change_a_byte_and_seeds_and_splits_do(folder, tmp_path):
    make_dataset(tmp_path / 'two', 18, 3, seed=5, size=96, workers=2)
    assert _content(tmp_path / 'two') == _content(folder)
    make_dataset(tmp_path / 'other', 1, 1, seed=6, size=96)
    paths = [tmp_path / 'other' / 'train', tmp_path / 'other' / 'val', folder / 'train']
    assert len({(path / '000000000001.jpg').read_bytes() for path in paths}) == 3


def test_an_interrupted_run_continues(folder, tmp_path):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    out = tmp_path / 'set'
    with pytest.raises(KeyboardInterrupt):
        make_dataset(out, 18, 3, seed=5, size=96, on_progress=stop)
    assert not (out / 'annotations' / 'train.json').exists()
    (out / 'train' / '.000000000001-1234.jpg').write_bytes(b'half')  # of a killed worker
    steps = []
    assert make_dataset(out, 18, 3, seed=5, size=96, on_progress=lambda d, t: steps.append((d, t)))
    assert steps[0] == (1, 21) and steps[-1] == (21, 21)
    assert _content(out) == _content(folder)


def test_a_complete_folder_is_left_alone(folder, run_tool, capsys):
    before = {p: p.stat().st_mtime_ns for p in folder.rglob('*')}
    args = ('--train', 18, '--val', 3, '--seed', 5, '--img-size', 96)
    assert run_tool('synthesize', folder, *args) == 0
    assert 'already complete' in capsys.readouterr().out
    assert before == {p: p.stat().st_mtime_ns for p in folder.rglob('*')}


def test_other_arguments_need_overwrite(tmp_path, run_tool, capsys):
    def render(*args):
        shared = ('--val', 0, '--img-size', 64, '--workers', 1)
        return run_tool('synthesize', tmp_path, *shared, *args)

    assert render('--train', 2) == 0
    capsys.readouterr()
    for other in (('--train', 1), ('--train', 2, '--people', 1, 1)):
        assert render(*other) == 2
        error = capsys.readouterr().err
        assert error.count('\n') == 1 and '--overwrite' in error
    assert render('--train', 1, '--overwrite') == 0
    assert [p.name for p in (tmp_path / 'train').iterdir()] == ['000000000001.jpg']
    assert json.loads((tmp_path / 'meta.json').read_text())['arguments']['train'] == 1


@pytest.mark.parametrize('name, value', dict(train=-1, val=-2, seed=-1, size=63, workers=0).items())
def test_numbers_out_of_range(tmp_path, name, value):
    with pytest.raises(UserError, match=f'^{name} must be >= .* got {value}$'):
        make_dataset(tmp_path / 'new', **{'train': 1, 'val': 1, name: value})
    assert not (tmp_path / 'new').exists()


def test_files_and_foreign_folders_are_untouched(tmp_path):
    file = tmp_path / 'notes.txt'
    file.write_text('mine')
    with pytest.raises(UserError, match=f'{file.name} is a file'):
        make_dataset(file, 1, 1)
    with pytest.raises(UserError, match='no synthetic data set'):
        make_dataset(tmp_path, 1, 1, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ['notes.txt'] and file.read_text() == 'mine'
