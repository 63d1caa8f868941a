import pytest
from mmpose.datasets import CocoDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_lrfg.runtime import COCO, Skeleton


def test_from_the_meta_information_of_mmpose():
    meta = dict(
        keypoint_id2name={1: 'L_eye', 0: 'nose', 2: 'eye-right'},
        skeleton_links=[(0, 1), (1, 2)],
        classes=('cat',),
    )
    skeleton = Skeleton.from_meta(meta)
    assert skeleton.names == ('nose', 'L_eye', 'eye-right')
    assert skeleton.sides == ('centre', 'left', 'right')
    assert skeleton.link_sides == ('left', 'centre')
    assert [skeleton.class_name(n) for n in (0, 1)] == ['cat', '1']
    with pytest.raises(ValueError, match='keypoint_id2name'):
        Skeleton.from_meta({})
    with pytest.raises(ValueError, match=r'link \(0, 3\)'):
        Skeleton(('a', 'b', 'c'), [(0, 3)])


def test_coco_is_the_skeleton_of_mmpose():
    assert Skeleton.from_meta(parse_pose_metainfo(CocoDataset.METAINFO)) == COCO
