"""The last epochs see whole pictures: no mosaic, no MixUp (YOLOX, Ge et al. 2021, section 2.1)."""

from collections.abc import Iterable, Iterator

from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine
from mmpose_lrfg.utils.errors import UserError

CLOSED = dict(mosaic_prob=0.0, mixup_prob=0.0)


@HOOKS.register_module()
class CloseMosaicHook(Hook):
    """Change arguments of ``MosaicAffine`` for the last epochs, also after resuming within them.

    Args:
        last_epochs (int): How many.
        changes (dict, optional): Other values by argument, for example ``scale=(0.8, 1.2)``
            beside the default ``mosaic_prob=0, mixup_prob=0``.

    Raises:
        UserError: If the training's pipeline has no ``MosaicAffine``, or that no such argument.
    """

    def __init__(self, last_epochs: int = 10, changes: dict | None = None):
        self.last_epochs = last_epochs
        self.changes = {**CLOSED, **(changes or {})}
        self.done = False

    def before_train(self, runner):
        """Say before the first epoch what would fail in the last ones."""
        mosaics = list(mosaics_of(runner.train_dataloader.dataset))
        if not mosaics:
            raise UserError(
                'CloseMosaicHook: the training pipeline has no MosaicAffine; '
                'mmdet.PipelineSwitchHook exchanges other pipelines'
            )
        for name in self.changes:
            if name == 'load' or not hasattr(mosaics[0], name):
                raise UserError(f'CloseMosaicHook: MosaicAffine has no argument {name} to change')

    def before_train_epoch(self, runner):
        """Change, once."""
        if self.done or runner.epoch < runner.max_epochs - self.last_epochs:
            return
        self.done = True
        loader = runner.train_dataloader
        for mosaic in mosaics_of(loader.dataset):
            for name, value in self.changes.items():
                setattr(mosaic, name, value)
        # Persistent processes hold copies of the old transforms: this epoch starts new ones.
        if getattr(loader, 'persistent_workers', False):
            loader._iterator = None
        shown = ', '.join(f'{name} = {value}' for name, value in self.changes.items())
        runner.logger.info(f'from this epoch on, the mosaic is closed: {shown}')


def mosaics_of(dataset) -> Iterator[MosaicAffine]:
    """All of a dataset's pipeline and of those within it."""
    yield from mosaics_among(getattr(getattr(dataset, 'pipeline', None), 'transforms', ()))
    for part in getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]:
        if part is not None:
            yield from mosaics_of(part)


def mosaics_among(transforms: Iterable) -> Iterator[MosaicAffine]:
    """Also those that ``RandomChoice`` chooses from."""
    for transform in transforms:
        if isinstance(transform, MosaicAffine):
            yield transform
        else:
            yield from mosaics_among(getattr(transform, 'transforms', ()))
