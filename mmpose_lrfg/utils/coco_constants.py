"""Constants of the COCO keypoint data set."""

AREA_OF_BOX = 0.53
"""Mean share of its box that a person's mask covers; the area where none is annotated."""

KEYPOINT_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107,
    0.087, 0.087, 0.089, 0.089,
)  # fmt: skip
"""(17,) fall-off of OKS, from pycocotools."""

FLIP_INDICES = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
"""(17,) keypoint that takes each one's place in a mirrored image."""
