"""Smooths tracked people with the frames before and after: the frames are read twice."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from mmpose_lrfg.runtime import Poses, smooth_video
from mmpose_lrfg.utils.errors import UserError

from .frames import Frame, seconds_of


def smooth_frames(
    found: Iterable[tuple[Frame, Poses]],
    frames: Iterable[Frame],
    report: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Frame, Poses]]:
    """Smooth the people of each video, and of the images of each folder.

    The poses of all frames are in memory. After an error or Ctrl-C, those that were found until
    then are smoothed first.

    Args:
        found (Iterable[tuple[Frame, Poses]]): Frames with tracked people.
        frames (Iterable[Frame]): The same frames again.
        report (Callable): Called after each frame of ``found``.

    Yields:
        tuple[Frame, Poses]: In the order of ``frames``.

    Raises:
        UserError: If a frame comes from a camera.
    """
    first, problem = [], None
    try:
        for frame, poses in found:
            if frame.live:
                raise UserError(
                    f'{frame.source.name} has no end, which --smooth-offline needs; take --smooth'
                )
            first.append((replace(frame, image=None), poses))
            report()
    except BaseException as error:
        problem = error
    results = {}
    for _, scene in groupby(first, key=lambda each: each[0].source.scene):
        given, poses = zip(*scene)
        times = [seconds_of(frame, number) for number, frame in enumerate(given)]
        keys = [(frame.source, frame.index) for frame in given]
        results.update(zip(keys, smooth_video(poses, times)))
    for frame in frames if results else ():
        if (frame.source, frame.index) in results:
            yield frame, results.pop((frame.source, frame.index))
    if problem is not None:
        raise problem
