"""Annotations of predictions, as the labelling tools read them."""

import json
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from toy_media import write_image, write_video

from mmpose_lrfg.apis.frames import read_frames
from mmpose_lrfg.apis.label_files import NAMES, LabelFile
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import ResultWriter
from mmpose_lrfg.datasets.checks import examine
from mmpose_lrfg.datasets.coco_folder import find_data
from mmpose_lrfg.datasets.yolo_folder import read_labels
from mmpose_lrfg.runtime import COCO, Poses, Skeleton
from mmpose_lrfg.utils.errors import UserError

SIZES = {'a & b.png': (60, 90), 'empty.png': (33, 44), 'sub/c.png': (90, 60)}
SKELETON = Skeleton(COCO.names, COCO.links, ('person', 'referee'))
SHOWN = [k for k in range(17) if k not in (3, 5)]


def predict(frame):
    """A person, a referee, and one whose keypoints score 0; none on the empty image.

    Keypoint 3 scores 0.2, and keypoint 5 is outside the image.
    """
    height, width = frame.image.shape[:2]
    rng = np.random.default_rng(height)
    points = rng.uniform(1, (width - 2, height - 2), (3, 17, 2))
    points[:, 5] = -3, 4
    scores = rng.uniform(0.3, 1, (3, 17))
    scores[:, 3], scores[2] = 0.2, 0
    boxes = np.tile([-2.0, 2, width - 4, height + 3], (3, 1))
    poses = Poses(boxes, rng.uniform(0.5, 1, 3), points, scores, [0, 1, 0], SKELETON)
    return poses[:0] if frame.source.name == 'empty.png' else poses


@pytest.fixture
def written(tmp_path):
    """Write the annotations of three images in a format; return their file."""

    def write(kind):
        for name, size in SIZES.items():
            write_image(tmp_path / 'images' / name, size=size)
        sources = find_sources([str(tmp_path / 'images')])
        file = tmp_path / 'out' / NAMES[kind]
        with ResultWriter(None, LabelFile(file, kind, model='m'), sources) as writer:
            for frame in read_frames(sources):
                writer.add(frame, predict(frame))
        return file

    return write


@pytest.fixture
def expected(tmp_path, written):
    """Return the COCO annotations, which a test of their own compares, by image and object."""
    content = json.loads(written('coco').read_text())
    names = {image['id']: image['file_name'] for image in content['images']}
    found = {name: [] for name in names.values()}
    for ann in content['annotations']:
        found[names[ann['image_id']]].append(ann)
    return found


def points_of(ann):
    return np.reshape(ann['keypoints'], (17, 3))


def test_coco(written, tmp_path):
    file = written('coco')
    content = json.loads(file.read_text())
    sizes = {i['file_name']: (i['height'], i['width']) for i in content['images']}
    assert sizes == SIZES
    assert [c['name'] for c in content['categories']] == ['person', 'referee']
    assert content['categories'][0]['keypoints'] == list(COCO.names)
    links = [[a - 1, b - 1] for a, b in content['categories'][0]['skeleton']]
    assert links == [list(link) for link in COCO.links]
    first = next(read_frames(find_sources([str(tmp_path / 'images' / 'a & b.png')])))
    poses, anns = predict(first), content['annotations'][:2]
    assert len(content['annotations']) == 4 and [a['category_id'] for a in anns] == [1, 2]
    for ann, points in zip(anns, poses.keypoints):
        assert np.flatnonzero(points_of(ann)[:, 2] == 2).tolist() == SHOWN
        assert not points_of(ann)[[3, 5]].any() and ann['num_keypoints'] == 15
        assert np.allclose(points_of(ann)[SHOWN, :2], points[SHOWN], atol=1e-3)
        assert ann['bbox'] == [0, 2, 86, 58] and ann['iscrowd'] == 0
        assert ann['area'] == pytest.approx(0.53 * 86 * 58)
    # A data set without errors; keypoints 3 and 5 are never annotated.
    findings = examine(find_data(file, images=tmp_path / 'images')[0]).findings
    assert 'never annotated' in {finding.kind for finding in findings}
    assert not [finding.text for finding in findings if finding.level == 'error']


def test_cvat(written, expected):
    file = written('cvat')
    root = ElementTree.parse(file).getroot()
    assert root.tag == 'annotations' and root.findtext('version') == '1.1'
    assert [image.get('id') for image in root.iter('image')] == ['0', '1', '2']
    for image in root.iter('image'):
        assert (int(image.get('height')), int(image.get('width'))) == SIZES[image.get('name')]
        people = image.findall('skeleton')
        assert len(people) == len(expected[image.get('name')])
        for person, ann in zip(people, expected[image.get('name')]):
            assert person.get('label') == SKELETON.classes[ann['category_id'] - 1]
            assert [point.get('label') for point in person] == list(COCO.names)
            for point, (x, y, v) in zip(person, points_of(ann)):
                assert point.get('outside') == ('0' if v else '1')
                assert point.get('occluded') == '0'
                place = [float(part) for part in point.get('points').split(',')]
                assert min(place) >= 0 and (not v or place == pytest.approx([x, y], abs=0.006))
    labels = json.loads(file.with_name('annotations_labels.json').read_text())
    assert [label['name'] for label in labels] == ['person', 'referee']
    assert [point['name'] for point in labels[0]['sublabels']] == list(COCO.names)
    svg = ElementTree.fromstring(f'<svg>{labels[0]["svg"]}</svg>')
    nodes = {node.get('data-node-id'): node for node in svg.iter('circle')}
    named = [node.get('data-label-name') for node in nodes.values()]
    assert named == list(COCO.names) and len(svg.findall('line')) == len(COCO.links)
    for line in svg.iter('line'):
        for end, side in (('from', '1'), ('to', '2')):
            node = nodes[line.get(f'data-node-{end}')]
            place = [node.get(f'c{axis}') for axis in 'xy']
            assert [line.get(f'{axis}{side}') for axis in 'xy'] == place
            assert all(0 <= float(part) <= 100 for part in place)
    head = [label.findtext('name') for label in root.iter('label')]
    assert head == ['person', *COCO.names, 'referee', *COCO.names]


def test_label_studio(written, expected):
    file = written('labelstudio')
    view = ElementTree.parse(file.with_name('tasks_config.xml')).getroot()
    controls = {tag.get('name'): tag for tag in view if tag.get('toName') == 'image'}
    options = {n: [label.get('value') for label in tag] for n, tag in controls.items()}
    assert options == dict(box=list(SKELETON.classes), keypoint=list(COCO.names))
    tasks = json.loads(file.read_text())
    addresses = [task['data']['image'].partition('?d=')[2] for task in tasks]
    assert addresses == ['a%20%26%20b.png', 'empty.png', 'sub/c.png']
    for task, (name, anns) in zip(tasks, expected.items()):
        height, width = SIZES[name]
        (prediction,) = task['predictions']
        assert prediction['model_version'] == 'm' and len(prediction['result']) == 16 * len(anns)
        for region in prediction['result']:
            assert (region['original_width'], region['original_height']) == (width, height)
            ann = anns[int(region.get('parentID', region['id']))]
            value = region['value']
            x, y = value['x'] * width / 100, value['y'] * height / 100
            if region['type'] == 'rectanglelabels':
                assert [x, y] == pytest.approx(ann['bbox'][:2], abs=1e-3)
                assert value['rectanglelabels'] == [SKELETON.classes[ann['category_id'] - 1]]
            else:
                keypoint = COCO.names.index(value['keypointlabels'][0])
                assert [x, y, 2] == pytest.approx(points_of(ann)[keypoint].tolist(), abs=1e-3)


def test_label_studio_reads_and_exports_it(written, expected, tmp_path):
    """With its own SDK; its export is trained on."""
    interface = pytest.importorskip('label_studio_sdk.label_interface')
    converter = pytest.importorskip('label_studio_sdk.converter.converter')
    file = written('labelstudio')
    config, tasks = file.with_name('tasks_config.xml').read_text(), json.loads(file.read_text())
    for number, task in enumerate(tasks):
        (prediction,) = task.pop('predictions')
        assert interface.LabelInterface(config).validate_prediction(prediction)
        image = tmp_path / 'images' / list(expected)[number]
        task.update(id=number, data=dict(image=str(image)))
        task['annotations'] = [dict(id=number, result=prediction['result'])]
    file.write_text(json.dumps(tasks))
    reader = converter.Converter(config, project_dir=str(tmp_path))
    reader.convert_to_yolo(str(file), str(tmp_path / 'yolo'), is_dir=False)
    content = dict(train='images', kpt_shape=[17, 3], names=list(SKELETON.classes))
    for name, size in SIZES.items():
        write_image(tmp_path / 'yolo/images' / Path(name).name, size=size)
    (tmp_path / 'yolo/data.yaml').write_text(yaml.safe_dump(content))
    found = read_labels(tmp_path / 'yolo/data.yaml', 'train').content['annotations']
    for ann, other in zip(found, chain(*expected.values()), strict=True):
        assert ann['category_id'] == other['category_id']
        assert np.allclose(ann['keypoints'], other['keypoints'], atol=1e-3)
        assert np.allclose(ann['bbox'], other['bbox'], atol=1e-3)


def test_another_package_reads_the_skeletons(written, expected):
    reader = pytest.importorskip('dagshub_annotation_converter.formats.cvat.skeleton')
    order = sorted(range(17), key=lambda k: COCO.names[k])  # as it sorts them
    for image in ElementTree.parse(written('cvat')).getroot().iter('image'):
        for element, ann in zip(image.iter('skeleton'), expected[image.get('name')]):
            points = [(p.x, p.y) for p in reader.parse_skeleton(element, image).points]
            seen = points_of(ann)[order, 2] > 0
            places = points_of(ann)[order][seen, :2]
            assert np.allclose(np.array(points)[seen], places, atol=0.006)


def test_the_command(run_tool, tmp_path, tiny, capsys):
    write_image(tmp_path / 'images/1.png', size=(64, 64))
    config, checkpoint = tiny
    network = ('--config', config, '--checkpoint', checkpoint, '--runtime', 'torch')
    out = tmp_path / 'out'
    assert run_tool('predict', tmp_path / 'images', *network, '--format', 'cvat', '--out', out) == 0
    assert {file.name for file in out.iterdir()} == {
        *('1.png', 'annotations.xml', 'annotations_labels.json')
    }
    assert 'annotations_labels.json' in capsys.readouterr().err
    video = write_video(tmp_path / 'images/clip.mp4')
    assert run_tool('predict', video, *network, '--format', 'coco', '--out', out) == 2
    assert 'clip.mp4 is a video' in capsys.readouterr().err
    assert run_tool('predict', video, *network, '--format', 'coco', '--csv', out / 'a.csv') == 2
    assert '--format coco needs --json FILE or --out DIR' in capsys.readouterr().err


def test_what_lies_beside_overwrites_nothing(tmp_path):
    image = write_image(tmp_path / 'a.png')
    labels = LabelFile(tmp_path / 'a.xml', 'cvat')
    with pytest.raises(UserError, match='would hold two results'):
        ResultWriter(None, labels, find_sources([str(image)]), csv_path=labels.beside)
    with ResultWriter(None, labels, find_sources([str(image)])):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ['a.png'], 'nothing was predicted'
