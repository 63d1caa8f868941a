"""Lets a stock MMPose import, train and resume on a modern stack."""


def install():
    """Switch the stand-ins on, each only where it is needed."""
