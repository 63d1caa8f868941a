"""One budget for several networks: the same data, schedule, input and settings."""

import copy
import functools
import pprint
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmpose_lrfg.datasets.coco_folder import find_layout
from mmpose_lrfg.utils.config_files import find_config, load_config
from mmpose_lrfg.utils.config_options import merge_options
from mmpose_lrfg.utils.configs import dicts_in, set_img_size
from mmpose_lrfg.utils.errors import UserError, nearest

# Deepen and widen factors of the P6 networks of YOLOv5.
SIZES = {'n6': (0.33, 0.25), 's6': (0.33, 0.5), 'm6': (0.67, 0.75), 'l6': (1.0, 1.0)}


@dataclass
class Budget:
    """What is the same in all trainings.

    Attributes:
        data: Folder of a COCO-style data set; None: what the config says.
        epochs: Of every training; None: as in the config. Warm-ups and decays shrink with it.
        shape: Side of the square input in pixels; None: as in the config.
        size: One of ``SIZES``; None: as in the config.
        recipe: Config from which everything but the network's design is taken; None: each
            network's own.
        options: As ``--cfg-options`` gives them.
    """

    data: str | None = None
    epochs: int | None = None
    shape: int | None = None
    size: str | None = None
    recipe: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def apply(self, config: Path, full: Path) -> Config:
        """The config of one network under this budget.

        Args:
            config (Path): Of the network.
            full (Path): Of the network that the recipe's stands for: where the two differ, the
                recipe's design is changed.

        Raises:
            UserError: If something of it does not fit the config.
        """
        content = _read(str(config))
        if self.recipe is not None:
            own = difference(_model(_read(str(full)), full), _model(content, config))
            content = _read(self.recipe)
            content['model'] = overlay(_model(content, self.recipe), own)
        # Without its file: it will run in a folder of its own.
        cfg = Config(content)
        for key in ('model', 'train_dataloader', 'train_cfg'):
            if not cfg.get(key):
                raise UserError(f'config {config} has no {key}; is it only a base of others?')
        if self.size is not None:
            set_size(cfg, *SIZES[self.size])
        if self.shape is not None:
            set_img_size(cfg, (self.shape, self.shape))
        if self.data is not None:
            set_data(cfg, self.data)
        if self.epochs is not None:
            set_epochs(cfg, self.epochs)
        checkpoint = (cfg.get('default_hooks') or {}).get('checkpoint')
        if checkpoint:
            # The last weights are measured: choosing the best by the val set would flatter all.
            checkpoint.update(max_keep_ckpts=1, save_best=None)
        merge_options(cfg, self.options)
        return cfg

    def words(self) -> dict[str, str]:
        """What was asked for, by name."""
        asked = dict(
            data=self.data,
            recipe=self.recipe,
            epochs=self.epochs,
            size=self.size,
            input=self.shape and f'{self.shape} x {self.shape}',
            options=' '.join(f'{key}={value}' for key, value in self.options.items()),
        )
        return {name: str(value) for name, value in asked.items() if value}


def find_networks(names: Sequence[str], wanted: Sequence[str] | None = None) -> list[Path]:
    """Configs of the named folders and files, in their order; of these the wanted ones.

    Args:
        names (Sequence[str]): Folders of configs, and configs.
        wanted (Sequence[str], optional): Beginnings of names, ``net1`` for ``net1_yolopose``.

    Raises:
        UserError: If a name or a wanted one means nothing.
    """
    configs = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = sorted(path.glob('*.py'))
            if not found:
                raise UserError(f'the folder {name} has no config')
            configs += found
        else:
            configs.append(find_config(name))
    stems = [config.stem for config in configs]
    repeated = [stem for stem in stems if stems.count(stem) > 1]
    if repeated:
        raise UserError(f'two networks are called {repeated[0]}; their results need two names')
    if not wanted:
        return configs
    chosen = []
    for name in wanted:
        found = [c for c in configs if c.stem == name or c.stem.startswith(f'{name}_')]
        if not found:
            raise UserError(f'no network is called {name}.{nearest(name, stems)}')
        chosen += [config for config in found if config not in chosen]
    return chosen


@functools.lru_cache
def _load(name: str) -> Config:
    return load_config(name)


def _read(name: str) -> dict:
    """A config as plain values, to be changed at will."""
    return copy.deepcopy(_load(name)._cfg_dict.to_dict())


def _model(content: dict, name: str | Path) -> dict:
    if not content.get('model'):
        raise UserError(f'config {name} has no model')
    return content['model']


def as_text(cfg: Config) -> str:
    """A config file without bases; in milliseconds, where mmengine's own layout takes a second."""
    return ''.join(
        f'{key} = {pprint.pformat(value, width=100, sort_dicts=False)}\n'
        for key, value in cfg._cfg_dict.to_dict().items()
    )


def difference(base: dict, other: dict) -> dict:
    """What to overlay on ``base`` to get ``other``; a key that goes is there as None."""
    changes = {}
    for key in base.keys() | other.keys():
        old, new = base.get(key), other.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            inner = difference(old, new)
            if inner:
                changes[key] = inner
        elif old != new:
            changes[key] = copy.deepcopy(new)
    return changes


def overlay(base: dict, changes: dict) -> dict:
    """``base`` with the changes of :func:`difference`."""
    result = copy.deepcopy(base)
    for key, new in changes.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(new, dict)
        result[key] = overlay(old, new) if both else copy.deepcopy(new)
    return result


def set_size(cfg: Config, deepen: float, widen: float) -> None:
    """Depth and width of backbone, neck and head."""
    changed = 0
    for node in dicts_in(cfg.model):
        for key, value in (('deepen_factor', deepen), ('widen_factor', widen)):
            if key in node:
                node[key] = value
                changed += 1
    if not changed:
        raise UserError('the network of the config has no widen_factor: it comes in one size')


def set_data(cfg: Config, data: str) -> None:
    """The data set of training and evaluation.

    Raises:
        UserError: If the folder has no train and val set.
    """
    folder = Path(data)
    if folder.is_file():  # .../annotations/train.json
        folder = folder.parent.parent
    for split, loaders in (('train', ('train',)), ('val', ('val', 'test'))):
        images, annotations = find_layout(folder, split)
        for loader in loaders:
            if not cfg.get(f'{loader}_dataloader'):
                continue
            dataset = cfg[f'{loader}_dataloader'].dataset
            dataset.update(
                data_root=str(folder),
                ann_file=str(annotations.relative_to(folder)),
                data_prefix=dict(img=f'{images.relative_to(folder)}/'),
            )
            evaluators = cfg.get(f'{loader}_evaluator') or []
            for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
                if 'ann_file' in evaluator:
                    evaluator.ann_file = str(annotations)


def drop_training(cfg: Config) -> None:
    """Leave what a test needs; the weights that a checkpoint holds are the averaged ones."""
    for part in ('dataloader', 'evaluator', 'cfg'):
        for split in ('train', 'val'):
            cfg.pop(f'{split}_{part}', None)
    for name in ('optim_wrapper', 'param_scheduler', 'auto_scale_lr', 'custom_hooks'):
        cfg.pop(name, None)


def set_epochs(cfg: Config, epochs: int) -> None:
    """Length of the training: every time that is told in epochs shrinks or grows with it."""
    before = cfg.train_cfg.get('max_epochs')
    if not before:
        raise UserError('the config is not trained by epochs (train_cfg.max_epochs)')

    def scaled(time: float) -> int:
        return min(epochs, max(1, round(time * epochs / before))) if time else 0

    cfg.train_cfg.update(max_epochs=epochs, val_interval=epochs)
    kept = []
    for scheduler in cfg.get('param_scheduler') or []:
        if not scheduler.get('by_epoch', True):
            kept.append(scheduler)
            continue
        start = scheduler.get('begin', 0)
        begin = scaled(start)
        end = scaled(scheduler['end']) if 'end' in scheduler else epochs
        if begin >= end:
            continue  # no whole epoch is left for it
        for key, value in (('begin', begin), ('end', end)):
            if key in scheduler:
                scheduler[key] = value
        if 'T_max' in scheduler:
            scheduler.T_max = scaled(start + scheduler.T_max) - begin
        if 'milestones' in scheduler:
            scheduler.milestones = [scaled(time) for time in scheduler.milestones]
        kept.append(scheduler)
    cfg.param_scheduler = kept
    for hook in cfg.get('custom_hooks') or []:
        if hook.get('type') == 'WarmupHook':
            hook.epochs = scaled(hook.get('epochs', 3))
