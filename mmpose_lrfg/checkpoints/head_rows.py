"""Output channels (rows of weights) of two heads that predict the same number.

YOLO-Pose concatenates the outputs of its box and its keypoint branch before it divides them among
the anchors (layout 'concatenated'). With three anchors, one class and 17 keypoints, the box branch
predicts the box of anchor 0 and four of its keypoints; the keypoint branch predicts the other boxes
too. A row has the same meaning in another head only if it predicts the same number of the same
anchor from the same features.
"""

from dataclasses import dataclass

#: Branch ('boxes' or 'keypoints') and row.
Row = tuple[str, int]


@dataclass(frozen=True)
class HeadShape:
    """The outputs of a head.

    Args:
        num_anchors, num_classes, num_keypoints (int): A, C, K; no keypoints for a detector.
        keypoint_blocks (int): Depthwise blocks before the keypoint outputs.
        layout (str): ``'per_anchor'`` or ``'concatenated'``.
    """

    num_anchors: int
    num_classes: int
    num_keypoints: int
    keypoint_blocks: int
    layout: str

    def rows(self) -> dict[tuple[int, str], Row]:
        """Return branch and row of each predicted number.

        Returns:
            dict: (anchor, field) -> (branch, row). Fields are 'x', 'y', 'w', 'h', 'objectness',
            'class 0', ..., 'keypoint 0 x', 'keypoint 0 y', 'keypoint 0 v', ...
        """
        boxes = ['x', 'y', 'w', 'h', 'objectness', *(f'class {i}' for i in range(self.num_classes))]
        points = [f'keypoint {i} {c}' for i in range(self.num_keypoints) for c in 'xyv']
        groups = [boxes + points] if self.layout == 'concatenated' else [boxes, points]
        order = [(a, name) for group in groups for a in range(self.num_anchors) for name in group]
        in_boxes = self.num_anchors * len(boxes)
        places = [('boxes', row) for row in range(in_boxes)]
        places += [('keypoints', row) for row in range(len(order) - in_boxes)]
        return dict(zip(order, places))


def same_rows(
    source: HeadShape,
    target: HeadShape,
    same_sizes: list[bool],
    keypoints: dict[int, int] | None = None,
) -> dict[Row, Row]:
    """Return the rows of the target's outputs that the source has too.

    By default keypoints correspond if their number is the same; classes likewise. A single class
    corresponds to the source's first (person, in COCO's order).

    Args:
        source, target (HeadShape): The heads.
        same_sizes (list[bool]): For each anchor, whether its size is the same in both; width and
            height are predicted relative to it.
        keypoints (dict[int, int], optional): Index in the target -> index in the source.

    Returns:
        dict: (branch, row) of the target -> (branch, row) of the source.
    """
    if source.num_anchors != target.num_anchors:
        return {}
    fresh = set()
    if keypoints is None:
        same = source.num_keypoints == target.num_keypoints
        keypoints = {index: index for index in range(target.num_keypoints)} if same else {}
    if target.num_classes not in (1, source.num_classes):
        fresh.add('class')
    found, origins = {}, source.rows()
    for (anchor, field), row in target.rows().items():
        kind, *rest = field.split()
        wanted = field
        if kind == 'keypoint':
            index, coordinate = rest
            wanted = f'keypoint {keypoints.get(int(index))} {coordinate}'
        origin = origins.get((anchor, wanted))
        if origin is None or kind in fresh:
            continue
        if field in ('w', 'h') and not same_sizes[anchor]:
            continue
        # Box outputs have no depthwise blocks before them.
        source_blocks, target_blocks = (
            shape.keypoint_blocks if branch == 'keypoints' else 0
            for shape, (branch, _) in ((source, origin), (target, row))
        )
        if source_blocks == target_blocks:
            found[row] = origin
    return found
