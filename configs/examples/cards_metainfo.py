# Metainfo in MMPose's format: the four corners of two kinds of cards. "swap" is the keypoint's name
# after a horizontal flip; classes are the category names of the annotation file. A sigma is the
# spread of annotations divided by the square root of the object's area; it is small for a corner.
dataset_info = dict(
    dataset_name='cards',
    classes=('bank_card', 'id_card'),
    keypoint_info={
        0: dict(name='top_left', id=0, color=[51, 153, 255], swap='top_right'),
        1: dict(name='top_right', id=1, color=[255, 128, 0], swap='top_left'),
        2: dict(name='bottom_right', id=2, color=[255, 128, 0], swap='bottom_left'),
        3: dict(name='bottom_left', id=3, color=[51, 153, 255], swap='bottom_right'),
    },
    skeleton_info={
        0: dict(link=('top_left', 'top_right'), id=0, color=[0, 255, 0]),
        1: dict(link=('top_right', 'bottom_right'), id=1, color=[255, 128, 0]),
        2: dict(link=('bottom_right', 'bottom_left'), id=2, color=[0, 255, 0]),
        3: dict(link=('bottom_left', 'top_left'), id=3, color=[51, 153, 255]),
    },
    joint_weights=[1.0] * 4,
    sigmas=[0.025] * 4)
