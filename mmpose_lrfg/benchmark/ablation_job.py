"""One training of an ablation, in a process of its own: what happens to it happens to it alone.

``python -m mmpose_lrfg.benchmark.ablation_job FOLDER`` trains ``FOLDER/budget/config.py``
there, going on where an earlier call stopped, and writes ``FOLDER/outcome.json``.
"""

import math
import sys
import traceback
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError, command

OUTCOME = 'outcome.json'
# In a folder of its own: mmengine writes what became of it over a config in the work directory.
CONFIG = 'budget/config.py'


def run_job(folder: str | Path) -> int:
    """Train and evaluate.

    Args:
        folder (str | Path): Holds the config; gets checkpoints, curves and ``outcome.json`` with
            ``metrics``, ``params``, ``epochs`` and ``seconds``, or with ``error``.

    Returns:
        int: 0, or 130 after Ctrl-C or SIGTERM, when there is no outcome yet.
    """
    from mmpose_lrfg.runtime.files import write_json

    folder = Path(folder)
    try:
        outcome = _train(folder)
    except UserError as error:
        outcome = dict(error=str(error))
    except Exception as error:
        (folder / 'traceback.txt').write_text(traceback.format_exc())
        line = str(error).strip().splitlines()[:1]
        outcome = dict(error=': '.join([type(error).__name__, *line]))
    if outcome is None:
        return EXIT_INTERRUPTED
    write_json(folder / OUTCOME, outcome)
    return 0


def _train(folder: Path) -> dict | None:
    from mmpose_lrfg.cli.arguments import parse_train_args
    from mmpose_lrfg.engine.runner import train
    from mmpose_lrfg.utils.config_files import load_config
    from mmpose_lrfg.visualization.curves import read_scalars

    from .complexity import build_model, count_parameters

    config = folder / CONFIG
    name = '_'.join(folder.parts[-2:])  # mmengine shares loggers between runs of one name
    argv = [str(config), '--work-dir', str(folder)]
    argv += ['--resume'] if any(folder.glob('*.pth')) else []
    argv += ['--cfg-options', f'+experiment_name={name}', 'log_level=WARNING']
    if train(parse_train_args(argv)):
        return None
    rows = read_scalars(folder)
    last = {k: v for k, v in rows[-1].items() if '/' in k and math.isfinite(v)} if rows else {}
    if not last:
        raise UserError('the training ended without an evaluation after its last epoch')
    params = count_parameters(build_model(load_config(str(config))))
    seconds = sum(row.get('seconds', 0) for row in rows)
    return dict(metrics=last, params=params, epochs=rows[-1]['epoch'], seconds=seconds)


if __name__ == '__main__':
    sys.exit(command(run_job)(sys.argv[1]))
