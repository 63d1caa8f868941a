"""All checks of one annotation file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import read_metainfo

from .files import check_files
from .findings import ERROR, Finding, Labels
from .ids import check_ids
from .shapes import check_shapes
from .sides import check_sides
from .training import check_training


@dataclass
class Examination:
    """What was looked at, and what was found, errors first."""

    labels: Labels
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Kinds of findings by which training or evaluation would go wrong."""
        return sum(finding.level == ERROR for finding in self.findings)

    def to_dict(self) -> dict:
        """For JSON."""
        return {
            'annotations': str(self.labels.file),
            'images': len(self.labels.images),
            'objects': len(self.labels.annotations),
            'keypoints': self.labels.num_keypoints,
            'errors': self.errors,
            'findings': [finding.to_dict() for finding in self.findings],
        }


def examine(
    ann_file: str | Path,
    folder: str | Path | None = None,
    metainfo: dict | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
    **network,
) -> Examination:
    """Look at everything.

    Args:
        ann_file (str | Path): COCO-style JSON.
        folder (str | Path, optional): Of the images; without it, they are not looked at.
        metainfo (dict, optional): As a config has it. Without it, keypoints are as many as most
            annotations have; 17 are COCO's.
        on_progress (Callable[[int, int], None]): Called with images decoded and in all.
        workers (int, optional): Threads that decode images.
        **network: ``input_size``, ``anchors``, ``ratio_thr``, as :class:`Labels` has them.

    Raises:
        UserError: If the file is not there or not JSON in COCO's form.
    """
    content = read_coco(ann_file, complete=False)
    labels = Labels(Path(ann_file), content, folder and Path(folder), **network)
    findings = []
    try:
        labels.meta = _meta(labels, metainfo)
    except UserError as error:
        findings.append(Finding('metainfo', ERROR, str(error)))
    findings += check_ids(labels)
    findings += check_shapes(labels)
    findings += check_files(labels, on_progress, workers)
    findings += check_sides(labels)
    findings += check_training(labels)
    findings.sort(key=lambda finding: finding.level != ERROR)
    return Examination(labels, findings)


def _meta(labels: Labels, metainfo: dict | None) -> dict | None:
    if metainfo is not None:
        return read_metainfo(metainfo)
    if labels.num_keypoints != 17:
        return None
    coco = read_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
    listed = [c.get('keypoints') for c in labels.content['categories'] if c.get('keypoints')]
    names = [coco['keypoint_id2name'][i] for i in range(17)]
    return coco if all(list(each) == names for each in listed) else None
