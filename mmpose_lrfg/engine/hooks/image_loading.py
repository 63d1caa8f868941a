"""Reports how images were loaded: those that could not be read, and the cache."""

import atexit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.image_cache import ImageCache
from mmpose_lrfg.datasets.transforms.cached_loading import LoadCachedImage
from mmpose_lrfg.runtime.files import write_bytes

SKIPPED = 'skipped_images.txt'
GIGA = 2**30


@HOOKS.register_module()
class ImageLoadingHook(Hook):
    """Report unreadable images and the image cache after every epoch.

    The paths of unreadable images, which ``LoadImageOrSkip`` puts into ``skipped_images`` of the
    data samples, are counted in the log and listed in ``skipped_images.txt`` of the work
    directory.

    Number and bytes of the images in the cache of :class:`LoadCachedImage` are logged. A cache in
    shared memory is removed when this process ends; a cache in a folder of the user's choice stays.
    """

    def __init__(self):
        self.skipped: set[str] = set()
        self.reported = 0
        self.caches: list[ImageCache] = []

    def before_run(self, runner):
        """Start a new list of skipped images."""
        self.skipped, self.reported = set(), 0
        if is_main_process():
            Path(runner.work_dir, SKIPPED).unlink(missing_ok=True)

    def before_train(self, runner):
        """Open the caches that the training's pipeline uses."""
        self.caches = []
        for dataset, loader in find_transforms(runner.train_dataloader.dataset, LoadCachedImage):
            # Under the name by which the data loader's processes will look for it.
            cache = loader.open(str(dataset.ann_file)) if hasattr(dataset, 'ann_file') else None
            if cache is None or cache.path in {known.path for known in self.caches}:
                continue
            self.caches.append(cache)
            if loader.directory is None:
                atexit.register(cache.remove)
        self._report_cache(runner)

    def _after_iter(self, runner, batch_idx, data_batch=None, outputs=None, mode='train'):
        """Collect the skipped images of a batch."""
        for sample in (data_batch or {}).get('data_samples', ()):
            self.skipped.update(sample.get('skipped_images') or ())

    def _after_epoch(self, runner, mode='train'):
        """Report skipped images of all processes and, in training, the cache."""
        self.skipped = set().union(*all_gather_object(self.skipped))
        if is_main_process() and len(self.skipped) > self.reported:
            self.reported = len(self.skipped)
            path = Path(runner.work_dir, SKIPPED)
            write_bytes(path, ''.join(f'{name}\n' for name in sorted(self.skipped)).encode())
            images = '1 image' if self.reported == 1 else f'{self.reported} images'
            runner.logger.warning(f'{images} could not be read; listed in {path}')
        if mode == 'train':
            self._report_cache(runner)

    def _report_cache(self, runner) -> None:
        for cache in self.caches if is_main_process() else ():
            images, used = cache.size()
            runner.logger.info(
                f'image cache {cache.path}: {images} images, {used / GIGA:.2f} of '
                f'{cache.capacity / GIGA:.2f} GB'
            )


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
