"""Output channels (rows of weights) of two heads that predict the same number.

YOLO-Pose concatenates the outputs of its box and its keypoint branch before it divides them among
the anchors (layout 'concatenated'). With three anchors, one class and 17 keypoints, the box branch
predicts the box of anchor 0 and four of its keypoints; the keypoint branch predicts the other boxes
too. A row has the same meaning in another head only if it predicts the same number of the same
anchor from the same features.
"""

from dataclasses import dataclass

BOXES, KEYPOINTS = 'boxes', 'keypoints'


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

    def place(self, anchor: int, field: str) -> tuple[str, int]:
        """Return the branch and the channel that predict a field of an anchor.

        Args:
            field (str): 'x', 'y', 'w', 'h', 'objectness', 'class 0', 'keypoint 0 x', ...
        """
        fields = self.fields()
        index, boxes = fields.index(field), 5 + self.num_classes
        if self.layout == 'concatenated':
            index += anchor * len(fields)
            boxes *= self.num_anchors
            return (BOXES, index) if index < boxes else (KEYPOINTS, index - boxes)
        if index < boxes:
            return BOXES, anchor * boxes + index
        return KEYPOINTS, anchor * (len(fields) - boxes) + index - boxes

    def fields(self) -> list[str]:
        """Return the names of the 5 + C + 3 K numbers that an anchor predicts, in order."""
        classes = [f'class {i}' for i in range(self.num_classes)]
        points = [f'keypoint {i} {c}' for i in range(self.num_keypoints) for c in 'xyv']
        return ['x', 'y', 'w', 'h', 'objectness', *classes, *points]

    def features(self, branch: str) -> str:
        """Input of a branch's output convolution: the neck's map, or that after the blocks."""
        return 'keypoint features' if branch == KEYPOINTS and self.keypoint_blocks else 'map'


Rows = dict[tuple[str, int], tuple[str, int]]


def same_rows(source: HeadShape, target: HeadShape, same_sizes: list[bool]) -> Rows:
    """Return the rows of the target's outputs that the source has too.

    Keypoints correspond if there are as many, classes likewise; a single class is taken for the
    source's first (person, in COCO's order).

    Args:
        source, target (HeadShape): Heads with the same number of anchors.
        same_sizes (list[bool]): For each anchor, whether its size is the same in both; width and
            height are predicted relative to it.

    Returns:
        dict: (branch, row) of the target -> (branch, row) of the source.
    """
    if source.num_anchors != target.num_anchors:
        return {}
    blocks_agree = source.keypoint_blocks == target.keypoint_blocks
    common = set(source.fields())
    if source.num_keypoints != target.num_keypoints:
        common -= {field for field in common if field.startswith('keypoint')}
    if target.num_classes not in (1, source.num_classes):
        common -= {field for field in common if field.startswith('class')}
    rows = {}
    for anchor in range(target.num_anchors):
        for field in target.fields():
            if field not in common or (field in 'wh' and not same_sizes[anchor]):
                continue
            place, origin = target.place(anchor, field), source.place(anchor, field)
            works_on = target.features(place[0])
            if works_on != source.features(origin[0]):
                continue
            if works_on == 'keypoint features' and not blocks_agree:
                continue
            rows[place] = origin
    return rows
