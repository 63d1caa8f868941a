"""The face of xtcocotools (COCO, COCO-WholeBody, CrowdPose evaluation) on pycocotools.

xtcocotools has no wheels for NumPy 2 or for Python >= 3.12. Where it does not load, this package
answers to its name. The matching and the averaging are pycocotools' own.
"""
