"""Evaluation: average precision by OKS, fast, and more about each keypoint."""
