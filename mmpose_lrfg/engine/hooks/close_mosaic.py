"""Last epochs without mosaic (YOLOX, Ge et al. 2021, section 2.1)."""

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine
from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class CloseMosaicHook(Hook):
    """Change arguments of ``MosaicAffine`` for the last epochs, also after resuming within them.

    Args:
        last_epochs (int): Number of epochs without mosaic.
        changes (dict, optional): Further arguments to change, for example ``scale=(0.8, 1.2)``.

    Raises:
        UserError: If the pipeline has no ``MosaicAffine``, or ``MosaicAffine`` no such argument.
    """

    def __init__(self, last_epochs: int = 10, changes: dict | None = None):
        self.last_epochs = last_epochs
        self.changes = dict(mosaic_prob=0.0) | (changes or {})
        self.mosaics: list[MosaicAffine] = []
        self.done = False

    def before_train(self, runner):
        """Check the pipeline before the first epoch, not in the last ones."""
        found = find_transforms(runner.train_dataloader.dataset, MosaicAffine)
        self.mosaics = [mosaic for _, mosaic in found]
        if not self.mosaics:
            raise UserError(
                'CloseMosaicHook: the training pipeline has no MosaicAffine; '
                'use mmdet.PipelineSwitchHook for other pipelines'
            )
        for name in self.changes:
            if name == 'load' or not hasattr(self.mosaics[0], name):
                raise UserError(f'CloseMosaicHook: MosaicAffine has no argument {name} to change')

    def before_train_epoch(self, runner):
        """Change the arguments once."""
        if self.done or runner.epoch < runner.max_epochs - self.last_epochs:
            return
        self.done = True
        for mosaic in self.mosaics:
            for name, value in self.changes.items():
                setattr(mosaic, name, value)
        # Persistent workers hold copies of the old transforms; a new iterator starts new workers.
        if getattr(runner.train_dataloader, 'persistent_workers', False):
            runner.train_dataloader._iterator = None
        shown = ', '.join(f'{name} = {value}' for name, value in self.changes.items())
        runner.logger.info(f'from this epoch on, the mosaic is closed: {shown}')


def find_transforms(dataset: Any, kind: type) -> Iterator[tuple[Any, Any]]:
    """Yield all transforms of a class, each with the dataset whose pipeline holds it.

    Args:
        dataset: A dataset, or a wrapper of one or several.
        kind (type): The class of the transforms.
    """
    for transform in _nested(getattr(dataset, 'pipeline', None)):
        if isinstance(transform, kind):
            yield dataset, transform
    for part in getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]:
        if part is not None:
            yield from find_transforms(part, kind)


def _nested(transform: Any) -> Iterator[Any]:
    """Yield a transform and those within it: of Compose, RandomChoice and mosaics."""
    if isinstance(transform, (list, tuple)):
        for part in transform:
            yield from _nested(part)
    elif transform is not None:
        yield transform
        for name in ('transforms', 'load', 'pre_transform'):
            yield from _nested(getattr(transform, name, None))
