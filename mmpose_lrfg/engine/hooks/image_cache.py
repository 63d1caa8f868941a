"""Tells how well the image cache works, and clears it away."""

import atexit

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.transforms.cached_loading import LoadCachedImage

GIGA = 2**30


@HOOKS.register_module()
class ImageCacheHook(Hook):
    """Log the hit rate of :class:`LoadCachedImage` every epoch; remove the cache at the end.

    The rate is that of all processes on the main process's machine. It is also the scalar
    ``train/image_cache_hits`` of the message hub. Without ``LoadCachedImage`` nothing happens.
    A cache in a folder of the user's choice stays; one in shared memory is removed when this
    process ends, or, if it is killed, when the next training starts.
    """

    def __init__(self):
        self.caches = []
        self.before = (0, 0)

    def before_train(self, runner):
        """Open the caches that the training's pipeline uses."""
        self.caches = []
        for loader, dataset in cached_loaders(runner.train_dataloader.dataset):
            # Under the name by which the data loader's processes will look for it.
            cache = loader.open(str(dataset.ann_file)) if hasattr(dataset, 'ann_file') else None
            if cache is None or cache.path in {known.path for known in self.caches}:
                continue
            self.caches.append(cache)
            if loader.directory is None:
                atexit.register(cache.remove)
            if is_main_process():
                runner.logger.info(
                    f'image cache: {cache.path}, up to {cache.capacity / GIGA:.1f} GB, '
                    f'{cache.count} images are in'
                )

    def before_train_epoch(self, runner):
        """Begin to count."""
        self.before = self._counted()

    def after_train_epoch(self, runner):
        """Report."""
        hits, misses = (now - then for now, then in zip(self._counted(), self.before))
        if not self.caches or hits + misses == 0:
            return
        rate = hits / (hits + misses)
        runner.message_hub.update_scalar('train/image_cache_hits', rate)
        if is_main_process():
            used = sum(cache.used for cache in self.caches) / GIGA
            images = sum(cache.count for cache in self.caches)
            runner.logger.info(
                f'image cache: {rate:.1%} of {hits + misses} images were in it; it holds '
                f'{images} images, {used:.2f} GB'
            )

    def _counted(self) -> tuple[int, int]:
        counted = [cache.counted() for cache in self.caches]
        return sum(hits for hits, _ in counted), sum(misses for _, misses in counted)


def cached_loaders(dataset) -> list[tuple[LoadCachedImage, object]]:
    """All caching transforms of a dataset, and of the datasets within it, with their dataset."""
    found = [(loader, dataset) for loader in _loaders_in(getattr(dataset, 'pipeline', None))]
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    for part in inner:
        if part is not None:
            found += cached_loaders(part)
    return found


def _loaders_in(transform) -> list[LoadCachedImage]:
    if isinstance(transform, LoadCachedImage):
        return [transform]
    if isinstance(transform, (list, tuple)):
        return [loader for part in transform for loader in _loaders_in(part)]
    # Compose; our mosaic; MMPose's mosaic and mixup.
    parts = [getattr(transform, name, None) for name in ('transforms', 'load', 'pre_transform')]
    return [loader for part in parts if part is not None for loader in _loaders_in(part)]
