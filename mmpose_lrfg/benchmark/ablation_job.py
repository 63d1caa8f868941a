"""One training of an ablation: ``python -m mmpose_lrfg.benchmark.ablation_job FOLDER``"""

import math
import sys
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError, command
from mmpose_lrfg.utils.json_files import read_json
from mmpose_lrfg.utils.tables import write_text

OUTCOME = 'outcome.json'
# In a folder of its own: mmengine writes its own copy of a config into the work directory.
CONFIG = 'budget/config.py'


@dataclass
class Outcome:
    """Result of a training.

    Args:
        metrics (dict[str, float]): Of its last evaluation, by name such as ``'coco/AP'``.
        params (int): Parameters of the network.
        epochs (int), seconds (float): Length of the training.
        error (str): Why it failed; the others are empty then.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    params: int = 0
    epochs: int = 0
    seconds: float = 0.0
    error: str = ''


@dataclass
class Job:
    """One training.

    Args:
        network (str): Name of its config.
        seed (int): Of its random numbers.
        folder (Path): Its work directory.
        text (str): Its whole config.
    """

    network: str
    seed: int
    folder: Path
    text: str

    @property
    def outcome(self) -> Outcome | None:
        """Its result; None while it is not done."""
        path = self.folder / OUTCOME
        return Outcome(**read_json(path, dict)) if path.is_file() else None

    @property
    def done(self) -> bool:
        """Whether it need not run again; a failed one may."""
        return bool(self.outcome and self.outcome.metrics)


def run_job(folder: str | Path) -> int:
    """Train and evaluate in a folder with a config, and write ``outcome.json``.

    A training that was interrupted is continued.

    Returns:
        int: 0, or 130 after Ctrl-C or SIGTERM, when there is no outcome yet.
    """
    folder = Path(folder)
    try:
        outcome = _train(folder)
    except UserError as error:
        outcome = Outcome(error=str(error))
    except Exception as error:
        write_text(folder / 'traceback.txt', traceback.format_exc())
        line = str(error).strip().splitlines()[:1]
        outcome = Outcome(error=': '.join([type(error).__name__, *line]))
    if outcome is None:
        return EXIT_INTERRUPTED
    write_json(folder / OUTCOME, asdict(outcome))
    return 0


def _train(folder: Path) -> Outcome | None:
    from mmpose_lrfg.engine.merge import TrainOptions
    from mmpose_lrfg.engine.runner import train
    from mmpose_lrfg.utils.config_files import load_config
    from mmpose_lrfg.visualization.curves import read_scalars

    from .complexity import build_model, count_parameters

    config = str(folder / CONFIG)
    # mmengine shares loggers between runs of one name.
    options = {'+experiment_name': '_'.join(folder.parts[-2:]), 'log_level': 'WARNING'}
    resume = 'auto' if any(folder.glob('*.pth')) else None
    if train(TrainOptions(config, str(folder), options, resume=resume)):
        return None
    rows = read_scalars(folder)
    metrics = {k: v for k, v in rows[-1].items() if '/' in k and math.isfinite(v)} if rows else {}
    if not metrics:
        raise UserError('the training ended without an evaluation after its last epoch')
    params = count_parameters(build_model(load_config(config)))
    seconds = sum(row.get('seconds', 0) for row in rows)
    return Outcome(metrics, params, rows[-1]['epoch'], seconds)


if __name__ == '__main__':
    sys.exit(command(run_job)(sys.argv[1]))
