"""Settings of a benchmark of models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError, nearest


@dataclass(frozen=True)
class Settings:
    """What is measured, and how; the names are those of the command's options.

    Args:
        entries (Sequence[Entry]): The models; the first is the reference of ratios.
        img_size (tuple[int, int], optional): Height and width of the networks' inputs, except for
            crops of people; by default each entry's.
        device (str): ``'cpu'``, ``'cuda'`` or ``'cuda:1'``.
        threads (int): CPU threads of a model.
        checkpoints (Mapping[str, str]): By name of the entry; the others have random weights.
        data (str, optional): Data set on which the checkpoints are evaluated.
        batch_size (int): Images of the network alone.
        people (int): People in the image.
        source_size (tuple[int, int]): Height and width of the image.
        repetitions (int): After a warm-up.
        together (int): Models in memory at a time. With more models, the first one is measured
            again beside each group of the others.
        timeout (float): Seconds after which a model has failed.
        fused (bool): Fold BatchNorm into convolutions for every PyTorch model; networks of this
            package always have it folded, as in ``lrfg predict``.

    Raises:
        UserError: If a checkpoint is of no entry, or exported files shall run with a batch.
    """

    entries: Sequence[Entry]
    img_size: tuple[int, int] | None = None
    device: str = 'cpu'
    threads: int = 1
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    data: str | None = None
    batch_size: int = 1
    people: int = 5
    source_size: tuple[int, int] = (480, 640)
    repetitions: int = 10
    together: int = 8
    timeout: float = 900.0
    fused: bool = False

    def __post_init__(self):
        if self.batch_size > 1 and any(entry.format for entry in self.entries):
            raise UserError('exported files are timed with a batch size of 1; omit --batch-size')
        names = [entry.name for entry in self.entries]
        for name in self.checkpoints:
            if name not in names:
                hint = nearest(name, names)
                raise UserError(f'--checkpoints names {name}, which is not measured.{hint}')
