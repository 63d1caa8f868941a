"""One row a model: what is known of it, and what was measured."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from mmpose_lrfg.benchmark.entry import Entry

from .settings import Settings

POST = 'post'


@dataclass
class Timing:
    """Seconds of many rounds.

    Args:
        median, p90 (float): In milliseconds.
        ratio (float | None): Median over the rounds of the time over that of the first model in
            the same round; None where that one was not measured.
        found (int | None): People found.
        post_share (float | None): Share of decoding, suppression and the way back to the image's
            pixels, 0..1.
        stages (dict): Median milliseconds by stage.
    """

    median: float
    p90: float
    ratio: float | None = None
    found: int | None = None
    post_share: float | None = None
    stages: dict = field(default_factory=dict)


def timing(seconds: Sequence[float], reference: Sequence[float] | None = None) -> Timing:
    """Sum up rounds; ``reference`` are the seconds of the first model in the same ones."""
    times = np.asarray(seconds) * 1000
    ratio = None
    if reference is not None and len(reference) == len(times):
        ratio = float(np.median(times / (np.asarray(reference) * 1000)))
    return Timing(float(np.median(times)), float(np.percentile(times, 90)), ratio)


@dataclass
class Row:
    """A model in the tables.

    Args:
        name, title, kind (str): Of its entry.
        shape (tuple[int, int]): Height and width of the network's input.
        image_shape (tuple[int, int] | None): The same for the picture, where it is different.
        random (bool): Its weights are; what it finds then means nothing.
        params, macs (int | None): Counted here.
        detector_params, detector_macs (int | None): Counted here, of a top-down model's detector.
        paper_params (float | None), counted (str): Million parameters in the paper, and why ours
            differ.
        network (dict): :class:`Timing` of the network alone, by batch.
        poses (dict): :class:`Timing` from image to poses, by people in the picture.
        rss_mb, cuda_mb (float | None): Peak memory of the process, and on the GPU.
        ap (float | None), ap_says (str): Accuracy in percent, and how it was measured and by whom.
        ap_measured (bool): By this run.
        no_poses (str): Why it was not timed from image to poses.
        reason (str): Why it could not be measured, or not to the end.
    """

    name: str
    title: str
    kind: str
    shape: tuple
    image_shape: tuple | None = None
    random: bool = True
    params: int | None = None
    macs: int | None = None
    detector_params: int | None = None
    detector_macs: int | None = None
    paper_params: float | None = None
    counted: str = ''
    network: dict = field(default_factory=dict)
    poses: dict = field(default_factory=dict)
    rss_mb: float | None = None
    cuda_mb: float | None = None
    ap: float | None = None
    ap_says: str = ''
    ap_measured: bool = False
    no_poses: str = ''
    reason: str = ''

    def fail(self, reason: str) -> None:
        """Say why it was not measured (to the end)."""
        self.reason = reason

    def loaded(self, answer: dict) -> None:
        """Take the answer to ``load``."""
        self.shape, self.no_poses = tuple(answer['shape']), answer['no_poses']

    def shown(self, answer: dict) -> None:
        """Take the answer to ``show``."""
        self.image_shape = tuple(answer['input'])

    def add_network(self, batch: int, seconds: Sequence[float]) -> None:
        """Take the rounds of the network alone."""
        self.network[batch] = timing(seconds)

    def add_poses(
        self, people: int, replies: Sequence[dict], reference: Sequence[float] | None = None
    ) -> None:
        """Take the rounds from image to poses."""
        seconds = [reply['seconds'] for reply in replies]
        timed = timing(seconds, reference)
        names = {name for reply in replies for name in reply['stages']}
        timed.stages = {
            name: 1000 * float(np.median([reply['stages'].get(name, 0.0) for reply in replies]))
            for name in sorted(names)
        }
        timed.post_share = float(
            np.median([reply['stages'].get(POST, 0.0) / reply['seconds'] for reply in replies])
        )
        timed.found = replies[-1]['found']
        self.poses[people] = timed

    def took(self, what: str, answer: dict) -> None:
        """Take the answer to ``memory``, ``cost`` or ``evaluate``."""
        if what == 'evaluate':
            self.ap, self.ap_measured = answer['ap'], True
            flip = 'flip' if answer['flip'] else 'no flip'
            boxes = ', annotated boxes' if answer['boxes'] else ''
            self.ap_says = f'measured here: {answer["images"]}, {flip}{boxes}'
            return
        for name, value in answer.items():
            if name != 'shape':
                setattr(self, name, value)

    def to_dict(self) -> dict:
        """Plain values."""
        return asdict(self)


def new_row(entry: Entry, settings: Settings) -> Row:
    """What is known of a model before anything is measured."""
    shape = settings.shape if settings.shape and not entry.detector else entry.shape
    row = Row(
        entry.name,
        entry.title,
        entry.kind,
        shape,
        random=entry.name not in settings.checkpoints,
        paper_params=entry.paper_params,
        counted=entry.counted,
        no_poses=entry.no_poses,
    )
    if entry.published:
        row.ap = entry.published.ap
        row.ap_says = f'{entry.published.source}: {entry.published.protocol()}'
    elif entry.paper_ap:
        row.ap, row.ap_says = entry.paper_ap, 'the paper: val2017, 960 pixels'
    return row
