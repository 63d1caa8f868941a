"""All checks of one annotation file and its images."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mmpose_lrfg.datasets.coco_checks import check
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.coco_rules import ERROR, Finding
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo

from .entries import check_images, check_places
from .labels import Labels
from .sides import check_sides
from .training import check_training


@dataclass
class Examination:
    """The checked file and the findings, errors first."""

    labels: Labels
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Number of findings by which training or evaluation would go wrong."""
        return sum(finding.level == ERROR for finding in self.findings)

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
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
    """Run all checks.

    Args:
        ann_file (str | Path): COCO-style JSON.
        folder (str | Path, optional): Image folder; without it, images are not checked.
        metainfo (dict, optional): As in a config. Without it, keypoints are as many as most
            annotations have; 17 are COCO's.
        on_progress (Callable[[int, int], None]): Called with images decoded and in all.
        workers (int, optional): Number of threads that decode images.
        **network: ``input_size``, ``anchors``, ``ratio_thr`` of :class:`Labels`.

    Raises:
        UserError: If the file does not exist or is not JSON in COCO's form.
    """
    content = read_coco(ann_file, strict=False)
    labels = Labels(Path(ann_file), content, folder and Path(folder), **network)
    findings = []
    try:
        labels.meta = _meta(labels, metainfo)
    except UserError as error:
        findings.append(Finding('metainfo', ERROR, str(error)))
    findings += check(content, labels.num_keypoints)
    findings += check_places(labels)
    findings += check_images(labels, on_progress, workers)
    findings += check_sides(labels)
    findings += check_training(labels)
    findings.sort(key=lambda finding: finding.level != ERROR)
    return Examination(labels, findings)


def _meta(labels: Labels, metainfo: dict | None) -> dict | None:
    if metainfo is not None:
        return read_metainfo(metainfo)
    if labels.num_keypoints != 17:
        return None
    coco = read_metainfo(COCO_METAINFO)
    listed = [c.get('keypoints') for c in labels.content['categories'] if c.get('keypoints')]
    names = [coco['keypoint_id2name'][i] for i in range(17)]
    return coco if all(list(each) == names for each in listed) else None
