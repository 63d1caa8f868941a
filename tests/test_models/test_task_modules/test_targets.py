import torch
from tiny_heads import EMPTY, PERSON, sample

from mmpose_lrfg.models.task_modules import PoseTargets


def test_objects_of_all_images_without_boxes_that_have_no_extent():
    flat = sample([[40, 30, 40, 110], [40, 30, 80, 110]], [[50, 40]] * 6)
    targets = PoseTargets.from_samples([flat, EMPTY, PERSON], 3)
    assert targets.images.tolist() == [0, 2]
    assert targets.boxes[0].tolist() == [60, 70, 40, 80]
    assert targets.keypoints_visible.all() and targets.annotated.all()


def test_keypoints_that_are_hidden_unannotated_or_on_the_left_edge():
    visible = torch.tensor([[1.0, 0, 1], [-1, -1, -1]])
    keypoints = [[0, 7], [5, 7], [3, 0]] * 2
    data = [sample([[0, 0, 40, 40]] * 2, keypoints, visible)]
    targets = PoseTargets.from_samples(data, 3)
    assert targets.keypoints_visible.tolist() == [[True, False, True], [False] * 3]
    assert targets.annotated.tolist() == [True, False]
    theirs = PoseTargets.from_samples(data, 3, unannotated_at_zero=True)
    assert theirs.keypoints_visible.tolist() == [[False, False, True], [False] * 3]
