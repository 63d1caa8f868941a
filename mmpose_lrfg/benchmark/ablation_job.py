"""One training of an ablation, in a process of its own.

``python -m mmpose_lrfg.benchmark.ablation_job FOLDER`` trains the config in the folder, evaluates
and writes ``outcome.json``.
"""

import math
import subprocess
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
    """A training of the config ``text`` in ``folder``, and the paper's modules in its network."""

    network: str
    seed: int
    folder: Path
    text: str
    modules: dict[str, bool] | None = None

    @property
    def outcome(self) -> Outcome | None:
        """Its result; None while it is not done."""
        path = self.folder / OUTCOME
        return Outcome(**read_json(path, dict)) if path.is_file() else None

    def run(self) -> Outcome:
        """Train, or continue an interrupted training.

        Raises:
            KeyboardInterrupt: After Ctrl-C or SIGTERM.
        """
        write_text(self.folder / CONFIG, self.text)
        (self.folder / OUTCOME).unlink(missing_ok=True)
        code = launch(self.folder)
        if code == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        if self.outcome is None:
            how = f'signal {-code}' if code < 0 else f'exit code {code}'
            how += ', probably out of memory' * (code == -9)
            outcome = Outcome(error=f'its process ended with {how}')
            write_json(self.folder / OUTCOME, asdict(outcome))
        return self.outcome


def launch(folder: Path) -> int:
    """Train in a new process, which ends with this one; return its exit code."""
    arguments = [sys.executable, '-m', 'mmpose_lrfg.benchmark.ablation_job', str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # After Ctrl-C on a terminal it has a signal already, and ignores this one.
            process.terminate()
            process.wait()
            raise


def run_job(folder: str | Path) -> int:
    """Train and evaluate in a folder with a config, and write ``outcome.json``.

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
        outcome = Outcome(error=traceback.format_exception_only(error)[0].partition('\n')[0])
    if outcome is None:
        return EXIT_INTERRUPTED
    write_json(folder / OUTCOME, asdict(outcome))
    return 0


def _train(folder: Path) -> Outcome | None:
    """Train and evaluate; None after an interruption."""
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
