"""Loading images through a cache that all processes of a machine share."""

import hashlib
import logging
import os
from pathlib import Path

import cv2
import numpy as np
from mmengine.logging import print_log
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.image_cache import (
    AVAILABLE,
    ImageCache,
    key_of,
    parse_budget,
    place_and_bytes,
    places,
    remove_unused,
)
from mmpose_lrfg.datasets.transforms.instances import instances_of, move
from mmpose_lrfg.datasets.transforms.loading import LoadImageOrSkip

PREFIX = 'lrfg-cache-'


@TRANSFORMS.register_module()
class LoadCachedImage(LoadImageOrSkip):
    """``LoadImageOrSkip`` that keeps decoded images, shrunk to the training's size, in memory.

    Images are shrunk (never enlarged) and their annotations scaled, both before and after they are
    in the cache. All data loader processes and GPUs of a machine share one copy. Images are
    identified by path, modification time and length of the file. If the budget is used up, the
    remaining images are decoded each time.

    :class:`ImageLoadingHook` logs the hit rate and removes the cache after training.

    Args:
        long_side (int, optional): Largest longer side in pixels; None keeps the size.
        budget (str | int): Largest memory: 'auto' (half of the free memory), bytes, or like '8G';
            0 disables the cache.
        directory (str, optional): Folder on a disk for a permanent cache (default: shared memory).
        copy (bool): Return a copy that later transforms may modify. ``MosaicAffine`` needs none.
        **kwargs: Those of ``LoadImageOrSkip``.

    Raises:
        UserError: As ``LoadImageOrSkip``, and for an invalid budget.
    """

    def __init__(
        self,
        long_side: int | None = None,
        budget: str | int = 'auto',
        directory: str | None = None,
        copy: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.budget_bytes = parse_budget(budget)
        self.long_side = long_side
        self.budget = budget
        self.directory = directory
        self.copy = copy
        self.cache: ImageCache | None = None
        self.opened = False
        self.chosen: tuple[Path, int] | None = None

    def __getstate__(self):
        # A spawned process opens the cache again.
        return {**self.__dict__, 'cache': None, 'opened': False}

    def open(self, source: str) -> ImageCache | None:
        """Open or create the cache for a data set; return None if there is none.

        Args:
            source (str): Identifies the data set, for example the annotation file.
        """
        if self.opened:
            return self.cache
        self.opened = True
        if self.budget_bytes == 0 or not AVAILABLE or self.to_float32:
            return None
        try:
            self.chosen = self.chosen or self._choose(source)
            self.cache = ImageCache(*self.chosen)
        except OSError as error:
            print_log(f'no image cache: {error}', 'current', logging.WARNING)
        return self.cache

    def _choose(self, source: str) -> tuple[Path, int]:
        text = f'{source}|{self.budget}|{self.color_type}'
        tag = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        prefix = f'{PREFIX}{os.getuid()}-'
        name = f'{prefix}{tag}-{self.long_side or "full"}'
        place, capacity = place_and_bytes(self.budget, self.directory)
        if self.directory is not None:
            return place / name, capacity
        # Another process may have created it when shared memory had more room.
        for folder in places():
            if (folder / name).exists():
                return folder / name, capacity
        remove_unused(place, prefix, but=place / name)
        return place / name, capacity

    def _load(self, results: dict) -> str | None:
        dataset = results.get('dataset')
        path = results.get('img_path')
        if 'img' in results or not path:
            return super()._load(results)
        source = getattr(dataset, 'ann_file', None) or Path(path).parent
        cache = self.open(str(source))
        key = key_of(path, self.long_side or 0) if cache else None
        kept = cache.get(key) if key else None
        if kept is not None:
            image, original = kept
            self._set(results, image.copy() if self.copy else image, original)
            return None
        reason = super()._load(results)
        if reason is None:
            image, original = self._shrunk(results['img']), results['ori_shape'][:2]
            self._set(results, image, original)
            if key and image.ndim == 3:
                cache.put(key, image, original)
        return reason

    def _shrunk(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        ratio = (self.long_side or max(height, width)) / max(height, width)
        if ratio >= 1:
            return image
        size = max(round(width * ratio), 1), max(round(height * ratio), 1)
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA)

    @staticmethod
    def _set(results: dict, image: np.ndarray, original: tuple[int, int]) -> None:
        """Put an image into the sample and scale the annotations to it."""
        results['img'] = image
        results['img_shape'] = image.shape[:2]
        results['ori_shape'] = original
        instances = instances_of(results)
        if image.shape[:2] == original or instances is None:
            return
        x, y = image.shape[1] / original[1], image.shape[0] / original[0]
        # Coordinates are those of pixel centres.
        matrix = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        scaled = move(instances, matrix)
        for name in ('bbox', 'keypoints', 'area'):
            if name in instances:
                results[name] = scaled[name].astype(instances[name].dtype, copy=False)
