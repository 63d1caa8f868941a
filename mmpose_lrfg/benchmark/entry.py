"""One model of the comparison: how it is built, and what others reported of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

KINDS = {
    'one-stage': 'boxes and keypoints from one forward pass',
    'bottom-up': 'keypoints of everyone, grouped into people afterwards',
    'top-down': 'a detector first, then one forward pass a person',
}
VAL = 'val2017'
TEST_DEV = 'test-dev2017'


@dataclass(frozen=True)
class Published:
    """An accuracy that others report.

    Args:
        ap (float): COCO keypoint AP, in percent.
        source (str): Who says so.
        images (str): ``val2017`` (5,000 images, 2,346 of them with labelled people) or
            ``test-dev2017``.
        flip (bool | None): Averaged with the mirrored image; None where nobody says.
        note (str): What else one has to know: scales, refinement, boxes.
    """

    ap: float
    source: str
    images: str = VAL
    flip: bool | None = False
    note: str = ''

    def protocol(self) -> str:
        """In few words how it was measured."""
        flip = {True: 'flip', False: 'no flip', None: None}[self.flip]
        images = f'{VAL}, all 5,000 images' if self.images == VAL else self.images
        return ', '.join(part for part in (images, flip, self.note) if part)


@dataclass(frozen=True)
class Entry:
    """A model that can be built and, where ``no_poses`` is empty, finds poses in an image.

    Args:
        name (str): As ``--models`` takes it.
        title (str): As tables print it.
        kind (str): One of :data:`KINDS`.
        shape (tuple[int, int]): Height and width of the network's input in pixels.
        config (str, optional): A config, as :func:`~mmpose_lrfg.benchmark.complexity.read_config`
            takes it; of the pose network where the kind is top-down.
        options (dict): Set in that config.
        build (Callable, optional): Instead of a config: returns the network, which takes images
            (N, 3, H, W) and returns maps.
        detector (str, optional): Config of the detector that finds the people for a pose network.
        groups (tuple[str, ...]): Names that ``--models`` takes for several models.
        paper_params (float, optional): Million parameters in the paper's Table 1 or 2.
        paper_ap (float, optional): AP in the same row, in percent.
        paper_ap_images (str): Which images that AP is of; the paper mixes them.
        published_macs (float, optional): 10^9 multiply-adds that the model's own paper reports.
        published (Published, optional): Accuracy of this very network by its authors or MMPose.
        counted (str): Why our count of parameters differs from the paper's; empty where it agrees.
        no_poses (str): Why it cannot be timed from image to poses.
        format (str): One of :data:`~mmpose_lrfg.benchmark.formats.FORMATS`, as which it is
            exported and run whatever the runtime of the others; empty: as they are.
    """

    name: str
    title: str
    kind: str
    shape: tuple[int, int]
    config: str | None = None
    options: dict = field(default_factory=dict)
    build: Callable[[], nn.Module] | None = None
    detector: str | None = None
    groups: tuple[str, ...] = ()
    paper_params: float | None = None
    paper_ap: float | None = None
    paper_ap_images: str = VAL
    published_macs: float | None = None
    published: Published | None = None
    counted: str = ''
    no_poses: str = ''
    format: str = ''

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f'{self.name}: kind must be one of {", ".join(KINDS)}')
        if (self.config is None) == (self.build is None):
            raise ValueError(f'{self.name}: give a config or a builder')

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Its groups, with its kind and ``all``."""
        return (*self.groups, self.kind, 'all')
