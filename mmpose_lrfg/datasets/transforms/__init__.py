"""Transforms, registered among those of MMPose."""
