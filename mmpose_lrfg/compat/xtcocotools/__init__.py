"""Replace xtcocotools (COCO, COCO-WholeBody and CrowdPose evaluation) with pycocotools.

xtcocotools has no wheels for NumPy 2 or for Python >= 3.12. This package is imported under its name
where it does not load. Matching and averaging are those of pycocotools.
"""
