"""Rendering and labels of synthetic scenes."""

import cv2
import numpy as np
import pytest

from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.synthetic import SceneConfig, render_scene
from mmpose_lrfg.synthetic.background import KINDS
from mmpose_lrfg.synthetic.body import Body
from mmpose_lrfg.synthetic.camera import Camera, rasterise
from mmpose_lrfg.synthetic.mesh import BOX, solid
from mmpose_lrfg.synthetic.person import make_person
from mmpose_lrfg.synthetic.render import Light, render
from mmpose_lrfg.synthetic.scenes import photograph
from mmpose_lrfg.synthetic.textures import plain

LIGHT = Light(np.array([0.0, 1.0, 0.0]), np.ones(3), np.ones(3) * 0.5)


def _index(*names):
    return [COCO.names.index(name) for name in names]


def _alone(seed, size=128, share=0.5, stance='stand', yaw=None):
    """The label of the only person of a scene, whose height is ``share`` of the image's."""
    config = SceneConfig((1, 1), (share, share), (stance,), yaw, objects=False, kind='indoors')
    return render_scene(np.random.default_rng(seed), size, config).people[0]


def test_nearer_faces_hide_farther_ones_and_backs_are_not_drawn():
    xy = np.array([[0, 0], [0, 8], [8, 0], [0, 0], [0, 8], [8, 0]], float)
    near = np.array([1, 1, 1, 2, 2, 2], float)
    index, depth, planes = rasterise(xy, near, np.array([[0, 1, 2], [3, 4, 5]]), 10, 10)
    assert set(np.unique(index)) == {-1, 1}
    assert (depth[index == 1] == 2).all() and index[8, 8] == -1 and index[1, 1] == 1
    np.testing.assert_allclose(planes[1] @ (0, 8, 1), (0, 1, 0), atol=1e-6)
    index, _, _ = rasterise(xy, near, np.array([[0, 1, 2], [5, 4, 3]]), 10, 10)
    assert set(np.unique(index)) == {-1, 0}


def test_a_roof_casts_a_shadow_below_it_only():
    texture = plain(np.random.default_rng(0), (9, 9, 9))
    roof = solid(BOX, texture, (0, 1.0, 0), (0.5, 0.02, 0.5))
    camera = Camera.look_at((0, 2.0, -4.0), (0, 0, 0), 100, 101, 101)
    shadow = render([roof], [0], camera, LIGHT).shadow
    points = camera.project([(0, 0, 0), (0.4, 0, 0.4), (0.8, 0, 0), (0, 0, -0.8)])[0]
    assert [shadow[y, x] for x, y in points.round().astype(int)] == [1, 1, 0, 0]


@pytest.mark.parametrize('yaw, front', [(0, True), (180, False)])
def test_sides_and_faces_of_people_seen_from_front_and_back(yaw, front):
    faces = []
    for seed in range(6):
        points = _alone(seed, 160, yaw=yaw).keypoints
        for part in ('shoulder', 'hip'):
            left, right = points[_index(f'left_{part}', f'right_{part}')]
            assert left[2] and right[2]
            assert (left[0] > right[0]) == front, "left is the person's own"
        faces.append(points[_index('nose', 'left_eye', 'right_eye'), 2])
    # Some heads are turned to the side.
    assert np.mean(np.array(faces) == 2) > 0.7 if front else np.mean(np.array(faces) == 0) > 0.7


def test_labels_agree_with_the_image():
    visible, outside = 0, 0
    for seed in range(10):
        scene = render_scene(np.random.default_rng([1, seed]), (160, 120))
        assert scene.image.shape == (120, 160, 3) and scene.image.dtype == np.uint8
        union = np.zeros((120, 160), int)
        for person in scene.people:
            mask = person.mask.astype(np.uint8)
            union += mask
            assert person.area == mask.sum()
            assert tuple(person.bbox) == cv2.boundingRect(mask)
            x, y, v = person.keypoints.T
            assert np.isin(v, (0, 1, 2)).all() and (person.keypoints[v == 0] == 0).all()
            assert (x >= 0).all() and (x <= 159).all() and (y >= 0).all() and (y <= 119).all()
            near = cv2.dilate(mask, np.ones((5, 5)))[y.round().astype(int), x.round().astype(int)]
            visible += (v == 2).sum()
            outside += (near[v == 2] == 0).sum()
        assert union.max() <= 1, 'masks overlap'
    # Parts thinner than half a pixel are visible, but not in the mask.
    assert visible > 60 and outside < 0.01 * visible


def _row(*people):
    """Labels of bodies one behind another, seen from the front."""
    rng = np.random.default_rng(0)
    made = [make_person(rng, (x, z), np.pi, body, 'stand') for body, x, z in people]
    camera = Camera.look_at((0, 1.0, -4.0), (0, 0.8, 0), 220, 160, 160)
    return photograph(rng, made, [], camera, LIGHT, 'indoors').people


def test_a_person_behind_another_is_labelled_as_hidden():
    grown, child = Body(height=1.9, weight=1.4), Body(height=0.95, child=0.9)
    front, behind = _row((grown, 0, 0), (child, 0, 0.8))
    covered = cv2.erode(front.mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    inside = [k for k, (x, y, v) in enumerate(behind.keypoints) if v and covered[int(y), int(x)]]
    assert len(inside) >= 5
    assert (behind.keypoints[inside, 2] == 1).all()
    (alone,) = _row((child, 0, 0.8))
    assert (alone.keypoints[5:, 2] == 2).sum() >= 10
    assert alone.area > behind.area
    assert (front.keypoints[5:, 2] == 2).sum() >= 10


def test_the_number_of_people_and_the_scale_are_kept():
    empty = render_scene(np.random.default_rng(0), 96, SceneConfig(people=(0, 0), objects=False))
    assert empty.people == [] and empty.image.std() > 0
    crowd = render_scene(np.random.default_rng(2), 96, SceneConfig(people=(5, 5)))
    assert 3 <= len(crowd.people) <= 5
    small, large = (_alone(7, 160, share).bbox[3] / 160 for share in (0.3, 0.9))
    assert 0.2 < small < 0.45 and large > 0.5


@pytest.mark.parametrize('kind', KINDS)
def test_every_background_renders(kind):
    for seed, size in enumerate(((96, 64), (64, 96), (1200, 40))):
        scene = render_scene(np.random.default_rng(seed), size, SceneConfig(kind=kind))
        assert scene.image.shape == (size[1], size[0], 3)
        assert scene.image.std() > 1
