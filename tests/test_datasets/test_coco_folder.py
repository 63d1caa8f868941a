"""Annotations of people and their images, opened for evaluation."""

import json
import shutil

import official_coco
import pytest

from mmpose_lrfg.benchmark.data import open_labels
from mmpose_lrfg.utils.errors import UserError

FILE = 'annotations/person_keypoints_val2017.json'


@pytest.fixture
def folder(tmp_path):
    return official_coco.write(tmp_path / 'people')


def change(folder, part, position=0, **values):
    """Change an entry of a part; ... removes a value."""
    content = json.loads((folder / FILE).read_text())
    entry = content[part][position]
    entry.update(values)
    for key in [key for key, value in values.items() if value is ...]:
        del entry[key]
    (folder / FILE).write_text(json.dumps(content))


def test_a_folder_or_file_is_opened_with_its_images(folder, tmp_path):
    path = folder / FILE
    for split in (open_labels(folder), open_labels(path), open_labels(path, folder / 'val2017')):
        assert (split.images, split.path) == (folder / 'val2017', path)
        assert len(split.content['images']) == 5
    (tmp_path / 'elsewhere').mkdir()
    elsewhere = shutil.copy(path, tmp_path / 'elsewhere' / 'a.json')
    with pytest.raises(UserError, match=r'images of .*a\.json not found'):
        open_labels(elsewhere)
    assert open_labels(elsewhere, folder / 'val2017').images == folder / 'val2017'
    with pytest.raises(UserError, match='Did you mean person_keypoints_val2017'):
        open_labels(path.with_name('person_keypoints_val.json'))


@pytest.mark.parametrize('place', ['images', 'images/val2017', 'annotations/images', '.'])
def test_other_places_of_the_images(folder, place):
    files = list((folder / 'val2017').iterdir())
    (folder / place).mkdir(parents=True, exist_ok=True)
    for file in files:
        file.rename(folder / place / file.name)
    assert open_labels(folder / FILE).images.resolve() == (folder / place).resolve()


@pytest.mark.parametrize(
    ('part', 'values', 'message'),
    [
        ('images', dict(file_name='x.png'), r'1 of 5 images .* not in .*val2017, e\.g\. x\.png'),
        ('images', dict(file_name='../1.png'), r'images\[0\]\.file_name must be .* inside'),
        ('annotations', dict(num_keypoints=4), 'num_keypoints.* annotation 1 '),
        ('annotations', dict(id=2), 'repeated id: 2 annotations'),
        ('annotations', dict(image_id=...), r'annotations\[0\]: missing image_id'),
    ],
)
def test_errors(folder, part, values, message):
    change(folder, part, **values)
    with pytest.raises(UserError, match=message):
        open_labels(folder)
