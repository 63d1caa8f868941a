"""Output channels (rows of weights) of two heads that predict the same number.

YOLO-Pose concatenates the outputs of its box and its keypoint branch before it divides them among
the anchors (layout 'concatenated'). With three anchors, one class and 17 keypoints, the box branch
predicts the box of anchor 0 and four of its keypoints; the keypoint branch predicts the other boxes
too. A row has the same meaning in another head only if it predicts the same number of the same
anchor from the same features.
"""

from dataclasses import dataclass

BOXES, KEYPOINTS = 'boxes', 'keypoints'
#: Branch and row.
Row = tuple[str, int]


@dataclass(frozen=True)
class HeadShape:
    """The outputs of a head.

    Args:
        num_anchors, num_classes, num_keypoints (int): A, C, K; no keypoints for a detector.
        keypoint_blocks (int | None): Depthwise blocks before the keypoint outputs.
        layout (str): ``'per_anchor'`` or ``'concatenated'``.
    """

    num_anchors: int
    num_classes: int
    num_keypoints: int
    keypoint_blocks: int | None
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
        places = [(BOXES, row) for row in range(in_boxes)]
        places += [(KEYPOINTS, row) for row in range(len(order) - in_boxes)]
        return dict(zip(order, places))

    def blocks_before(self, branch: str) -> int:
        """Return the number of depthwise blocks between the neck and a branch's outputs."""
        return self.keypoint_blocks or 0 if branch == KEYPOINTS else 0


def same_rows(source: HeadShape, target: HeadShape, same_sizes: list[bool]) -> dict[Row, Row]:
    """Return the rows of the target's outputs that the source has too.

    Keypoints correspond if their number is the same, classes likewise. A single class corresponds
    to the source's first (person, in COCO's order).

    Args:
        source, target (HeadShape): The heads.
        same_sizes (list[bool]): For each anchor, whether its size is the same in both; width and
            height are predicted relative to it.

    Returns:
        dict: (branch, row) of the target -> (branch, row) of the source.
    """
    different = set()
    if source.num_keypoints != target.num_keypoints:
        different.add('keypoint')
    if target.num_classes not in (1, source.num_classes):
        different.add('class')
    found, origins = {}, source.rows() if source.num_anchors == target.num_anchors else {}
    for (anchor, field), row in target.rows().items():
        origin = origins.get((anchor, field))
        if origin is None or field.split()[0] in different:
            continue
        if field in ('w', 'h') and not same_sizes[anchor]:
            continue
        if source.blocks_before(origin[0]) == target.blocks_before(row[0]):
            found[row] = origin
    return found
