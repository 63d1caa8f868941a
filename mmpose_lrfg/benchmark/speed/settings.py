"""What a benchmark measures, and on what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.utils.errors import UserError, nearest

IMAGE = (480, 640)  # height and width of COCO's usual picture
# Sizes are multiples of our coarsest stride, 64.
SWEEPS = {'people': (0, 1, 5, 20, 50), 'size': (320, 512, 640, 960)}


@dataclass(frozen=True)
class Settings:
    """Of a run.

    Args:
        entries (Sequence[Entry]): The models.
        shape (tuple[int, int], optional): Height and width of every network's input; of pose
            networks that see one person, their own remains.
        device, runtime (str), threads (int): As in :class:`.ways.Options`.
        checkpoints (Mapping[str, str]): By model; the others have random weights.
        data (str, optional): Config with the data that those checkpoints are evaluated on.
        batches (Sequence[int]): Images at a time of the network alone.
        people (Sequence[int]): In the pictures; one picture each.
        image (tuple[int, int]): Height and width of the pictures.
        rounds (int): After one that does not count.
        together (int): Processes alive at a time. Where there are more models, the first one stays
            for all groups, for ratios within its rounds.
        timeout (float): Seconds after which a model has failed.
        costs (bool): Count parameters and multiply-adds.
        fused (bool): As in :class:`.ways.Options`.
    """

    entries: Sequence[Entry]
    shape: tuple[int, int] | None = None
    device: str = 'cpu'
    runtime: str = 'torch'
    threads: int = 1
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    data: str | None = None
    batches: Sequence[int] = (1,)
    people: Sequence[int] = (5,)
    image: tuple[int, int] = IMAGE
    rounds: int = 10
    together: int = 8
    timeout: float = 900.0
    costs: bool = True
    fused: bool = False

    def __post_init__(self):
        if not self.entries:
            raise UserError('there is no model to measure')
        for name, least in (('rounds', 1), ('threads', 1), ('together', 1)):
            if getattr(self, name) < least:
                raise UserError(f'--{name} is {least} or more, not {getattr(self, name)}')
        if min(self.batches) < 1 or min(self.people) < 0:
            raise UserError('a batch has one image or more, and a picture no fewer than 0 people')
        exported = self.runtime != 'torch' or any(entry.format for entry in self.entries)
        if exported and tuple(self.batches) != (1,):
            raise UserError('exported files are timed with one image at a time; leave --batch out')
        names = [entry.name for entry in self.entries]
        for name in self.checkpoints:
            if name not in names:
                raise UserError(
                    f'--checkpoint names {name}, which is not measured.{nearest(name, names)}'
                )

    def options(self, entry: Entry, shape: tuple[int, int] | None = None) -> dict:
        """What the process of an entry is told."""
        return dict(
            shape=shape or self.shape,
            device=self.device,
            runtime=self.runtime,
            checkpoint=self.checkpoints.get(entry.name),
            threads=self.threads,
            fused=self.fused,
        )
