"""Track people in videos, cameras and streams: lrfg track video.mp4

The same as lrfg predict with --track oks; results lie in outputs/track.
"""

from pathlib import Path

from . import predict
from .predict import run  # noqa: F401


def add_arguments(parser):
    predict.add_arguments(parser, track='oks', out=Path('outputs/track'))
