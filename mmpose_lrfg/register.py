"""Imports what registers itself with MMPose: the one name that configs list in custom_imports."""

from mmpose_lrfg import models  # noqa: F401
