"""Train one network of an ablation: python -m mmpose_lrfg.cli.ablation_job FOLDER"""

import math
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.benchmark.ablation import CONFIG, OUTCOME, Outcome
from mmpose_lrfg.benchmark.complexity import build_model, count_parameters
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError, command
from mmpose_lrfg.utils.tables import write_text
from mmpose_lrfg.visualization.curves import read_scalars

from .arguments import parse_train_args


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
    from mmpose_lrfg.engine.runner import train

    config = str(folder / CONFIG)
    # mmengine shares loggers between runs of one name.
    name = '_'.join(folder.parts[-2:])
    arguments = [config, '--work-dir', str(folder)]
    arguments += ['--resume'] if any(folder.glob('*.pth')) else []
    arguments += ['--cfg-options', f'+experiment_name={name}', 'log_level=WARNING']
    if train(parse_train_args(arguments)):
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
