"""Changes of a config that give several networks the same budget: data, schedule, input, size."""

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
    """What all trainings have in common; None keeps the value of the config.

    Args:
        data (str, optional): Folder of a COCO-style data set.
        epochs (int, optional): Length; warm-ups and decays are scaled with it.
        shape (int, optional): Side of the square input in pixels.
        size (str, optional): One of :data:`SIZES`.
        recipe (str, optional): Config that everything but the network's design is taken from.
        options (dict): As ``--cfg-options`` gives them.
    """

    data: str | None = None
    epochs: int | None = None
    shape: int | None = None
    size: str | None = None
    recipe: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def apply(self, config: Path, full: Path) -> Config:
        """Return the config of a network under this budget.

        With a recipe, its model is changed where ``config`` and ``full`` differ, so ``full`` must
        have the design of the recipe.

        Raises:
            UserError: If the budget does not fit the config.
        """
        content = _read(str(config))
        if self.recipe is not None:
            design = difference(_read(str(full))['model'], content['model'])
            content = _read(self.recipe)
            content = {**content, 'model': overlay(content['model'], design)}
        # Without its file: it will run in a folder of its own.
        cfg = Config(copy.deepcopy(content))
        for key in ('train_dataloader', 'train_cfg'):
            if not cfg.get(key):
                raise UserError(f'config {config} has no {key}; is it only a base of others?')
        if self.size is not None:
            _set_size(cfg, self.size)
        if self.shape is not None:
            set_img_size(cfg, (self.shape, self.shape))
        if self.data is not None:
            set_data(cfg, self.data)
        if self.epochs is not None:
            set_epochs(cfg, self.epochs)
        if checkpoint := (cfg.get('default_hooks') or {}).get('checkpoint'):
            # The last weights are measured: choosing the best by the val set would flatter all.
            checkpoint.update(max_keep_ckpts=1, save_best=None)
        merge_options(cfg, self.options)
        return cfg

    def describe(self) -> dict[str, str]:
        """Return the values that are set, by name, as text."""
        values = dict(vars(self), shape=self.shape and f'{self.shape} x {self.shape}')
        values['options'] = ' '.join(f'{key}={value}' for key, value in self.options.items())
        return {name: str(value) for name, value in values.items() if value}


def find_networks(names: Sequence[str], only: Sequence[str] | None = None) -> list[Path]:
    """Return the configs of folders and files, in their order.

    Args:
        names (Sequence[str]): Configs, and folders of configs.
        only (Sequence[str], optional): Select by name or its beginning: ``net1`` for
            ``net1_yolopose``.

    Raises:
        UserError: If something is not found, or two configs have the same name.
    """
    configs: dict[str, Path] = {}
    for name in names:
        folder = Path(name).is_dir()
        found = sorted(Path(name).glob('*.py')) if folder else [find_config(name)]
        if not found:
            raise UserError(f'the folder {name} has no config')
        for config in found:
            if config.stem in configs:
                what = f'two networks are called {config.stem}'
                raise UserError(f'{what}; their results need two names')
            configs[config.stem] = config
    if not only:
        return list(configs.values())
    chosen = {}
    for name in only:
        found = [stem for stem in configs if stem == name or stem.startswith(f'{name}_')]
        if not found:
            raise UserError(f'no network is called {name}.{nearest(name, configs)}')
        chosen |= {stem: configs[stem] for stem in found}
    return list(chosen.values())


@functools.lru_cache
def _read(name: str) -> dict:
    """Read a config with a model as plain values, which must not be changed."""
    return load_config(name, 'model')._cfg_dict.to_dict()


def as_text(cfg: Config) -> str:
    """Return a config file without bases; much faster than mmengine's ``pretty_text``."""
    return ''.join(
        f'{key} = {pprint.pformat(value, width=100, sort_dicts=False)}\n'
        for key, value in cfg._cfg_dict.to_dict().items()
    )


def difference(base: dict, other: dict) -> dict:
    """Return what to overlay on ``base`` to get ``other``; a missing key becomes None."""
    changes = {}
    for key in {**base, **other}:
        old, new = base.get(key), other.get(key)
        if old != new:
            both = isinstance(old, dict) and isinstance(new, dict)
            changes[key] = difference(old, new) if both else new
    return changes


def overlay(base: dict, changes: dict) -> dict:
    """Return ``base`` with the changes of :func:`difference`."""
    result = {**base, **changes}
    for key in base.keys() & changes.keys():
        if isinstance(base[key], dict) and isinstance(changes[key], dict):
            result[key] = overlay(base[key], changes[key])
    return result


def _set_size(cfg: Config, size: str) -> None:
    """Set depth and width of backbone, neck and head to one of :data:`SIZES`."""
    nodes = [node for node in dicts_in(cfg.model) if 'widen_factor' in node]
    if not nodes:
        raise UserError('the network of the config has no widen_factor: it comes in one size')
    factors = dict(zip(('deepen_factor', 'widen_factor'), SIZES[size]))
    for node in nodes:
        node.update({key: factor for key, factor in factors.items() if key in node})


def evaluators_of(cfg: Config, split: str) -> list[dict]:
    """Return the evaluators of 'train', 'val' or 'test'."""
    found = cfg.get(f'{split}_evaluator') or []
    return found if isinstance(found, list) else [found]


def set_data(cfg: Config, data: str) -> None:
    """Set the folder of the data set of training and evaluation, in place.

    Raises:
        UserError: If the folder has no train and val set.
    """
    folder = Path(data)
    for split in ('train', 'val', 'test'):
        if not cfg.get(f'{split}_dataloader'):
            continue
        images, annotations = find_layout(folder, 'train' if split == 'train' else 'val')
        cfg[f'{split}_dataloader'].dataset.update(
            data_root=str(folder),
            ann_file=str(annotations.relative_to(folder)),
            data_prefix=dict(img=f'{images.relative_to(folder)}/'),
        )
        for evaluator in evaluators_of(cfg, split):
            if 'ann_file' in evaluator:
                evaluator.ann_file = str(annotations)


def set_epochs(cfg: Config, epochs: int) -> None:
    """Set the length of the training, and scale all times in epochs with it."""
    before = cfg.train_cfg.get('max_epochs')
    if not before:
        raise UserError('the config is not trained by epochs (train_cfg.max_epochs)')

    def scaled(time: float) -> int:
        return min(epochs, max(1, round(time * epochs / before))) if time else 0

    cfg.train_cfg.update(max_epochs=epochs, val_interval=epochs)
    kept = []
    for scheduler in cfg.get('param_scheduler') or []:
        if scheduler.get('by_epoch', True):
            start = scheduler.get('begin', 0)
            begin, end = scaled(start), scaled(scheduler.get('end', before))
            if begin >= end:
                continue  # no whole epoch is left for it
            times = dict(begin=begin, end=end)
            times['T_max'] = scaled(start + scheduler.get('T_max', 0)) - begin
            times['milestones'] = [scaled(time) for time in scheduler.get('milestones', ())]
            scheduler.update({key: time for key, time in times.items() if key in scheduler})
        kept.append(scheduler)
    cfg.param_scheduler = kept
    for hook in cfg.get('custom_hooks') or []:
        if hook.get('type') == 'WarmupHook':
            hook.epochs = scaled(hook.get('epochs', 3))
