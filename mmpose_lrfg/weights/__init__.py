"""The released weights, described in docs/model_card.md."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.utils.downloads import sha256_of
from mmpose_lrfg.utils.errors import UserError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Weights:
    """One trained network.

    Attributes:
        config: Base name of its config.
        file: Name of the checkpoint in this folder: averaged weights, in half precision.
        sha256: Checksum of that file.
        about: Training and accuracy, in a sentence.
    """

    config: str
    file: str
    sha256: str
    about: str

    def path(self) -> Path:
        """Return the path of the checkpoint.

        Raises:
            UserError: If the file is missing or damaged.
        """
        path = FOLDER / self.file
        if not path.is_file():
            raise UserError(f'{path} is missing: install the package again')
        if sha256_of(path) != self.sha256:
            raise UserError(f'{path} is damaged: its checksum is not {self.sha256[:12]}...')
        return path

    def files(self) -> tuple[str, str]:
        """Return config and checkpoint, the arguments of MMPose's ``init_model`` and inferencers.

        Raises:
            UserError: If one of them is missing or damaged.
        """
        from mmpose_lrfg.utils.config_files import find_config

        return str(find_config(self.config)), str(self.path())


#: Size s6, trained on a part of COCO on a GPU for 36 minutes.
S6 = Weights(
    config='lrfg-s6_coco-512.py',
    file='lrfg-s6_coco-part.pth',
    sha256='e3d737784955ffc3e20f87f75e1b4a7d6b2573e4abb4dd039b5fde2fa478dde7',
    about='the released weights S6 were trained on a part of COCO for 36 minutes on a GPU '
    '(AP 0.354); see docs/model_card.md',
)

#: The smallest network, for slow machines and as a start of trainings.
N6 = Weights(
    config='lrfg-n6_coco-256.py',
    file='lrfg-n6_coco-part.pth',
    sha256='5587187187dcb4a41a616d27e6bb83051422f10f5982755eee170a5d95daea7b',
    about='the released weights N6 were trained for hours on a CPU and find people roughly '
    '(AP 0.104); see docs/model_card.md',
)

#: By the names that command lines accept.
BY_NAME = dict(s6=S6, n6=N6)

#: Default of command lines.
DEFAULT = 's6'


def add_to_inferencers(execute: Callable, module) -> None:
    """Let MMPose's inferencers find the weights as ``lrfg-s6`` and ``lrfg-n6`` (an import hook).

    ``MMPoseInferencer('lrfg-s6')`` searches the models of MMPose, to which these are added.

    Args:
        execute (Callable): Executes the module.
        module: ``mmengine.infer.infer``.
    """
    execute(module)
    base = module.BaseInferencer
    original = base._get_models_from_metafile

    def _get_models_from_metafile(dir: str) -> Iterator[dict]:
        yield from original(dir)
        if dir != base._get_repo_or_mim_dir('mmpose'):
            return
        with contextlib.suppress(UserError):  # MMPose's own models are found without these
            for name, weights in BY_NAME.items():
                config, checkpoint = (str(Path(file).absolute()) for file in weights.files())
                stem = Path(config).stem
                yield dict(Name=stem, Alias=f'lrfg-{name}', Config=config, Weights=checkpoint)

    base._get_models_from_metafile = staticmethod(_get_models_from_metafile)
