"""Rendering and labels of synthetic scenes."""

import cv2
import numpy as np
import pytest

from mmpose_lrfg.synthetic import SceneConfig, render_scene
from mmpose_lrfg.synthetic.backgrounds import KINDS
from mmpose_lrfg.synthetic.bodies import Body
from mmpose_lrfg.synthetic.camera import Camera
from mmpose_lrfg.synthetic.labels import KEYPOINTS
from mmpose_lrfg.synthetic.mesh import box
from mmpose_lrfg.synthetic.people import make_person
from mmpose_lrfg.synthetic.pose_library import POSES
from mmpose_lrfg.synthetic.poses import sample_pose
from mmpose_lrfg.synthetic.raster import rasterise
from mmpose_lrfg.synthetic.scenes import photograph
from mmpose_lrfg.synthetic.shading import Light, ShadowMap

ALONE = {'people': (1, 1), 'objects': False, 'kind': 'mess', 'framing': 0.05}
LIGHT = Light(np.array([0.0, 1.0, 0.0]), np.ones(3), np.ones(3) * 0.5, np.ones(3) * 0.3)


def _index(*names):
    return [KEYPOINTS.index(name) for name in names]


def test_nearer_faces_hide_farther_ones_and_backs_are_not_drawn():
    xy = np.array([[0, 0], [0, 8], [8, 0], [0, 0], [0, 8], [8, 0]], float)
    near = np.array([1, 1, 1, 2, 2, 2], float)
    index, depth, planes = rasterise(xy, near, np.array([[0, 1, 2], [3, 4, 5]]), 10, 10)
    assert set(np.unique(index)) == {-1, 1}
    assert (depth[index == 1] == 2).all() and index[8, 8] == -1 and index[1, 1] == 1
    np.testing.assert_allclose(planes[1] @ (0, 8, 1), (0, 1, 0), atol=1e-6)
    index, _, _ = rasterise(xy, near, np.array([[0, 1, 2], [5, 4, 3]]), 10, 10)
    assert set(np.unique(index)) == {-1, 0}


def test_a_roof_throws_a_shadow_below_it_only():
    roof = box((0, 1.0, 0), (0.5, 0.02, 0.5))
    shadows = ShadowMap(LIGHT, roof.verts, roof.faces, np.zeros(3), 3.0)
    camera = Camera.look_at((0, 2.0, -4.0), (0, 0, 0), 100, 101, 101)
    points = np.array([[0, 0, 0], [0.4, 0, 0.4], [0.8, 0, 0], [0, 1.5, 0]], float)
    xy, depth = camera.project(points)
    covered = shadows.covers(camera, *xy.T.astype(np.float32), depth.astype(np.float32))
    assert covered.tolist() == [True, True, False, False]


@pytest.mark.parametrize('yaw, left_is_right', [(0, True), (180, False)])
def test_left_and_right_are_the_persons_own(yaw, left_is_right):
    for seed in range(3):
        config = SceneConfig(**ALONE, scale=(0.7, 0.8), poses=('stand', 'arms_spread'), yaw=yaw)
        (person,) = render_scene(np.random.default_rng(seed), 128, config).people
        points = person.keypoints
        for part in ('shoulder', 'hip'):
            left, right = points[_index(f'left_{part}', f'right_{part}')]
            assert left[2] and right[2]
            assert (left[0] > right[0]) == left_is_right


def test_faces_are_labelled_in_front_and_not_behind():
    face = _index('nose', 'left_eye', 'right_eye')
    front, back = (
        render_scene(
            np.random.default_rng(4),
            160,
            SceneConfig(**ALONE, scale=(0.7, 0.8), poses=('arms_spread',), yaw=yaw),
        ).people[0].keypoints[face, 2]
        for yaw in (0, 180)
    )  # fmt: skip
    assert (front == 2).sum() >= 2
    assert (back == 0).all()


def test_labels_agree_with_the_picture():
    visible = 0
    for seed in range(10):
        scene = render_scene(np.random.default_rng([1, seed]), (160, 120))
        assert scene.image.shape == (120, 160, 3) and scene.image.dtype == np.uint8
        union = np.zeros((120, 160), int)
        for person in scene.people:
            mask, (x, y, w, h) = person.mask, person.bbox.astype(int)
            assert person.area == mask.sum()
            union += mask
            if not person.area:
                continue
            assert mask[y : y + h, x : x + w].sum() == mask.sum()
            assert mask[y].any() and mask[y + h - 1].any()
            assert mask[:, x].any() and mask[:, x + w - 1].any()
            near = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
            for px, py, v in person.keypoints:
                assert v in (0, 1, 2)
                if v == 0:
                    assert px == py == 0
                    continue
                assert 0 <= px <= 159 and 0 <= py <= 119
                if v == 2:
                    visible += 1
                    assert near[round(py), round(px)]
        assert union.max() <= 1, 'silhouettes of visible pixels never overlap'
    assert visible > 60


def _row(rng, *people):
    """Adults and children one behind another, seen from the front."""
    made = [
        make_person(rng, (x, z), np.pi, body=body, pose=sample_pose(rng, 'stand'), detail=64)
        for body, x, z in people
    ]
    camera = Camera.look_at((0, 1.0, -4.0), (0, 0.8, 0), 220, 160, 160)
    return photograph(rng, made, [], camera, LIGHT, 'mess', 4.0)


def test_a_person_behind_another_is_labelled_as_hidden():
    grown, child = Body(height=1.9, weight=1.4), Body(height=0.95, child=0.9)
    front, behind = _row(np.random.default_rng(0), (grown, 0, 0), (child, 0, 0.8)).people
    covered = cv2.erode(front.mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    inside = [k for k, (x, y, v) in enumerate(behind.keypoints) if v and covered[int(y), int(x)]]
    assert len(inside) >= 5
    assert (behind.keypoints[inside, 2] == 1).all()
    body = slice(5, 17)
    (alone,) = _row(np.random.default_rng(0), (child, 0, 0.8)).people
    assert (alone.keypoints[body, 2] == 2).sum() >= 10
    assert alone.area > behind.area
    assert (front.keypoints[body, 2] == 2).sum() >= 10


def test_nobody_is_possible_and_counts_are_kept():
    empty = render_scene(np.random.default_rng(0), 96, SceneConfig(people=(0, 0)))
    assert empty.people == [] and empty.image.std() > 0
    crowd = render_scene(np.random.default_rng(2), 96, SceneConfig(people=(5, 5)))
    assert 3 <= len(crowd.people) <= 5


def test_same_seed_same_scene_and_other_seed_another():
    first, second, other = (
        render_scene(np.random.default_rng(seed), 96) for seed in (3, 3, 4)
    )  # fmt: skip
    assert np.array_equal(first.image, second.image)
    assert all(
        np.array_equal(a.keypoints, b.keypoints) and np.array_equal(a.mask, b.mask)
        for a, b in zip(first.people, second.people)
    )
    assert not np.array_equal(first.image, other.image)


def test_scale_sets_the_size_of_the_main_person():
    tall = []
    for share in (0.3, 0.9):
        config = SceneConfig(**ALONE, scale=(share, share), poses=('stand',))
        (person,) = render_scene(np.random.default_rng(7), 160, config).people
        tall.append(person.bbox[3] / 160)
    assert 0.2 < tall[0] < 0.4 and tall[1] > 0.6


@pytest.mark.parametrize('kind', KINDS)
def test_every_background_renders(kind):
    for seed in range(3):
        scene = render_scene(np.random.default_rng(seed), (96, 64), SceneConfig(kind=kind))
        assert scene.image.shape == (64, 96, 3)
        assert scene.image.std() > 1


@pytest.mark.parametrize('name', sorted(POSES))
def test_every_pose_renders_a_person(name):
    config = SceneConfig(people=(1, 1), scale=(0.5, 0.5), poses=(name,), kind='mess', framing=0.05)
    (person,) = render_scene(np.random.default_rng(0), 64, config).people
    assert person.area > 0
