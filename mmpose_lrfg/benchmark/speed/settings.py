"""Settings of a benchmark of models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError, nearest


@dataclass(frozen=True)
class Settings:
    """What is measured, and how; the names are those of the command's options.

    Raises:
        UserError: If a checkpoint is of no entry, or exported files shall run with a batch.
    """

    entries: Sequence[Entry]  # the first is the reference of ratios
    img_size: tuple[int, int] | None = None  # height and width; by default each entry's
    device: str = 'cpu'
    threads: int = 1  # of a model
    checkpoints: Mapping[str, str] = field(default_factory=dict)  # by name of the entry
    data: str | None = None  # data set on which the checkpoints are evaluated
    batch_size: int = 1  # of the network alone
    people: int = 5  # in the image
    source_size: tuple[int, int] = (480, 640)  # height and width of the image
    repetitions: int = 10  # after a warm-up
    together: int = 8  # models in memory; the first is measured beside each group of the others
    timeout: float = 900.0  # seconds after which a model has failed
    fused: bool = False  # fold BatchNorm of every PyTorch model; our networks always have it folded

    def __post_init__(self):
        if self.batch_size > 1 and any(entry.format for entry in self.entries):
            raise UserError('exported files are timed with a batch size of 1; omit --batch-size')
        names = [entry.name for entry in self.entries]
        for name in self.checkpoints:
            if name not in names:
                hint = nearest(name, names)
                raise UserError(f'--checkpoints names {name}, which is not measured.{hint}')
