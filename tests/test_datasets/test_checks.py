"""Every rule finds its error in a clean data set, and the repair removes it."""

import copy
import json

import cards
import cv2
import numpy as np
import pytest

from mmpose_lrfg.datasets.checks import examine, repair
from mmpose_lrfg.datasets.checks.duplicates import Look, SeenImages
from mmpose_lrfg.datasets.checks.report import draw_findings
from mmpose_lrfg.datasets.coco_folder import AnnotationFile
from mmpose_lrfg.datasets.converters import coco_to_yolo
from mmpose_lrfg.models.task_modules import COCO_ANCHORS
from mmpose_lrfg.runtime.skeleton import COCO

WIDTH, HEIGHT, IMAGES, PEOPLE = 320, 240, 8, 8
# Centre, then left and right by rows from the eyes to the ankles: x of the left one, y.
ROWS = ((0.12, 0.08), (0.2, 0.1), (0.5, 0.25), (0.7, 0.4),
        (0.8, 0.5), (0.4, 0.55), (0.35, 0.8), (0.3, 1))  # fmt: skip
NETWORK = dict(input_size=(320, 320), anchors=np.array(COCO_ANCHORS, float))


def person(rng, number, image):
    """Standing; one in three shows the back, and then no face."""
    centre, size = np.array([20.0 + 38 * (number % PEOPLE), 60]), np.array([16.0, 100])
    back = number % 3 == 0
    points = np.zeros((17, 3))
    points[0] = 0, 0.1, 2
    for row, (x, y) in enumerate(ROWS):
        points[1 + 2 * row], points[2 + 2 * row] = (x, y, 2), (-x, y, 2)
    points[:, 0] *= -1 if back else 1
    points[:, :2] += rng.normal(0, 0.03, (17, 2))
    points[:, :2] = centre + points[:, :2] * size + rng.uniform(0, 3, 2)
    if back:
        points[:5] = 0
    seen = points[points[:, 2] > 0, :2]
    low, high = seen.min(axis=0) - 2, seen.max(axis=0) + 2
    return dict(
        id=number + 1, image_id=image, category_id=1, iscrowd=0,
        bbox=[*low.tolist(), *(high - low).tolist()], area=float(0.5 * np.prod(high - low)),
        keypoints=[int(v) if n % 3 == 2 else v for n, v in enumerate(points.ravel().tolist())],
        num_keypoints=int((points[:, 2] > 0).sum()),
    )  # fmt: skip


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('people')
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (IMAGES + 1, 12, 16, 3), np.uint8)
    *noises, noise = (cv2.resize(each, (WIDTH, HEIGHT)) for each in coarse)
    for image, each in enumerate(noises, 1):
        cv2.imwrite(str(folder / f'{image}.jpg'), each)
    cv2.imwrite(str(folder.parent / 'outside.jpg'), noise)
    (folder / 'empty.jpg').touch()
    (folder / 'broken.jpg').write_text('no picture')
    cv2.imwrite(str(folder / 'half.jpg'), noise[::2, ::2])
    cv2.imwrite(str(folder / 'upright.jpg'), noise.transpose(1, 0, 2))
    return folder


@pytest.fixture(scope='module')
def clean():
    rng = np.random.default_rng(1)
    people = [person(rng, n, n // PEOPLE + 1) for n in range(IMAGES * PEOPLE)]
    images = [
        dict(id=i, file_name=f'{i}.jpg', width=WIDTH, height=HEIGHT) for i in range(1, IMAGES + 1)
    ]
    category = dict(id=1, name='person', keypoints=list(COCO.names), skeleton=[])
    return dict(images=images, annotations=people, categories=[category])


def look(tmp_path, content, folder, **changes):
    path = tmp_path / 'labels.json'
    path.write_text(json.dumps(content))
    metainfo = changes.pop('metainfo', None)
    return examine(AnnotationFile('', path, folder, metainfo), **{**NETWORK, **changes})


def put(part, place, **values):
    """Change an entry; ... removes a value."""

    def spoil(content):
        entry = content[part][place]
        entry.update(values)
        for key in [key for key, value in values.items() if value is ...]:
            del entry[key]

    return spoil


def twice(part, **changes):
    return lambda content: content[part].append({**copy.deepcopy(content[part][0]), **changes})


def exchange(*pairs, part=1.0):
    """Exchange keypoints in so many of the annotations."""

    def spoil(content):
        for ann in content['annotations'][: round(part * IMAGES * PEOPLE)]:
            points = np.array(ann['keypoints']).reshape(17, 3)
            for a, b in pairs:
                points[[a, b]] = points[[b, a]]
            ann['keypoints'] = points.ravel().tolist()

    return spoil


def point(number, *values, anns=slice(1)):
    """Change x, y, visibility of a keypoint of the first annotation, or of others."""

    def spoil(content):
        for ann in content['annotations'][anns]:
            place = 3 * number + 3 - len(values)
            ann['keypoints'][place : place + len(values)] = values

    return spoil


def shrink(content):
    for ann in content['annotations']:
        ann['bbox'][2:] = [3, 3]


PAIRS = [(i, i + 1) for i in range(1, 17, 2)]
SPOILT = [
    ('missing image', 'error', put('images', 0, file_name='none.jpg')),
    ('missing image', 'error', put('images', 0, file_name='../outside.jpg')),
    ('broken image', 'error', put('images', 0, file_name='broken.jpg')),
    ('broken image', 'error', put('images', 0, file_name='empty.jpg')),
    ('size', 'error', put('images', 0, file_name='half.jpg')),
    ('size', 'error', put('images', 0, file_name='upright.jpg')),
    ('no size', 'warning', put('images', 0, width=...)),
    ('image id', 'error', put('images', 0, file_name=...)),
    ('repeated image id', 'error', put('images', 0, id=2)),
    ('repeated file', 'warning', twice('images', id=99)),
    ('annotation id', 'error', put('annotations', 0, id=...)),
    ('repeated annotation id', 'error', put('annotations', 0, id=2)),
    ('id 0', 'warning', put('annotations', 0, id=0)),
    ('dangling', 'warning', put('annotations', 0, image_id=99)),
    ('category', 'error', put('annotations', 0, category_id=5)),
    ('repeated', 'warning', twice('annotations', id=999)),
    ('no object', 'error', lambda content: content['annotations'].clear()),
    ('no box', 'warning', put('annotations', 0, bbox=...)),
    ('no keypoints', 'warning', put('annotations', 0, keypoints=...)),
    ('keypoint count', 'error', put('annotations', 0, keypoints=[1, 2, 2] * 16)),
    ('numbers', 'error', put('annotations', 0, bbox=[1, 2, float('nan'), 4])),
    ('numbers', 'error', put('annotations', 0, bbox=[1, 2, 3])),
    ('visibility', 'error', point(3, 20, 20, 3)),
    ('empty box', 'warning', put('annotations', 0, bbox=[10, 10, 0, 20])),
    ('no area', 'warning', put('annotations', 0, area=...)),
    ('no area', 'warning', put('annotations', 0, area=0)),
    ('area', 'warning', put('annotations', 0, area=1e6)),
    ('num_keypoints', 'warning', put('annotations', 0, num_keypoints=3)),
    ('box beyond', 'warning', put('annotations', 0, bbox=[-20, 10, 60, 160])),
    ('box outside', 'error', put('annotations', 0, bbox=[500, 10, 60, 160])),
    ('keypoint beyond', 'warning', point(9, -8, 100, 2)),
    ('keypoint outside', 'error', point(9, -80, 100, 2)),
    ('keypoint and box', 'warning', put('annotations', 0, bbox=[200, 180, 40, 40])),
    ('sides', 'error', exchange((5, 6))),
    ('sides', 'error', exchange((1, 2), (15, 16), part=0.9)),
    ('all sides', 'error', exchange(*PAIRS)),
    ('never annotated', 'warning', point(0, 0, anns=slice(None))),
    ('names', 'error', put('categories', 0, keypoints=[*COCO.names[::-1]])),
    ('unused category', 'warning', twice('categories', id=2, name='dog')),
    ('small', 'error', shrink),
    ('small', 'warning', put('annotations', 0, bbox=[20, 20, 2, 3])),
    ('no anchor', 'warning', put('annotations', 0, bbox=[20, 20, 2, 200])),
]  # fmt: skip


def test_a_clean_set_has_no_findings(tmp_path, clean, folder):
    examination = look(tmp_path, clean, folder)
    assert examination.findings == []
    assert repair(examination) == clean


@pytest.mark.parametrize(('kind', 'level', 'spoil'), SPOILT)
def test_every_error_is_found_and_repaired(tmp_path, clean, folder, kind, level, spoil):
    content = copy.deepcopy(clean)
    spoil(content)
    # A metainfo is given where the file's names are not COCO's.
    coco = dict(from_file='configs/_base_/datasets/coco.py')
    examination = look(tmp_path, content, folder, metainfo=coco)
    found = {finding.kind: finding for finding in examination.findings}
    assert kind in found, found
    assert found[kind].level == level and found[kind].count >= 1
    assert (level == 'error') <= (examination.errors > 0)
    before = copy.deepcopy(examination.content)
    repaired = repair(examination)
    assert str(examination.content) == str(before), 'the original changed'
    left = {f.kind for f in look(tmp_path, repaired, folder, metainfo=coco).findings}
    # What no one can mend: names, classes and sizes of objects, and whole sets turned round.
    lasting = {'no object', 'all sides', 'never annotated', 'names', 'unused category', 'small',
               'no anchor', 'keypoint and box'}  # fmt: skip
    assert left <= lasting, left


def test_labels_follow_a_resized_picture(tmp_path, clean, folder):
    content = copy.deepcopy(clean)
    content['images'][0]['file_name'] = 'half.jpg'
    repaired = repair(look(tmp_path, content, folder))
    assert (repaired['images'][0]['width'], repaired['images'][0]['height']) == (160, 120)
    was, now = clean['annotations'][0], repaired['annotations'][0]
    assert np.allclose(np.array(now['bbox']) * 2, was['bbox'])
    assert now['area'] == pytest.approx(was['area'] / 4)
    assert now['keypoints'][45] == pytest.approx(was['keypoints'][45] / 2)
    # Another form is another picture.
    content['images'][0]['file_name'] = 'upright.jpg'
    repaired = repair(look(tmp_path, content, folder))
    assert len(repaired['images']) == IMAGES - 1
    assert len(repaired['annotations']) == PEOPLE * (IMAGES - 1)


def test_exchanged_pairs_are_named_and_put_back(tmp_path, clean, folder):
    content = copy.deepcopy(clean)
    exchange((5, 6), (13, 14))(content)
    examination = look(tmp_path, content, folder)
    texts = [f.text for f in examination.findings]
    assert len(texts) == 2
    assert texts[0].startswith('left_shoulder and right_shoulder seem to be exchanged')
    assert texts[1].startswith('left_knee and right_knee seem to be exchanged')
    assert '0% of 64 objects' in texts[0]
    repaired = repair(examination)
    assert repaired['annotations'] == clean['annotations']


def test_two_pairs_are_ambiguous(tmp_path, folder):
    """Four corners: one of the pairs is wrong, but not which."""
    corners = [30, 30, 2, 90, 30, 2, 90, 70, 2, 30, 70, 2]
    anns = [
        dict(id=n, image_id=1, category_id=1, bbox=[30, 30, 60, 40], area=2400, iscrowd=0,
             num_keypoints=4, keypoints=[*corners[:6], *corners[9:], *corners[6:9]])
        for n in range(1, 31)
    ]  # fmt: skip
    content = dict(
        images=[dict(id=1, file_name='1.jpg', width=WIDTH, height=HEIGHT)],
        annotations=anns,
        categories=[dict(id=1, name='a', keypoints=list(cards.NAMES))],
    )
    findings = look(tmp_path, content, folder).findings
    sides = [f for f in findings if f.kind == 'sides']
    assert len(sides) == 1 and '; or else ' in sides[0].text and sides[0].pair is None


def test_sigmas_that_are_missing(tmp_path, clean, folder):
    metainfo = dict(from_file='configs/_base_/datasets/coco.py', sigmas=[])
    finding = look(tmp_path, clean, None, metainfo=metainfo).findings[0]
    assert finding.kind == 'metainfo' and '0 sigmas for 17 keypoints' in finding.text


def test_command(tmp_path, clean, folder, run_tool, capsys):
    path = folder / 'labels.json'
    path.write_text(json.dumps(clean))
    assert run_tool('check', path) == 0, 'the images lie beside the file'
    message = capsys.readouterr().out
    assert '0 errors, 0 warnings' in message and 'not checked' not in message
    content = copy.deepcopy(clean)
    put('images', 0, file_name='half.jpg')(content)
    exchange((5, 6))(content)
    path.write_text(json.dumps(content))
    out, findings, drawn = tmp_path / 'out.json', tmp_path / 'findings.json', tmp_path / 'drawn'
    assert run_tool('check', path, '--fix', out, '--draw', drawn, '--json', findings) == 1
    message = capsys.readouterr().out
    assert 'left_shoulder and right_shoulder' in message and '2 errors' in message
    assert {f['kind'] for f in json.loads(findings.read_text())[0]['findings']} == {'size', 'sides'}
    names = sorted(path.name for path in drawn.iterdir())
    assert names[:2] == ['sides_1.jpg', 'sides_2.jpg'] and names[-1] == 'size_1.jpg'
    assert run_tool('check', out, '--img-dir', folder) == 0
    assert run_tool('check', out) == 0
    assert 'images not found and not checked' in capsys.readouterr().out
    before = path.read_bytes()
    for option in ('--fix', '--json'):
        assert run_tool('check', path, option, path) == 2
        assert 'is an input' in capsys.readouterr().err
    assert path.read_bytes() == before
    assert run_tool('check', path, '--fix', out) == 2
    assert 'replace it with --overwrite' in capsys.readouterr().err
    assert run_tool('check', folder / 'lables.json') == 2
    assert 'Did you mean labels.json' in capsys.readouterr().err


def test_command_on_folders_and_configs(tmp_path, run_tool, capsys):
    root = cards.write_cards(tmp_path / 'cards')
    config = cards.write_config(tmp_path / 'cards.py', root)
    coco_to_yolo(root, tmp_path / 'yolo')
    for data in (root, tmp_path / 'yolo', tmp_path / 'yolo/data.yaml', config):
        assert run_tool('check', data) == 0
        message = ' '.join(capsys.readouterr().out.split())
        assert '4 images, 8 objects, 4 keypoints' in message
        assert '2 images, 4 objects, 4 keypoints' in message
        assert run_tool('check', data, '--fix', tmp_path / 'out.json') == 2
        assert '--fix repairs one COCO .json' in capsys.readouterr().err


def copies(folder, place):
    """Write copies of images 1 and 2 to ``place``: the same file, and a smaller one."""
    place.mkdir()
    (place / 'a.jpg').write_bytes((folder / '1.jpg').read_bytes())
    small = cv2.imread(str(folder / '2.jpg'))[4:-4, 4:-4]
    cv2.imwrite(str(place / 'b.jpg'), cv2.resize(small, (160, 120)), [cv2.IMWRITE_JPEG_QUALITY, 40])
    return place


def test_images_that_are_there_twice(tmp_path, clean, folder):
    place = copies(folder, tmp_path / 'images')
    for number in range(1, IMAGES + 1):
        (place / f'{number}.jpg').symlink_to(folder / f'{number}.jpg')
    content = copy.deepcopy(clean)
    extra = [dict(id=90 + n, file_name=f'{name}.jpg') for n, name in enumerate('ab')]
    content['images'] += [dict(extra[0], width=WIDTH, height=HEIGHT), extra[1]]
    labels = look(tmp_path, content, place)
    found = {finding.kind: finding for finding in labels.findings}
    assert found['same image'].examples == ['a.jpg: 1.jpg']
    assert found['similar image'].positions == [IMAGES + 1]
    assert found['similar image'].others == {IMAGES + 1: place / '2.jpg'}
    assert draw_findings(labels, tmp_path / 'drawn') == 3  # and an image without a size
    assert cv2.imread(str(tmp_path / 'drawn/similar_image_1.jpg')).shape == (120, 320, 3)


def test_images_of_training_in_validation(tmp_path, clean, folder, run_tool, capsys):
    content, root = copy.deepcopy(clean), tmp_path / 'root'
    (root / 'annotations').mkdir(parents=True)
    (root / 'train').symlink_to(folder)
    (root / 'annotations/train.json').write_text(json.dumps(content))
    copies(folder, root / 'val')
    for image, name in zip(content['images'], 'ab'):
        image['file_name'] = f'{name}.jpg'
    content['images'][1].update(width=160, height=120)
    content['images'], ids = content['images'][:2], (1, 2)
    content['annotations'] = [ann for ann in content['annotations'] if ann['image_id'] in ids]
    (root / 'annotations/val.json').write_text(json.dumps(content))
    run_tool('check', root, '--json', tmp_path / 'findings.json')
    train, val = json.loads((tmp_path / 'findings.json').read_text())
    assert not train['findings']
    found = {finding['kind']: finding['examples'] for finding in val['findings']}
    assert found['same image elsewhere'] == ['a.jpg: 1.jpg of train']
    assert found['similar image elsewhere'] == ['b.jpg: 2.jpg of train']
    assert train['categories'] == dict(person=IMAGES * PEOPLE)
    assert train['annotated']['nose'] == pytest.approx(2 / 3, abs=0.02)
    assert train['annotated']['left_hip'] == 1


def test_frames_of_a_video_take_few_comparisons():
    """Fingerprints in 8 bits around one: all are found, and the tables stay small."""
    rng, seen = np.random.default_rng(0), SeenImages('train')
    for number in range(500):
        bits = 12345 << 60
        for bit in rng.choice(128, 4, replace=False):
            bits ^= 1 << int(bit)
        frame = Look((1, 1), digest=number.to_bytes(4, 'big'), fingerprint=bits)
        found = seen.find(frame)
        seen.add(frame, number, found is not None)
        assert found is not None or not number
    assert sum(map(len, seen.bands.values())) == 9


@pytest.mark.parametrize(
    ('counts', 'rare'), [((60, 4), 1), ((60, 12), 0), ((500, 24), 1), ((3,), 0)]
)
def test_rare_categories(tmp_path, clean, counts, rare):
    content = copy.deepcopy(clean)
    content['annotations'] = []
    content['categories'] = [dict(id=n, name=f'c{n}') for n in range(len(counts))]
    for category, count in enumerate(counts):
        for _ in range(count):
            ann = dict(clean['annotations'][0], id=len(content['annotations']) + 1)
            content['annotations'].append(dict(ann, category_id=category))
    labels = look(tmp_path, content, None)
    assert [f.count for f in labels.findings if f.kind == 'rare category'] == [1] * rare
