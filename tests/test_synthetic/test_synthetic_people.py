"""Bodies, poses and meshes of the synthetic people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmpose_lrfg.synthetic.body import BONE, PARENTS, Body, sample_body
from mmpose_lrfg.synthetic.body_mesh import MATERIAL
from mmpose_lrfg.synthetic.mesh import box, ellipsoid, merge, rod
from mmpose_lrfg.synthetic.people import make_person
from mmpose_lrfg.synthetic.pose_library import STANCES
from mmpose_lrfg.synthetic.poses import FEET, LIMITS, clamp, forward, sample_pose, stand

seeds = st.integers(0, 2**32 - 1)
stances = st.sampled_from(sorted(STANCES))


def _bend(rotation, position, upper, lower, end):
    """Direction of the lower bone in the frame of the upper bone, and its angle in degrees."""
    line = position[BONE[end]] - position[BONE[lower]]
    line = rotation[BONE[upper]].T @ line / np.linalg.norm(line)
    return line, np.rad2deg(np.arccos(np.clip(-line[1], -1, 1)))


@settings(max_examples=60, deadline=None)
@given(seeds, stances)
def test_poses_respect_joint_limits_and_bone_lengths(seed, name):
    rng = np.random.default_rng(seed)
    pose, body = sample_pose(rng, name), sample_body(rng)
    assert set(pose.angles) == set(LIMITS)
    for key, (low, high) in LIMITS.items():
        assert low <= pose.angles[key] <= high, key
    rest, posed = body.joints(), stand(body, pose)
    for side in ('l_', 'r_'):
        # Knees bend backwards and elbows forwards.
        shin, angle = _bend(*posed, side + 'thigh', side + 'shin', side + 'foot')
        assert shin[2] < 0.1 and angle < 150 + 6
        forearm, angle = _bend(*posed, side + 'upper_arm', side + 'forearm', side + 'hand')
        assert forearm[2] > -0.01 and angle < 150.1
    parents = list(PARENTS[1:])
    lengths, expected = (
        np.linalg.norm(joints[1:] - joints[parents], axis=1) for joints in (posed[1], rest)
    )
    np.testing.assert_allclose(lengths, expected, rtol=1e-9)


def test_no_angles_is_the_rest_pose():
    rest = Body().joints()
    rotation, position = forward(rest, clamp({}), np.eye(3))
    np.testing.assert_allclose(position, rest, atol=1e-12)
    np.testing.assert_allclose(rotation, np.broadcast_to(np.eye(3), rotation.shape), atol=1e-12)


def test_keypoints_have_left_on_the_left_and_human_proportions():
    for body in (Body(), Body(height=0.95, child=1.0), Body(female=1.0, weight=1.4)):
        points, _ = body.keypoints()
        left, right = points[1::2], points[2::2]
        assert (left[:, 0] > 0).all()
        np.testing.assert_allclose(left * (-1, 1, 1), right, atol=1e-12)
        nose, shoulder, hip, knee, ankle = points[[0, 5, 11, 13, 15], 1]
        assert body.height > nose > shoulder > hip > knee > ankle > 0
    adult, toddler = Body(), Body(height=0.95, child=1.0)
    assert toddler.head_height / toddler.height > 1.3 * adult.head_height / adult.height


@pytest.mark.parametrize('name', sorted(STANCES))
def test_bodies_rest_on_the_ground(name):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        person = make_person(rng, (1.0, 2.0), 0.5, pose=sample_pose(rng, name), detail=64)
        body, joints = person.mesh.verts[person.mesh.material != MATERIAL['skirt']], person.position
        lift = person.pose.lift * person.body.height
        np.testing.assert_allclose(body[:, 1].min(), lift, atol=1e-9)
        if name == 'stand':
            assert np.ptp(joints[FEET, 1]) < 0.02
            top = joints[BONE['head'], 1] + 0.93 * person.body.head_height
            assert 0.88 * person.body.height < top < 1.12 * person.body.height


def test_meshes_are_closed_and_face_outwards():
    shapes = [
        ellipsoid(np.zeros(3), (1.0, 2.0, 0.5)),
        box((0, 0, 0), (1.0, 2.0, 0.5)),
        rod((0, 0, 0), (0.3, -1, 0.2), 0.3),
        rod((0, 0, 0), (0.1, 0.1, 2), 0.3),
    ]
    for mesh in shapes:
        a, b, c = (mesh.verts[mesh.faces[:, k]] for k in range(3))
        assert np.einsum('ij,ij->i', a, np.cross(b, c)).sum() / 6 > 0, 'negative volume'
        # The area vectors of a closed surface sum to zero.
        np.testing.assert_allclose(np.cross(b - a, c - a).sum(0), 0, atol=1e-9)
    assert ((shapes[0].normals() * shapes[0].verts).sum(1) > 0).all()
    both = merge(shapes[:2])
    assert len(both.verts) == len(shapes[0].verts) + len(shapes[1].verts)
    np.testing.assert_allclose(both.normals()[-1], shapes[1].normals()[-1])
