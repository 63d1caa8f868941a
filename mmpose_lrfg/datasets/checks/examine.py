"""All checks of one annotation file and its images."""

from collections.abc import Callable
from pathlib import Path

from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo

from .annotations import check
from .labels import Labels
from .places import check_images, check_places
from .rules import ERROR, Finding
from .sides import check_sides
from .training import check_training


def examine(
    ann_file: str | Path,
    folder: str | Path | None = None,
    metainfo: dict | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
    **network,
) -> Labels:
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
        labels.meta = _coco_metainfo(content) if metainfo is None else read_metainfo(metainfo)
    except UserError as error:
        findings.append(Finding('metainfo', ERROR, str(error)))
    findings += check(content, labels.num_keypoints)
    findings += check_places(labels)
    findings += check_images(labels, on_progress, workers)
    findings += check_sides(labels)
    findings += check_training(labels)
    labels.findings = sorted(findings, key=lambda finding: finding.level != ERROR)
    return labels


def _coco_metainfo(content: dict) -> dict | None:
    """Return the metainfo of COCO if the file has its keypoints."""
    if Labels(Path(), content).num_keypoints != 17:
        return None
    coco = read_metainfo(COCO_METAINFO)
    names = [coco['keypoint_id2name'][i] for i in range(17)]
    listed = [category.get('keypoints') or names for category in content['categories']]
    return coco if all(list(each) == names for each in listed) else None
