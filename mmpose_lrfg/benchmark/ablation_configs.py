"""Configs of several networks with the same data, schedule, input and size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmpose_lrfg.engine.recipe import Changes, apply
from mmpose_lrfg.utils.config_files import find_config, load_config
from mmpose_lrfg.utils.config_options import merge_options
from mmpose_lrfg.utils.config_text import difference
from mmpose_lrfg.utils.errors import UserError, nearest


@dataclass
class Budget:
    """What all trainings have in common; None keeps the value of the config."""

    changes: Changes = field(default_factory=Changes)  # data, epochs, image size
    recipe: str | None = None  # config that everything but the network's design is taken from
    options: dict[str, Any] = field(default_factory=dict)  # as of --cfg-options

    def apply(self, config: Path, full: Path) -> Config:
        """Return the config of a network under this budget.

        With a recipe, its model is changed where ``config`` and ``full`` differ, so ``full`` must
        have the design of the recipe.

        Raises:
            UserError: If the budget does not fit the config.
        """
        cfg = load_config(self.recipe or str(config), 'model')
        if self.recipe is not None:
            whole, part = (load_config(str(each), 'model').model for each in (full, config))
            cfg.merge_from_dict(dict(model=difference(whole.to_dict(), part.to_dict())))
        for key in ('train_dataloader', 'train_cfg'):
            if not cfg.get(key):
                raise UserError(f'config {config} has no {key}; is it only a base of others?')
        apply(cfg, self.changes)
        if epochs := self.changes.epochs:
            cfg.train_cfg.val_interval = epochs
        if checkpoint := (cfg.get('default_hooks') or {}).get('checkpoint'):
            # The last weights are measured: choosing the best by the val set would flatter all.
            checkpoint.update(max_keep_ckpts=1, save_best=None)
        merge_options(cfg, self.options)
        return cfg


def find_networks(names: Sequence[str], only: Sequence[str] | None = None) -> list[Path]:
    """Return the configs of ``names``, which are configs and folders of them, in their order.

    ``only`` selects by name or its beginning: ``net1`` for ``net1_yolopose``.

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
                raise UserError(f'two networks are called {config.stem}; their results need names')
            configs[config.stem] = config
    found = {}
    for name in only or configs:
        chosen = {s: path for s, path in configs.items() if s == name or s.startswith(f'{name}_')}
        if not chosen:
            raise UserError(f'no network is called {name}.{nearest(name, configs)}')
        found |= chosen
    return [path for stem, path in configs.items() if stem in found]
