"""Writes the metainfo of a converted data set as the file that a config takes as a base."""

from mmpose_lrfg.datasets.converters.schema import YoloSchema
from mmpose_lrfg.datasets.metainfo import read_metainfo
from mmpose_lrfg.runtime.skeleton import COCO

SIGMA = 0.05
HEAD = "# Keypoints and classes, in MMPose's format; a config takes it as one of its _base_.\n"
UNKNOWN = (
    "# Every sigma is a guess: how far annotators stray, divided by the root of the object's area\n"
    '# (0.025 for an eye, 0.107 for a hip). skeleton_info links keypoints in drawings.\n'
)


def metainfo_text(schema: YoloSchema, name: str) -> str:
    """A config with ``dataset_info``; COCO's own where the keypoints are COCO's."""
    known = read_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
    unnamed = schema.keypoints == YoloSchema((), schema.num_keypoints).keypoints
    is_coco = schema.keypoints == COCO.names
    is_coco |= unnamed and schema.flip == tuple(known['flip_indices'])
    names = COCO.names if is_coco else schema.keypoints
    links = COCO.links if is_coco else ()
    sigmas = [round(float(s), 4) for s in known['sigmas']] if is_coco else [SIGMA] * len(names)
    lines = [HEAD if is_coco else HEAD + UNKNOWN, 'dataset_info = dict(']
    lines += [f'    dataset_name={name!r},', f'    classes={list(schema.classes)!r},']
    lines += ['    keypoint_info={']
    for index, point in enumerate(names):
        other = schema.flip[index]
        swap = names[other] if other != index else ''
        lines.append(f'        {index}: dict(name={point!r}, id={index}, swap={swap!r}),')
    lines += ['    },', '    skeleton_info={']
    for index, (a, b) in enumerate(links):
        lines.append(f'        {index}: dict(link=({names[a]!r}, {names[b]!r}), id={index}),')
    lines += ['    },', f'    joint_weights=[1.0] * {len(names)},', f'    sigmas={sigmas!r})']
    return '\n'.join(lines) + '\n'
