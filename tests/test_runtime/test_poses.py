import json
from dataclasses import replace

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.images import read_image


def some_poses(count=3, **options):
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 300, (count, 2, 2))
    return Poses(
        boxes=np.concatenate([corners.min(1), corners.max(1)], axis=1),
        scores=np.sort(rng.uniform(0, 1, count))[::-1],
        keypoints=rng.uniform(-10, 400, (count, 17, 2)),
        keypoint_scores=rng.uniform(0, 0.1, (count, 17)),  # low ones keep their places
        **options,
    )


def test_round_trip_through_coco_json():
    poses = some_poses(labels=[1, 0, 1], ids=[4, -1, 2])
    records = json.loads(json.dumps(poses.to_coco(7)))
    assert {r['image_id'] for r in records} == {7}
    assert [(r['category_id'], r['track_id']) for r in records] == [(2, 4), (1, None), (2, 2)]
    x, y, width, height = records[0]['bbox']
    np.testing.assert_allclose([x, y, x + width, y + height], poses.boxes[0], atol=2e-3)
    back = Poses.from_coco(records)
    np.testing.assert_allclose(back.boxes, poses.boxes, atol=2e-3)
    np.testing.assert_allclose(back.keypoints, poses.keypoints, atol=1e-3)
    np.testing.assert_allclose(back.keypoint_scores, poses.keypoint_scores, atol=1e-6)
    np.testing.assert_allclose(back.scores, poses.scores, atol=1e-6)
    assert (back.labels == poses.labels).all() and (back.ids == poses.ids).all()
    records = poses.to_coco(1, category_ids=[18, 44])
    assert [r['category_id'] for r in records] == [44, 18, 44]
    untracked = some_poses().to_coco(1)
    assert 'track_id' not in untracked[0] and Poses.from_coco(untracked).ids is None


def test_annotations_become_poses():
    annotation = dict(bbox=[1, 2, 3, 4], category_id=1, keypoints=[5, 6, 2] * 16 + [0, 0, 0])
    poses = Poses.from_coco([annotation])
    assert poses.scores.tolist() == [1.0]
    assert poses.keypoint_scores[0].tolist() == [1.0] * 16 + [0.0]


def test_csv_has_a_named_column_for_every_value():
    poses = some_poses(2, ids=[4, -1])
    header, first, second = poses.to_csv(image_id=3, more={'frame': 9}).splitlines()
    assert header.startswith('image_id,frame,track_id,class,score,x1,')
    assert first.startswith('3,9,4,person,') and second.startswith('3,9,,person,')
    row = dict(zip(header.split(','), first.split(','), strict=True))
    assert float(row['x2']) == pytest.approx(poses.boxes[0, 2], abs=2e-3)
    assert float(row['left_wrist_y']) == pytest.approx(poses.keypoints[0, 9, 1], abs=2e-3)
    score = poses.keypoint_scores[0, 16]
    assert float(row['right_ankle_score']) == pytest.approx(score, abs=1e-5)
    assert some_poses(2).to_csv(header=False).count('\n') == 2
    assert 'track_id' not in some_poses(1).to_csv()


def test_an_empty_result():
    empty = Poses.from_coco([])
    assert len(empty) == 0
    assert empty.to_coco(1) == []
    assert empty.to_csv().count('\n') == 1
    image = np.full((20, 30, 3), 9, np.uint8)
    assert (empty.draw(image) == image).all()


def test_picking():
    poses = some_poses(ids=[4, -1, 2])
    assert len(poses[1:]) == 2 and len(poses[0]) == 1
    assert poses[[2, 0]].scores.tolist() == poses.scores[[2, 0]].tolist()
    assert poses[[2, 0]].ids.tolist() == [2, 4]
    kept = poses.above(float(poses.scores[1]))
    np.testing.assert_array_equal(kept.keypoints, poses.keypoints[:2])


def test_poses_that_hold_their_image(tmp_path):
    image = np.full((400, 500, 3), 128, np.uint8)
    poses = replace(some_poses(2), image=image, path='a/b.jpg')
    assert (poses.draw(keypoint_thr=0) == poses.draw(image, keypoint_thr=0)).all()
    poses[:1].save(tmp_path / 'new' / 'a.png', keypoint_thr=0)
    assert (read_image(tmp_path / 'new' / 'a.png') == poses[0].draw(keypoint_thr=0)).all()
    assert poses[1:].path == 'a/b.jpg' and poses[1:].image is image
    with pytest.raises(ValueError, match='hold no image'):
        some_poses().draw()


@pytest.mark.parametrize(
    ('name', 'shape', 'expected'),
    [
        ('boxes', (3, 4), (2, 4)),
        ('keypoints', (2, 17, 3), (2, 17, 2)),
        ('keypoint_scores', (2,), (2, 17)),
        ('labels', (1,), (2,)),
        ('ids', (2, 1), (2,)),
    ],
)
def test_shapes_that_do_not_go_together_are_named(name, shape, expected):
    with pytest.raises(ValueError) as error:
        replace(some_poses(2), **{name: np.zeros(shape)})
    assert str(error.value) == f'{name} must be {expected}, got {shape}'


def test_other_keypoints():
    poses = Poses(np.zeros((1, 4)), [0.9], np.zeros((1, 5, 2)), np.zeros((1, 5)))
    assert poses.skeleton.names[4] == 'keypoint_4' and poses.skeleton.links == ()
