"""Metainfo: what is wrong is named; files and entries beside them."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, flip_by_name, read_metainfo

CARDS = Path(__file__).parents[2] / 'configs' / 'examples' / 'cards_metainfo.py'


def swap(index, name):
    info = Config.fromfile(CARDS).dataset_info.keypoint_info.to_dict()
    info[index]['swap'] = name
    return dict(keypoint_info=info)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(sigmas=[]), '0 sigmas for 4 keypoints'),
        (dict(sigmas=[0.1, 0.1, 0.1, 0]), 'must be positive, got 0'),
        (dict(keypoint_info={}), 'no keypoint_info'),
        (dict(joint_weights=[1.0]), '1 joint_weights for 4'),
        (dict(skeleton_info={0: dict(link=('top_left', 'top_rigth'))}), 'Did you mean top_right'),
        (dict(classes=['a', 'a']), 'named twice: a, a'),
        (dict(from_file='cofw_.py', keypoint_info=None), r'does not exist.* Did you mean cofw.py'),
        (swap(0, 'top_rihgt'), 'Did you mean top_right'),
        (swap(0, 'bottom_left'), 'bottom_left with'),
    ],
)
def test_wrong_metainfo(changes, message):
    with pytest.raises(UserError, match=message):
        read_metainfo({**Config.fromfile(CARDS).dataset_info.to_dict(), **changes})


def test_entries_beside_a_file_replace_those_of_the_file():
    """MMPose's file of OneHand10K has no sigmas."""
    with pytest.raises(UserError, match='0 sigmas for 21 keypoints'):
        read_metainfo(dict(from_file='configs/_base_/datasets/onehand10k.py'))
    read = read_metainfo(dict(from_file='onehand10k.py', sigmas=[0.03] * 21, classes='hand'))
    assert read['sigmas'].shape == (21,) and read['classes'] == ('hand',)


def test_a_file_that_exits(tmp_path):
    (tmp_path / 'meta.py').write_text('import sys\nsys.exit(0)\n')
    with pytest.raises(UserError, match=r'meta\.py calls sys\.exit'):
        read_metainfo(dict(from_file=str(tmp_path / 'meta.py')))


def test_flip_indices_by_name():
    assert flip_by_name(('nose', 'left_eye', 'right_eye', 'l_ear')) == (0, 2, 1, 3)
    assert list(flip_by_name(COCO.names)) == read_metainfo(COCO_METAINFO)['flip_indices']
