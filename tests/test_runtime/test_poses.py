import json
from dataclasses import replace

import numpy as np
import pytest

from mmpose_lrfg.runtime import COCO, Poses


def some_poses(count=3, seed=0):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 300, (count, 2, 2))
    return Poses(
        boxes=np.concatenate([corners.min(1), corners.max(1)], axis=1),
        scores=np.sort(rng.uniform(0, 1, count))[::-1],
        keypoints=rng.uniform(-10, 400, (count, 17, 2)),
        keypoint_scores=rng.uniform(0, 1, (count, 17)),
    )


def test_round_trip_through_coco_json():
    poses = some_poses()
    records = json.loads(poses.to_json(image_id=7, file_name='a.jpg'))
    assert {r['image_id'] for r in records} == {7}
    assert {r['file_name'] for r in records} == {'a.jpg'}
    assert {r['category_id'] for r in records} == {1}
    x, y, width, height = records[0]['bbox']
    np.testing.assert_allclose([x, y, x + width, y + height], poses.boxes[0], atol=2e-3)
    back = Poses.from_coco(records)
    np.testing.assert_allclose(back.boxes, poses.boxes, atol=2e-3)
    np.testing.assert_allclose(back.keypoints, poses.keypoints, atol=1e-3)
    np.testing.assert_allclose(back.keypoint_scores, poses.keypoint_scores, atol=1e-5)
    np.testing.assert_allclose(back.scores, poses.scores, atol=1e-5)


def test_low_scoring_keypoints_keep_place_and_score():
    poses = some_poses(1)
    poses.keypoint_scores[0, 3] = 0.01
    triple = poses.to_coco(1)[0]['keypoints'][9:12]
    np.testing.assert_allclose(triple[:2], poses.keypoints[0, 3], atol=1e-3)
    assert triple[2] == pytest.approx(0.01)


def test_categories_are_the_callers():
    poses = Poses(
        boxes=np.zeros((2, 4)),
        scores=[0.5, 0.4],
        keypoints=np.zeros((2, 17, 2)),
        keypoint_scores=np.zeros((2, 17)),
        labels=[1, 0],
    )
    records = poses.to_coco(1, category_ids=[18, 44])
    assert [r['category_id'] for r in records] == [44, 18]
    assert Poses.from_coco(records, category_ids=[18, 44]).labels.tolist() == [1, 0]


def test_annotations_become_poses():
    annotation = dict(bbox=[1, 2, 3, 4], category_id=1, keypoints=[5, 6, 2] * 16 + [0, 0, 0])
    poses = Poses.from_coco([annotation])
    assert poses.scores.tolist() == [1.0]
    assert poses.keypoint_scores[0].tolist() == [1.0] * 16 + [0.0]


def test_csv_has_a_named_column_for_every_value():
    poses = some_poses(2)
    header, first, second = poses.to_csv(image_id=3).splitlines()
    row = dict(zip(header.split(','), first.split(',')))
    assert row['image_id'] == '3' and row['class'] == 'person'
    assert float(row['x2']) == pytest.approx(poses.boxes[0, 2], abs=2e-3)
    assert float(row['left_wrist_y']) == pytest.approx(poses.keypoints[0, 9, 1], abs=2e-3)
    score = poses.keypoint_scores[0, 16]
    assert float(row['right_ankle_score']) == pytest.approx(score, abs=1e-5)
    assert second.count(',') == header.count(',')
    assert poses.to_csv(header=False).count('\n') == 2


def test_an_empty_result():
    empty = Poses.empty()
    assert len(empty) == 0
    assert empty.to_coco(1) == [] and empty.to_json() == '[]'
    assert empty.to_csv().count('\n') == 1
    assert len(Poses.from_coco([])) == 0
    image = np.full((20, 30, 3), 9, np.uint8)
    assert (empty.draw(image) == image).all()


def test_picking():
    poses = some_poses(3)
    assert len(poses[1:]) == 2 and len(poses[0]) == 1
    assert poses[[2, 0]].scores.tolist() == poses.scores[[2, 0]].tolist()
    kept = poses.above(float(poses.scores[1]))
    np.testing.assert_array_equal(kept.keypoints, poses.keypoints[:2])


def test_ids_go_everywhere_with_their_poses():
    poses = replace(some_poses(3), ids=[4, -1, 2])
    assert poses[[2, 0]].ids.tolist() == [2, 4]
    records = json.loads(poses.to_json())
    assert [r['track_id'] for r in records] == [4, None, 2]
    assert Poses.from_coco(records).ids.tolist() == [4, -1, 2]
    lines = poses.to_csv(image_id=1, more={'frame': 9}).splitlines()
    assert lines[0].startswith('image_id,frame,track_id,class,')
    assert [line.split(',')[:3] for line in lines[1:]] == [['1', '9', i] for i in ('4', '', '2')]
    assert 'track_id' not in some_poses(1).to_json() + some_poses(1).to_csv()
    assert Poses.from_coco(some_poses(1).to_coco(1)).ids is None
    with pytest.raises(ValueError, match=r'ids must be \(3,\), got \(1,\)'):
        replace(poses, ids=[1])


def test_to_supervision():
    supervision = pytest.importorskip('supervision', reason='supervision is not installed')
    poses = replace(some_poses(2), ids=[5, 6])
    points = poses.to_supervision()
    assert isinstance(points, supervision.KeyPoints) and len(points) == 2
    np.testing.assert_array_equal(points.xy, poses.keypoints)
    np.testing.assert_array_equal(points.keypoint_confidence, poses.keypoint_scores)
    np.testing.assert_array_equal(points.detection_confidence, poses.scores)
    assert points.data['class_name'].tolist() == ['person'] * 2
    assert points.data['tracker_id'].tolist() == [5, 6]
    assert points[np.array([1])].data['xyxy'].tolist() == poses.boxes[1:].tolist()
    canvas = np.zeros((400, 400, 3), np.uint8)
    annotator = supervision.EdgeAnnotator(edges=[(a + 1, b + 1) for a, b in COCO.links])
    assert annotator.annotate(canvas, points).any()
    assert len(Poses.empty().to_supervision()) == 0


def test_shapes_that_do_not_go_together_are_named():
    with pytest.raises(ValueError, match=r'boxes must be \(2, 4\), got \(3, 4\)'):
        Poses(np.zeros((3, 4)), np.zeros(2), np.zeros((2, 17, 2)), np.zeros((2, 17)))
    with pytest.raises(ValueError, match=r'keypoints must be \(N, K, 2\)'):
        Poses(np.zeros((2, 4)), np.zeros(2), np.zeros((2, 17, 3)), np.zeros((2, 17)))


def test_other_keypoints():
    poses = Poses(np.zeros((1, 4)), [0.9], np.zeros((1, 5, 2)), np.zeros((1, 5)))
    assert poses.skeleton.names[4] == 'keypoint_4'
    assert poses.skeleton.links == ()
