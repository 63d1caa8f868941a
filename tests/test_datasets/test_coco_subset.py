"""Checking, linking and cutting folders of COCO people."""

import json
import shutil

import cv2
import numpy as np
import pytest
from mmpose_lrfg.datasets.coco_subset import prepare, read_ids

from mmpose_lrfg.datasets.coco_folder import open_labels
from mmpose_lrfg.utils.errors import UserError

PERSON = dict(
    category_id=1, keypoints=[5, 5, 2] * 3 + [0, 0, 0] * 14, num_keypoints=3,
    bbox=[2, 2, 20, 20], area=200, iscrowd=0,
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    out = tmp_path / 'people'
    (out / 'annotations').mkdir(parents=True)
    for split, ids in {'train': [10, 11, 12], 'val': [20, 21]}.items():
        (out / split).mkdir()
        for number in ids:
            cv2.imwrite(str(out / split / f'{number:012d}.png'), np.full((30, 40, 3), number, 'u1'))
        content = dict(
            images=[dict(id=i, file_name=f'{i:012d}.png', width=40, height=30) for i in ids],
            annotations=[dict(PERSON, id=i, image_id=i) for i in ids],
            categories=[dict(id=1, name='person')],
        )
        (out / 'annotations' / f'{split}.json').write_text(json.dumps(content))
    return out


def labels(dest, split):
    return json.loads((dest / f'annotations/person_keypoints_{split}2017.json').read_text())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def state(folder):
    return {str(p.relative_to(folder)): (p.is_symlink(), p.lstat().st_mtime_ns)
            for p in folder.rglob('*') if p.name != 'prepared.json' and not p.is_dir()}  # fmt: skip


def change(folder, edit):
    path = folder / 'annotations' / 'val.json'
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def first(part, **changes):
    return lambda content: content[part][0].update(changes)


@pytest.mark.parametrize('copy', [False, True])
def test_the_folder_is_linked_or_copied_under_coco_names_once(folder, tmp_path, copy):
    dest, seen = tmp_path / 'data' / 'coco', []
    train, val = prepare(folder, dest, copy=copy, on_progress=lambda *now: seen.append(now))
    assert seen[-1] == (5, 5)
    assert (len(train.content['images']), len(val.content['annotations'])) == (3, 2)
    for split in ('train', 'val'):
        assert (dest / f'{split}2017').is_symlink() is not copy
        for image in labels(dest, split)['images']:
            assert (dest / f'{split}2017' / image['file_name']).is_file()
    before = state(dest)
    prepare(folder, dest, copy=copy)
    prepare(dest, dest)  # its own destination is only checked
    assert state(dest) == before
    for source, ids in ((folder, None), (dest, [10])):
        with pytest.raises(UserError, match='is SOURCE and DEST'):
            prepare(source, source, ids=ids)
    # COCO's own layout is read as well.
    again, _ = prepare(dest, tmp_path / 'other')
    assert len(again.content['images']) == 3 and state(dest) == before


def test_ids_cut_a_subset_and_a_later_call_replaces_it(folder, tmp_path):
    dest = tmp_path / 'coco'
    train, val = prepare(folder, dest, ids=[10, 12])
    assert train.cut and not val.cut
    assert [image['id'] for image in labels(dest, 'train')['images']] == [10, 12]
    assert [ann['image_id'] for ann in labels(dest, 'train')['annotations']] == [10, 12]
    assert names(dest / 'train2017') == ['000000000010.png', '000000000012.png']
    prepare(folder, dest, ids=[11])
    assert names(dest / 'train2017') == ['000000000011.png']
    prepare(folder, dest)
    assert (dest / 'train2017').is_symlink() and len(labels(dest, 'train')['images']) == 3
    with pytest.raises(UserError, match=r'1 of 2 ids are of no image .* e\.g\. 99'):
        prepare(folder, dest, ids=[10, 99])


def test_an_interrupted_copy_goes_on(folder, tmp_path, monkeypatch):
    dest, copied, real = tmp_path / 'coco', [], shutil.copy2

    def copy2(source, target):
        copied.append(source.name)
        if len(copied) == 2:
            raise KeyboardInterrupt
        return real(source, target)

    monkeypatch.setattr(shutil, 'copy2', copy2)
    with pytest.raises(KeyboardInterrupt):
        prepare(folder, dest, copy=True)
    assert not (dest / 'train2017').exists()
    prepare(folder, dest, copy=True)
    assert copied.count('000000000010.png') == 1 and len(names(dest / 'train2017')) == 3


def test_file_names_with_another_suffix_or_folder_are_corrected(folder, tmp_path):
    change(folder, first('images', file_name='val2017/000000000020.jpg'))
    _, val = prepare(folder, tmp_path / 'coco')
    assert val.renamed == 1
    assert labels(tmp_path / 'coco', 'val')['images'][0]['file_name'] == '000000000020.png'
    # The source stays as it was.
    assert 'jpg' in (folder / 'annotations' / 'val.json').read_text()


@pytest.mark.parametrize(
    ('edit', 'message'),
    [
        (first('images', width=41), '1 image.*png: 40 x 30, annotated: 41 x 30'),
        (first('images', file_name='x.png'), r'1 of 2 images .* not in .*val, e\.g\. x\.png'),
        (first('annotations', num_keypoints=4), 'num_keypoints.* annotation 20'),
        (first('annotations', id=21), 'repeated id: 2 annotations'),
        (lambda content: content['annotations'][0].pop('image_id'), r's\[0\]: missing image_id'),
    ],
)
def test_errors_are_named_and_nothing_is_written(folder, tmp_path, edit, message):
    change(folder, edit)
    with pytest.raises(UserError, match=message):
        prepare(folder, tmp_path / 'coco')
    assert not (tmp_path / 'coco').exists()


def test_files_of_others_are_not_replaced(folder, tmp_path):
    (folder / 'val' / '000000000021.png').write_bytes(b'no image')
    with pytest.raises(UserError, match=r'000000000021\.png: OpenCV cannot decode it'):
        prepare(folder, tmp_path / 'coco')
    (tmp_path / 'coco' / 'val2017').mkdir(parents=True)
    with pytest.raises(UserError, match='val2017 exists and was not made by this command'):
        prepare(folder, tmp_path / 'coco')
    shutil.rmtree(folder / 'train')
    with pytest.raises(UserError, match=r'no train set: it needs train/ with .* or train2017/'):
        prepare(folder, tmp_path / 'coco')


@pytest.mark.parametrize('options', [{}, {'ids': [20]}, {'copy': True}])
def test_nothing_outside_the_destination_is_written(folder, tmp_path, options):
    outside, inside = folder / 'outside.png', folder / 'val' / '000000000020.png'
    shutil.copy(inside, outside)
    for name in ('../outside.png', str(outside), '../val/../outside.png'):
        change(folder, first('images', file_name=name))
        before = state(tmp_path)
        with pytest.raises(UserError, match=r'val\.json: images\[0\]\.file_name must be inside'):
            prepare(folder, tmp_path / 'coco', **options)
        assert state(tmp_path) == before
    change(folder, first('images', file_name=str(inside)))
    prepare(folder, tmp_path / 'coco', **options)
    assert (tmp_path / 'coco' / 'val2017' / inside.name).is_file()
    assert labels(tmp_path / 'coco', 'val')['images'][0]['file_name'] == inside.name
    assert not inside.is_symlink()


def test_links_in_the_destination_are_not_followed(folder, tmp_path):
    dest, theirs = tmp_path / 'coco', tmp_path / 'theirs'
    dest.mkdir()
    shutil.copytree(folder / 'val', theirs)
    (dest / 'annotations').symlink_to(folder / 'annotations')
    before = state(theirs), state(folder)
    with pytest.raises(UserError, match=r'annotations is a link out of'):
        prepare(folder, dest)
    (dest / 'annotations').unlink()
    (dest / '.val2017.partial').symlink_to(theirs)
    prepare(folder, dest, ids=[20])
    assert (state(theirs), state(folder)) == before
    (dest / 'prepared.json').write_text('[]')
    with pytest.raises(UserError, match=r'prepared\.json: expected object'):
        prepare(folder, dest)


def test_a_full_disk_names_the_copy(folder, tmp_path, monkeypatch):
    def full(source, target, **options):
        raise OSError(28, 'No space left on device', source)

    monkeypatch.setattr(shutil, 'copyfile', full)
    with pytest.raises(OSError, match='No space') as caught:
        prepare(folder, tmp_path / 'coco', copy=True)
    assert caught.value.filename.startswith(str(tmp_path / 'coco'))


def test_one_file_of_labels_finds_its_images(folder, tmp_path):
    path = folder / 'annotations' / 'val.json'
    for split in (open_labels(path), open_labels(folder), open_labels(path, folder / 'val')):
        assert split.images == folder / 'val' and len(split.content['images']) == 2
    elsewhere = shutil.copy(path, tmp_path / 'elsewhere.json')
    with pytest.raises(UserError, match='name the folder of the images'):
        open_labels(elsewhere)
    assert open_labels(elsewhere, folder / 'val').images == folder / 'val'
    with pytest.raises(UserError, match=r'Did you mean val\.json'):
        open_labels(path.with_name('vall.json'))


def test_ids_are_read_from_lines_and_json(tmp_path):
    path = tmp_path / 'ids'
    for text, ids in (('000000000139\n\n7  # comment\n', [139, 7]), ('[3, 4]', [3, 4])):
        path.write_text(text)
        assert read_ids(path) == ids
    path.write_text('1\ntwo\n')
    with pytest.raises(UserError, match="line 2: 'two'"):
        read_ids(path)
    with pytest.raises(UserError, match='cannot be read'):
        read_ids(tmp_path / 'none')
