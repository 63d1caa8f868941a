"""Accuracy of a checkpoint by the size of its input, with and without flip test."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mmengine.config import Config

from mmpose_lrfg.checkpoints.loading import find_checkpoint
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.configs import set_img_size
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table, write_text

from .config_changes import evaluators_of, set_data
from .evaluation import evaluate_checkpoint

#: Titles of the columns by the name of the metric.
METRICS = {
    'AP': 'AP', 'AP .5': 'AP50', 'AP .75': 'AP75', 'AP (M)': 'AP-M', 'AP (L)': 'AP-L', 'AR': 'AR',
    'OKS': 'mean OKS',
}  # fmt: skip


@dataclass(frozen=True)
class SizeResult:
    """Metrics, by name, with a square input of ``side`` pixels, and with or without flip test."""

    side: int
    flip: bool
    metrics: dict[str, float]


def measure_sizes(
    config: str,
    checkpoint: str,
    sides: Sequence[int],
    flips: Sequence[bool],
    out: Path,
    data: str | None = None,
) -> list[Path]:
    """Evaluate a checkpoint at several sizes; print each result and write the tables after it.

    Results in ``out`` of the same config, checkpoint and data are kept and not measured again.

    Args:
        config (str): A path, or a base name.
        checkpoint (str): Trained weights.
        sides (Sequence[int]): Sides of the square inputs in pixels, multiples of 64.
        flips (Sequence[bool]): With the mirrored image averaged in, or without.
        out (Path): A folder for ``table.json``, ``table.md``, ``table.csv``, ``keypoints.md``.
        data (str, optional): Folder of a COCO-style data set; by default the config's own.

    Returns:
        list[Path]: The files.

    Raises:
        UserError: About config, checkpoint or data, or a size that the network does not take.
    """
    checkpoint = find_checkpoint(checkpoint)
    digest = hashlib.sha256(Path(checkpoint).read_bytes()).hexdigest()
    about = dict(config=Path(config).stem, checkpoint=digest, data=data or '')
    known = {(row.side, row.flip): row for row in _read_results(out / 'table.json', about)}
    # All configs first: a mistake in the last size shows before the first is measured.
    configs = {
        (side, flip): make_config(config, side, flip, data)
        for side, flip in itertools.product(sides, flips)
    }
    for (side, flip), cfg in configs.items():
        if (side, flip) not in known:
            name = f'{about["config"]}_{side}{"_flip" if flip else ""}'
            metrics = evaluate_checkpoint(cfg, checkpoint, out / 'logs', name)
            known[side, flip] = SizeResult(side, flip, metrics)
            title = f'{side}, flip test' if flip else side
            print(f'{title}: AP {metrics["AP"]:.3f}, AR {metrics["AR"]:.3f}', flush=True)
        rows = [known[key] for key in sorted(known)]
        write_json(out / 'table.json', dict(about=about, rows=[asdict(row) for row in rows]))
        write_text(out / 'table.md', size_table(rows).to_markdown())
        write_text(out / 'table.csv', size_table(rows).to_csv())
        write_text(out / 'keypoints.md', keypoint_table(rows).to_markdown())
    return [out / file for file in ('table.json', 'table.md', 'table.csv', 'keypoints.md')]


def make_config(config: str, side: int, flip: bool, data: str | None = None) -> Config:
    """Return the config for one size, with an evaluation of each keypoint."""
    cfg = load_config(config, 'model', 'test_evaluator')
    set_img_size(cfg, (side, side))
    if data:
        set_data(cfg, data)
    if 'flip_test' not in (cfg.model.get('test_cfg') or {}):
        raise UserError(f'the model of config {config} has no test_cfg.flip_test')
    cfg.model.test_cfg.flip_test = flip
    for evaluator in evaluators_of(cfg, 'test'):
        if evaluator['type'] == 'FastCocoMetric':
            evaluator['per_keypoint'] = True
    return cfg


def size_table(rows: Sequence[SizeResult]) -> Table:
    """Return a table with a row for each size."""
    metrics = [
        Column(title, lambda row, name=name: row.metrics.get(name), '.3f')
        for name, title in METRICS.items()
    ]
    flip = Column('flip test', lambda row: 'yes' if row.flip else 'no')
    return Table(rows, [Column('input', 'side', 'd'), flip, *metrics])


def keypoint_table(rows: Sequence[SizeResult]) -> Table:
    """Return a table of the mean OKS with a row for each keypoint and a column for each size."""
    names = [name for name in rows[0].metrics if name.startswith('OKS ')]
    columns = [Column('mean OKS of', lambda name: name.removeprefix('OKS '))]
    for row in rows:
        title = f'{row.side}{" flip" if row.flip else ""}'
        columns.append(Column(title, row.metrics.get, '.3f'))
    return Table(names, columns)


def _read_results(path: Path, about: dict[str, str]) -> list[SizeResult]:
    """Read the results of an earlier call for the same config, checkpoint and data."""
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        rows = [SizeResult(**row) for row in content['rows']]
        return rows if content['about'] == about else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
