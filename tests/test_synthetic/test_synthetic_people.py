"""Bodies, poses and meshes of the synthetic people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mmpose_lrfg.synthetic.body import BONE, PARENTS, Body, sample_body
from mmpose_lrfg.synthetic.mesh import BALL, BOX, ROD, solid
from mmpose_lrfg.synthetic.person import make_person
from mmpose_lrfg.synthetic.poses import FEET, RELAXED, STANCES, sample_angles, take_pose
from mmpose_lrfg.synthetic.textures import plain

seeds = st.integers(0, 2**32 - 1)
stances = st.sampled_from(sorted(STANCES))


def _bend(skeleton, upper, lower, end):
    """Direction of the lower bone in the frame of the upper bone, and its angle in degrees."""
    line = skeleton.position[BONE[end]] - skeleton.position[BONE[lower]]
    line = skeleton.rotation[BONE[upper]].T @ line / np.linalg.norm(line)
    return line, np.rad2deg(np.arccos(np.clip(-line[1], -1, 1)))


@settings(max_examples=60, deadline=None)
@given(seeds, stances)
def test_poses_keep_bone_lengths_and_bend_joints_the_right_way(seed, stance):
    rng = np.random.default_rng(seed)
    body, angles = sample_body(rng), sample_angles(rng, stance)
    rest, posed = body.joints(), take_pose(body, stance, angles)
    for side in ('l_', 'r_'):
        # Knees bend backwards and elbows forwards.
        shin, angle = _bend(posed, side + 'thigh', side + 'shin', side + 'foot')
        assert shin[2] < 0.1 and angle < 150 + 6
        forearm, angle = _bend(posed, side + 'upper_arm', side + 'forearm', side + 'hand')
        assert forearm[2] > -0.01 and angle < 150.1
    parents = list(PARENTS[1:])
    lengths, expected = (
        np.linalg.norm(joints[1:] - joints[parents], axis=1) for joints in (posed.position, rest)
    )
    np.testing.assert_allclose(lengths, expected, rtol=1e-9)


def test_angles_of_zero_are_the_rest_pose():
    angles = {side + name: 0.0 for side in ('', 'l_', 'r_') for name in RELAXED}
    rest = Body().joints()
    skeleton = take_pose(Body(), 'jump', angles)
    np.testing.assert_allclose(skeleton.position, rest - rest[0], atol=1e-12)
    np.testing.assert_allclose(
        skeleton.rotation, np.broadcast_to(np.eye(3), (15, 3, 3)), atol=1e-12
    )


def test_keypoints_have_left_on_the_left_and_human_proportions():
    for body in (Body(), Body(height=0.95, child=1.0), Body(female=1.0, weight=1.4)):
        points = body.keypoints()
        left, right = points[1::2], points[2::2]
        assert (left[:, 0] > 0).all()
        np.testing.assert_allclose(left * (-1, 1, 1), right, atol=1e-12)
        nose, shoulder, hip, knee, ankle = points[[0, 5, 11, 13, 15], 1]
        assert body.height > nose > shoulder > hip > knee > ankle > 0
    adult, toddler = Body(), Body(height=0.95, child=1.0)
    assert toddler.head_height / toddler.height > 1.3 * adult.head_height / adult.height


@pytest.mark.parametrize('stance', sorted(STANCES))
def test_bodies_rest_on_the_ground(stance):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        person = make_person(rng, (1.0, 2.0), 0.5, sample_body(rng), stance)
        lowest = min(mesh.verts[:, 1].min() for mesh in person.meshes) / person.body.height
        low, high = STANCES[stance][2].get('lift', (0, 0))
        assert low - 1e-9 <= lowest <= high + 1e-9
        if stance == 'stand':
            assert np.ptp(person.skeleton.position[FEET, 1]) < 0.02
            top = max(mesh.verts[:, 1].max() for mesh in person.meshes[1:2])
            assert 0.88 * person.body.height < top < 1.12 * person.body.height


def test_meshes_are_closed_and_face_outwards():
    texture = plain(np.random.default_rng(0), (9, 9, 9))
    axes = Rotation.from_euler('XY', (20, 40), degrees=True).as_matrix()
    shapes = [
        solid(shape, texture, (0.1, 0, 3), (1.0, 2.0, 0.5), axes) for shape in (BALL, BOX, ROD)
    ]
    for mesh in shapes:
        a, b, c = (mesh.verts[mesh.faces[:, k]] for k in range(3))
        assert np.einsum('ij,ij->i', a, np.cross(b, c)).sum() / 6 > 0, 'negative volume'
        # The area vectors of a closed surface sum to zero.
        np.testing.assert_allclose(np.cross(b - a, c - a).sum(0), 0, atol=1e-9)
        outwards = ((mesh.verts - mesh.verts.mean(0)) * mesh.normals).sum(1)
        assert (outwards > -1e-9).all()
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-9)
