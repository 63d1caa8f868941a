"""Chooses how an entry is run."""

from mmpose_lrfg.benchmark.entry import Entry

from .base import Options, Way


def open_way(entry: Entry, options: Options) -> Way:
    """Load a model.

    Raises:
        UserError: If it cannot be run like that.
    """
    # Each imports what it needs: MMDetection takes seconds.
    if entry.format or options.runtime != 'torch':
        from .exported import Exported

        return Exported(entry, options)
    if entry.detector:
        from .top_down import TopDown

        return TopDown(entry, options)
    if entry.config:
        from .whole_image import WholeImage

        return WholeImage(entry, options)
    if entry.no_poses:
        from .network_only import NetworkOnly

        return NetworkOnly(entry, options)
    from .keypoint_rcnn import KeypointRCNN

    return KeypointRCNN(entry, options)
