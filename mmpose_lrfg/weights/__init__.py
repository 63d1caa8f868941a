"""Weights that ship with the package: a start for trainings, see docs/model_card.md."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.errors import UserError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Weights:
    """One trained network.

    Attributes:
        config: Base name of its config.
        file: Name of the checkpoint in this folder: averaged weights, in half precision.
        sha256: Checksum of that file.
    """

    config: str
    file: str
    sha256: str

    def path(self) -> Path:
        """Where the checkpoint lies.

        Raises:
            UserError: If the file is missing, or not what was shipped.
        """
        path = FOLDER / self.file
        if not path.is_file():
            raise UserError(f'{path} is missing: install the package again')
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.sha256:
            raise UserError(f'{path} is damaged: its checksum is not {self.sha256[:12]}...')
        return path


#: What short trainings of the smallest network start from: it knows photographs of people a
#: little, and finds no poses by itself yet.
START_N6 = Weights(
    config='lrfg-n6_2xb8-6e_coco-320.py',
    file='lrfg-n6_start.pth',
    sha256='924707d23a5a3e7708a808cad274375e119bfdaa8d7edfbd2e3fcc2141cf8548',
)
