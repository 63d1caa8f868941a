"""Average precision by OKS, accuracy of each keypoint, and error analysis."""
