"""The rules for COCO-style keypoint annotations.

:class:`CheckedCocoDataset` and the converters refuse errors and warn of the rest,
``lrfg check`` lists and repairs all findings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.errors import UserError

ERROR, WARNING = 'error', 'warning'
DROP, FILL, CHANGE = 'drop', 'fill in', 'change'
IMAGES, ANNOTATIONS = 'images', 'annotations'
MAX_EXAMPLES = 5


class Rule(NamedTuple):
    """A kind of error: in 'images' or 'annotations', 'error' or 'warning', repair, description."""

    part: str
    level: str  # 'error' if training or evaluation would go wrong
    repair: str  # DROP or CHANGE the entry, FILL IN what is missing, or ''
    text: str


RULES = {
    'image id': Rule(IMAGES, ERROR, DROP, 'no id or no file_name'),
    'repeated image id': Rule(IMAGES, ERROR, DROP, 'repeated id'),
    'repeated file': Rule(IMAGES, WARNING, DROP, 'repeated file_name'),
    'missing image': Rule(IMAGES, ERROR, DROP, 'missing file'),
    'broken image': Rule(IMAGES, ERROR, DROP, 'file that cannot be decoded'),
    'size': Rule(IMAGES, ERROR, CHANGE, 'file of another size, so annotations are misplaced'),
    'no size': Rule(IMAGES, WARNING, CHANGE, 'no width or height; read from the files'),
    'same image': Rule(IMAGES, WARNING, '', 'same file as an earlier image'),
    'similar image': Rule(IMAGES, WARNING, '', 'nearly the same as an earlier image'),
    'same image elsewhere': Rule(IMAGES, WARNING, '', 'same file as in another split; AP too high'),
    'similar image elsewhere': Rule(IMAGES, WARNING, '', 'nearly the same as in another split'),
    'annotation id': Rule(ANNOTATIONS, ERROR, CHANGE, 'no id or no image_id'),
    'repeated annotation id': Rule(ANNOTATIONS, ERROR, CHANGE, 'repeated id'),
    'id 0': Rule(ANNOTATIONS, WARNING, FILL, 'id 0, which evaluation takes for "unmatched"'),
    'dangling': Rule(ANNOTATIONS, WARNING, DROP, 'image_id that is not listed; ignored'),
    'no category': Rule(ANNOTATIONS, WARNING, FILL, 'no "category_id"; 1 is used'),
    'category': Rule(ANNOTATIONS, ERROR, DROP, 'category_id that is not listed'),
    'repeated': Rule(ANNOTATIONS, WARNING, DROP, 'same box and keypoints as an earlier annotation'),
    'no keypoints': Rule(ANNOTATIONS, WARNING, DROP, 'no "keypoints"; ignored'),
    'no box': Rule(ANNOTATIONS, WARNING, DROP, 'no "bbox"; ignored'),
    'keypoint count': Rule(ANNOTATIONS, ERROR, DROP, 'wrong number of keypoints'),
    'numbers': Rule(ANNOTATIONS, ERROR, DROP, 'invalid numbers'),
    'visibility': Rule(ANNOTATIONS, ERROR, CHANGE, 'keypoint visibility other than 0, 1, 2'),
    'empty box': Rule(ANNOTATIONS, WARNING, DROP, 'box without width or height; not learnt'),
    'no area': Rule(
        ANNOTATIONS, WARNING, FILL,
        f'no "area"; {AREA_OF_BOX} of the box is used, which OKS and AP depend on',
    ),
    'area': Rule(ANNOTATIONS, WARNING, CHANGE, '"area" larger than the box (wrong OKS and AP)'),
    'no num_keypoints': Rule(ANNOTATIONS, WARNING, FILL, 'no "num_keypoints"; counted'),
    'num_keypoints': Rule(ANNOTATIONS, WARNING, CHANGE, 'wrong "num_keypoints"'),
    'no iscrowd': Rule(ANNOTATIONS, WARNING, FILL, 'no "iscrowd"; 0 is used'),
    'box beyond': Rule(ANNOTATIONS, WARNING, CHANGE, 'box that reaches beyond the image; clipped'),
    'box outside': Rule(ANNOTATIONS, ERROR, DROP, 'box outside the image'),
    'keypoint beyond': Rule(ANNOTATIONS, WARNING, CHANGE, 'keypoint a little outside the image'),
    'keypoint outside': Rule(ANNOTATIONS, ERROR, CHANGE, 'keypoint far outside the image'),
    'keypoint and box': Rule(ANNOTATIONS, WARNING, '', 'most keypoints outside their box'),
    'small': Rule(ANNOTATIONS, WARNING, '', 'object too small to match an anchor; not learnt'),
    'no anchor': Rule(ANNOTATIONS, WARNING, '', 'box whose shape matches no anchor; not learnt'),
}  # fmt: skip


@dataclass
class Finding:
    """Places where a file breaks a rule.

    Attributes:
        kind: Key of ``RULES``, or a name for what concerns the whole file.
        level: 'error' or 'warning'.
        text: What is wrong.
        count: Number of places.
        part: 'images', 'annotations', or '' for the whole file.
        positions: Indices of the places in this part of the file.
        examples: Some places in words.
        others: Images that those at the positions repeat.
        pair: Two keypoints to exchange for a repair, if that is certain.
    """

    kind: str
    level: str
    text: str
    count: int = 1
    part: str = ''
    positions: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    others: dict[int, Path] = field(default_factory=dict)
    pair: tuple[int, int] | None = None

    def __str__(self) -> str:
        if not self.part:
            return self.text
        entries = self.part if self.count != 1 else self.part[:-1]
        example = f', e.g. {self.examples[0]}' if self.examples else ''
        return f'{self.text}: {self.count} {entries}{example}'

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        keys = ('kind', 'level', 'text', 'count', 'examples')
        return {key: getattr(self, key) for key in keys}


class Findings:
    """Collects places by the rule that they break.

    Args:
        content (dict): The annotation file.
    """

    def __init__(self, content: dict):
        self.content = content
        self.by_kind: dict[str, Finding] = {}

    def add(self, kind: str, position: int, detail: str = '', other: Path | None = None) -> None:
        """Add the image or annotation at a position of the file, and the image it repeats."""
        rule = RULES[kind]
        if kind not in self.by_kind:
            self.by_kind[kind] = Finding(kind, rule.level, rule.text, 0, rule.part)
        finding = self.by_kind[kind]
        finding.count += 1
        finding.positions.append(position)
        if other:
            finding.others[position] = other
        if finding.count <= MAX_EXAMPLES:
            entry = self.content[rule.part][position]
            name = f'annotation {entry.get("id")} of image {entry.get("image_id")}'
            if rule.part == IMAGES:
                name = entry.get('file_name') or f'images[{position}]'
            finding.examples.append(name + detail)

    def list(self) -> list[Finding]:
        """Return one finding for each broken rule, in the order of ``RULES``."""
        return [self.by_kind[kind] for kind in RULES if kind in self.by_kind]


def refuse_errors(path: str | Path, findings: Iterable[Finding], also: Sequence[str] = ()) -> None:
    """Raise a UserError for the first error, or warning of the kinds ``also``."""
    for finding in findings:
        if finding.level == ERROR or finding.kind in also:
            raise UserError(f'{path}: {finding} (lrfg check lists and repairs errors)')
