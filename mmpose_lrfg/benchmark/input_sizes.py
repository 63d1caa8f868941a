"""How accurate a network is by the size of its input, as it is and with the mirror image beside."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from mmpose_lrfg.checkpoints.loading import find_checkpoint
from mmpose_lrfg.cli.arguments import parse_test_args
from mmpose_lrfg.runtime.files import replacing, write_json
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.configs import set_img_size
from mmpose_lrfg.utils.errors import UserError

from .budget import as_text, drop_training, set_data

#: Columns of the table by the metric's name.
COLUMNS = {
    'AP': 'AP',
    'AP .5': 'AP50',
    'AP .75': 'AP75',
    'AP (M)': 'AP-M',
    'AP (L)': 'AP-L',
    'AR': 'AR',
    'OKS': 'mean OKS',
}


def measure_sizes(
    config: str,
    checkpoint: str,
    sides: Sequence[int],
    flips: Sequence[bool],
    out: Path,
    data: str | None = None,
    on_row: Callable[[dict], None] | None = None,
) -> list[Path]:
    """Evaluate a checkpoint at several sizes, and write the tables after each.

    What ``out`` already holds of the same config, checkpoint and data is not measured again, and
    stays in the tables.

    Args:
        config (str): A path, or a base name.
        checkpoint (str): Trained weights.
        sides (Sequence[int]): Sides of the square inputs in pixels, multiples of 64.
        flips (Sequence[bool]): Whether the mirror image is looked at, too, and both are averaged.
        out (Path): A folder for ``table.json``, ``table.md``, ``table.csv``, ``keypoints.md``.
        data (str, optional): Folder of a COCO-style data set; by default the config's own.
        on_row (Callable, optional): Called with every new row.

    Returns:
        list[Path]: The files.

    Raises:
        UserError: About config, checkpoint or data, or a size that the network does not take.
    """
    checkpoint = find_checkpoint(checkpoint)
    about = dict(config=Path(config).stem, checkpoint=_checksum(checkpoint), data=data or '')
    known = _known(out / 'table.json', about)
    # All configs first: a mistake in the last size shows before the first is measured.
    jobs = [(s, f, make_config(config, s, f, data)) for s in sides for f in flips]
    for side, flip, cfg in jobs:
        if (side, flip) not in known:
            path = out / 'configs' / f'{about["config"]}_{side}{"_flip" if flip else ""}.py'
            with replacing(path) as temporary:
                temporary.write_text(as_text(cfg), encoding='utf-8')
            row = dict(side=side, flip=flip, metrics=evaluate(path, checkpoint, out / 'logs'))
            known[side, flip] = row
            if on_row:
                on_row(row)
        rows = [known[key] for key in sorted(known)]
        write_json(out / 'table.json', dict(about=about, rows=rows))
        files = write_tables(rows, out)
    return [out / 'table.json', *files]


def make_config(config: str, side: int, flip: bool, data: str | None = None):
    """The config for one size, with an evaluation that tells of each keypoint."""
    cfg = load_config(config)
    if not cfg.get('model') or not cfg.get('test_evaluator'):
        raise UserError(f'config {config} has no model or no test_evaluator')
    set_img_size(cfg, (side, side))
    if data:
        set_data(cfg, data)
    if 'test_cfg' not in cfg.model or 'flip_test' not in cfg.model.test_cfg:
        raise UserError(f'the model of config {config} knows no test_cfg.flip_test')
    cfg.model.test_cfg.flip_test = flip
    evaluators = cfg.test_evaluator
    for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
        if evaluator['type'] == 'FastCocoMetric':
            evaluator['per_keypoint'] = True
    drop_training(cfg)
    return cfg


def evaluate(config: Path, checkpoint: str, work_dir: Path) -> dict[str, float]:
    """Metrics of a checkpoint by MMPose's own runner, by name without ``coco/``."""
    from mmpose_lrfg.engine.runner import test

    # mmengine shares a logger between runs of one name.
    options = ['log_level=ERROR', f'+experiment_name={config.stem}']
    argv = [str(config), checkpoint, '--work-dir', str(work_dir), '--cfg-options', *options]
    metrics = test(parse_test_args(argv))
    return {name.removeprefix('coco/'): float(value) for name, value in metrics.items()}


def write_tables(rows: Sequence[dict], out: Path) -> list[Path]:
    """``table.md`` and ``table.csv``, a row a size; ``keypoints.md``, a row a keypoint."""
    header, body = cells(rows)
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows([header, *body])
    contents = {
        'table.md': markdown(header, body),
        'table.csv': text.getvalue(),
        'keypoints.md': markdown(*keypoint_cells(rows)),
    }
    for name, content in contents.items():
        with replacing(out / name) as temporary:
            temporary.write_text(content, encoding='utf-8')
    return [out / name for name in contents]


def cells(rows: Sequence[dict]) -> tuple[list[str], list[list[str]]]:
    """Header and rows as words."""
    header = ['input', 'flip test', *COLUMNS.values()]
    body = [
        [
            str(row['side']),
            'yes' if row['flip'] else 'no',
            *(_number(row['metrics'].get(name)) for name in COLUMNS),
        ]
        for row in rows
    ]
    return header, body


def keypoint_cells(rows: Sequence[dict]) -> tuple[list[str], list[list[str]]]:
    """Mean OKS of every keypoint: a column a size."""
    header = ['mean OKS of', *(f'{r["side"]}{" flip" if r["flip"] else ""}' for r in rows)]
    names = [n.removeprefix('OKS ') for n in rows[0]['metrics'] if n.startswith('OKS ')]
    body = [[n, *(_number(row['metrics'].get(f'OKS {n}')) for row in rows)] for n in names]
    return header, body


def markdown(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [header, ['---'] * len(header), *body]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:.3f}'


def _checksum(path: str) -> str:
    if not Path(path).is_file():  # an address
        return path
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _known(path: Path, about: dict) -> dict[tuple[int, bool], dict]:
    """Rows of an earlier call for the same."""
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError, RecursionError):
        return {}
    if content.get('about') != about:
        return {}
    return {(row['side'], row['flip']): row for row in content['rows']}
