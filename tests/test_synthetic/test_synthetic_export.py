"""The synthetic data set on disk."""

import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from mmpose_lrfg.synthetic import make_dataset
from mmpose_lrfg.synthetic.labels import encode_mask
from mmpose_lrfg.utils.errors import UserError

TOOL = Path(__file__).parents[2] / 'tools' / 'make_synthetic.py'


def _content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp('synthetic') / 'set'
    assert make_dataset(out, 18, 3, seed=5, size=96)
    return out


def _tool():
    spec = importlib.util.spec_from_file_location('make_synthetic', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_files_and_annotations_are_consistent(folder, capsys):
    assert sorted(p.name for p in folder.iterdir()) == ['annotations', 'meta.json', 'train', 'val']
    people = 0
    for split, count in (('train', 18), ('val', 3)):
        coco = COCO(folder / 'annotations' / f'{split}.json')
        assert len(coco.imgs) == count == len(list((folder / split).glob('*.jpg')))
        (category,) = coco.loadCats(coco.getCatIds())
        assert category['name'] == 'person' and len(category['keypoints']) == 17
        assert len(category['skeleton']) == 19
        for image in coco.imgs.values():
            picture = cv2.imread(str(folder / split / image['file_name']))
            assert picture.shape == (image['height'], image['width'], 3) == (96, 96, 3)
        for person in coco.anns.values():
            people += 1
            mask = coco.annToMask(person)
            assert mask.sum() == person['area'] > 0
            rows, columns = np.nonzero(mask)
            x, y, w, h = person['bbox']
            assert (x, y) == (columns.min(), rows.min())
            assert (x + w, y + h) == (columns.max() + 1, rows.max() + 1)
            v = np.array(person['keypoints']).reshape(17, 3)[:, 2]
            assert person['num_keypoints'] == (v > 0).sum()
            assert person['iscrowd'] == 0 and person['image_id'] in coco.imgs
    assert people > 15


def test_run_lengths_start_with_zeros_down_the_columns():
    mask = np.array([[1, 0], [1, 1]], bool)
    assert encode_mask(mask) == {'size': [2, 2], 'counts': [0, 2, 1, 1]}
    assert encode_mask(np.zeros((2, 3), bool))['counts'] == [6]


def test_workers_do_not_change_a_byte(folder, tmp_path):
    make_dataset(tmp_path / 'two', 18, 3, seed=5, size=96, workers=2)
    assert _content(tmp_path / 'two') == _content(folder)


def test_an_interrupted_run_goes_on(folder, tmp_path):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    out = tmp_path / 'set'
    with pytest.raises(KeyboardInterrupt):
        make_dataset(out, 18, 3, seed=5, size=96, on_progress=stop)
    assert not (out / 'annotations' / 'train.json').exists()
    steps = []
    assert make_dataset(out, 18, 3, seed=5, size=96, on_progress=lambda d, t: steps.append((d, t)))
    assert steps[0] == (16, 21) and steps[-1] == (21, 21)
    assert _content(out) == _content(folder)


def test_seeds_and_splits_differ(folder, tmp_path):
    make_dataset(tmp_path, 1, 1, seed=6, size=96)
    pictures = [
        (tmp_path / 'train' / '000000000001.jpg').read_bytes(),
        (tmp_path / 'val' / '000000000001.jpg').read_bytes(),
        (folder / 'train' / '000000000001.jpg').read_bytes(),
    ]
    assert len(set(pictures)) == 3


def test_a_complete_folder_is_left_alone(folder, capsys):
    before = {p: p.stat().st_mtime_ns for p in folder.rglob('*')}
    code = _tool()([str(folder), '--train', '18', '--val', '3', '--seed', '5', '--size', '96'])
    assert code == 0 and 'complete already' in capsys.readouterr().out
    assert before == {p: p.stat().st_mtime_ns for p in folder.rglob('*')}


def test_other_arguments_need_overwrite(tmp_path, capsys):
    main, args = _tool(), ['--val', '0', '--size', '64', '--workers', '1']
    assert main([str(tmp_path), '--train', '2', *args]) == 0
    capsys.readouterr()
    assert main([str(tmp_path), '--train', '1', *args]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1 and 'other arguments' in error
    assert main([str(tmp_path), '--train', '1', *args, '--overwrite']) == 0
    assert [p.name for p in (tmp_path / 'train').iterdir()] == ['000000000001.jpg']
    assert json.loads((tmp_path / 'meta.json').read_text())['arguments']['train'] == 1


@pytest.mark.parametrize(
    'change, word',
    [
        ({'train': -1}, 'train'),
        ({'val': -2}, 'val'),
        ({'seed': -1}, 'seed'),
        ({'size': 63}, 'size'),
        ({'workers': 0}, 'workers'),
    ],
)
def test_bad_numbers_are_user_errors(tmp_path, change, word):
    with pytest.raises(UserError, match=f'^{word} must be >='):
        make_dataset(tmp_path / 'new', **{'train': 1, 'val': 1, **change})
    assert not (tmp_path / 'new').exists()


def test_files_and_foreign_folders_are_refused_and_untouched(tmp_path):
    file = tmp_path / 'notes.txt'
    file.write_text('mine')
    with pytest.raises(UserError, match='is a file'):
        make_dataset(file, 1, 1)
    with pytest.raises(UserError, match='no synthetic data set'):
        make_dataset(tmp_path, 1, 1, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ['notes.txt'] and file.read_text() == 'mine'


def test_no_half_file_is_left(tmp_path, monkeypatch):
    def fail(self, target):
        raise OSError(28, 'No space left on device')

    out = tmp_path / 'out'
    with monkeypatch.context() as patch:
        patch.setattr(Path, 'replace', fail)
        with pytest.raises(OSError, match='No space left') as caught:
            make_dataset(out, 1, 0, size=64)
    assert caught.value.filename == str(out / 'meta.json')
    assert not [path for path in out.rglob('*') if path.is_file()]
    # What a worker leaves that was killed.
    out.rename(tmp_path / 'cut off')
    make_dataset(out, 1, 0, size=64)
    (out / 'annotations' / 'train.json').unlink()
    (out / 'train' / '.000000000001-1234.jpg').write_bytes(b'half')
    make_dataset(out, 1, 0, size=64)
    assert [path.name for path in (out / 'train').iterdir()] == ['000000000001.jpg']
