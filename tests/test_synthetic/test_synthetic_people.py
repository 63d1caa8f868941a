"""Bodies, poses and meshes of the synthetic people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmpose_lrfg.synthetic.bodies import Body, sample_body
from mmpose_lrfg.synthetic.mesh import box, ellipsoid, merge, rod
from mmpose_lrfg.synthetic.people import make_person
from mmpose_lrfg.synthetic.pose_library import POSES
from mmpose_lrfg.synthetic.poses import sample_pose, stand
from mmpose_lrfg.synthetic.rig import BONE, LIMITS, PARENTS, clamp, forward

seeds = st.integers(0, 2**32 - 1)
names = st.sampled_from(sorted(POSES))


def _direction(stance, start, end):
    line = stance.position[BONE[end]] - stance.position[BONE[start]]
    return line / np.linalg.norm(line)


@settings(max_examples=60, deadline=None)
@given(seeds, names)
def test_poses_keep_to_joint_limits(seed, name):
    rng = np.random.default_rng(seed)
    pose = sample_pose(rng, name)
    assert set(pose.angles) == set(LIMITS)
    for key, (low, high) in LIMITS.items():
        assert low <= pose.angles[key] <= high, key

    stance = stand(sample_body(rng), pose)
    for side in ('l_', 'r_'):
        # Knees bend backwards and elbows forwards, seen from the upper bone.
        shin = _direction(stance, side + 'shin', side + 'foot')
        shin = stance.rotation[BONE[side + 'thigh']].T @ shin
        assert shin[2] < 0.1
        assert np.rad2deg(np.arccos(np.clip(-shin[1], -1, 1))) < 150 + 6
        arm = _direction(stance, side + 'forearm', side + 'hand')
        arm = stance.rotation[BONE[side + 'upper_arm']].T @ arm
        assert arm[2] > -0.01
        assert np.rad2deg(np.arccos(np.clip(-arm[1], -1, 1))) < 150.1


@settings(max_examples=40, deadline=None)
@given(seeds, names)
def test_bones_keep_their_lengths(seed, name):
    rng = np.random.default_rng(seed)
    body = sample_body(rng)
    rest, stance = body.joints(), stand(body, sample_pose(rng, name))
    for bone, parent in enumerate(PARENTS[1:], 1):
        np.testing.assert_allclose(
            np.linalg.norm(stance.position[bone] - stance.position[parent]),
            np.linalg.norm(rest[bone] - rest[parent]),
            rtol=1e-9,
        )


def test_no_angles_is_the_rest_pose():
    rest = Body().joints()
    rotation, position = forward(rest, clamp({}), np.eye(3))
    np.testing.assert_allclose(position, rest, atol=1e-12)
    np.testing.assert_allclose(rotation, np.broadcast_to(np.eye(3), rotation.shape), atol=1e-12)


def test_markers_have_left_on_the_left_and_human_proportions():
    for body in (Body(), Body(height=0.95, child=1.0), Body(female=1.0, weight=1.4)):
        points, _ = body.markers()
        left, right = points[1::2], points[2::2]
        assert (left[:, 0] > 0).all()
        np.testing.assert_allclose(left * (-1, 1, 1), right, atol=1e-12)
        nose, shoulder, hip, knee, ankle = points[[0, 5, 11, 13, 15], 1]
        assert body.height > nose > shoulder > hip > knee > ankle > 0
    adult, toddler = Body(), Body(height=0.95, child=1.0)
    assert toddler.head_height / toddler.height > 1.3 * adult.head_height / adult.height


@pytest.mark.parametrize('name', ['stand', 'walk', 'squat', 'sit_floor', 'lie_back', 'kneel'])
def test_bodies_rest_on_the_ground(name):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = make_person(rng, (1.0, 2.0), 0.5, pose=sample_pose(rng, name), detail=64)
        assert abs(person.mesh.verts[:, 1].min()) < 0.13 * person.body.height, seed
        if name in ('stand', 'walk'):
            assert abs(person.mesh.verts[:, 1].min()) < 0.04 * person.body.height, seed


def test_standing_people_are_as_tall_as_they_say():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = make_person(rng, (0, 0), 0.0, pose=sample_pose(rng, 'stand'), detail=64)
        tall = np.ptp(person.mesh.verts[:, 1])
        assert 0.88 * person.body.height < tall < 1.12 * person.body.height


def test_meshes_are_closed_and_face_outwards():
    shapes = [
        ellipsoid(np.zeros(3), (1.0, 2.0, 0.5)),
        box((0, 0, 0), (1.0, 2.0, 0.5)),
        rod((0, 0, 0), (0.3, -1, 0.2), 0.3),
    ]
    for mesh in shapes:
        a, b, c = (mesh.verts[mesh.faces[:, k]] for k in range(3))
        volume = np.einsum('ij,ij->i', a, np.cross(b, c)).sum() / 6
        assert volume > 0
        # The faces of a closed surface cancel out.
        np.testing.assert_allclose(np.cross(b - a, c - a).sum(0), 0, atol=1e-9)
    outward = shapes[0].normals() * shapes[0].verts
    assert (outward.sum(1) > 0).all()
    both = merge(shapes[:2])
    assert len(both.verts) == len(shapes[0].verts) + len(shapes[1].verts)
    np.testing.assert_allclose(both.normals()[-1], shapes[1].normals()[-1])
