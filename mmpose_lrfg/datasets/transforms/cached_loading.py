"""Load an image from the cache that all processes share; decode and shrink it the first time."""

import hashlib
import logging
import os
from pathlib import Path

import cv2
import numpy as np
from mmengine.logging import print_log
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.cache import AVAILABLE, ImageCache, key_of, remove_unused
from mmpose_lrfg.datasets.cache_space import parse_budget, place_and_bytes, places
from mmpose_lrfg.datasets.transforms.loading import LoadImageOrSkip
from mmpose_lrfg.datasets.transforms.people import move, people_of

PREFIX = 'lrfg-images-'


@TRANSFORMS.register_module()
class LoadCachedImage(LoadImageOrSkip):
    """``LoadImageOrSkip`` that keeps images, shrunk to the training's size, in shared memory.

    Images are shrunk (never enlarged) before they are kept, and annotations are scaled along, so
    that what follows sees a smaller picture of the same people. There is one copy a machine for
    all data loader processes and all GPUs, and none is ever stale: an image is known by path,
    time of change and length of its file. When the budget is used up, the remaining images are
    decoded each time.

    :class:`ImageLoadingHook` logs the hit rate and removes the cache after training.

    Args:
        long_side (int, optional): Most pixels of the longer side; None keeps the size.
        budget (str | int): Most memory: 'auto' (half of what is free), bytes, or like '8G'; 0
            decodes always.
        directory (str, optional): Folder on a disk for a cache that outlives the training.
            Defaults to shared memory, which does not.
        copy (bool): Give a copy that later transforms may write to. ``MosaicAffine`` does not.
        **kwargs: Those of ``LoadImageOrSkip``.

    Raises:
        UserError: As ``LoadImageOrSkip``, and for a budget that cannot be understood.
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
        self.file: tuple[Path, int] | None = None

    def __getstate__(self):
        # A spawned process opens the same file itself.
        return {**self.__dict__, 'cache': None, 'opened': False}

    def open(self, source: str) -> ImageCache | None:
        """Open the machine's cache for the images of a source, or make it; None: no cache.

        Args:
            source (str): What the images belong to, for example the annotation file.
        """
        if self.opened:
            return self.cache
        self.opened = True
        if self.budget_bytes == 0 or not AVAILABLE or self.to_float32:
            return None
        try:
            path, capacity = self.file or self._choose(source)
            self.file = path, capacity
            self.cache = ImageCache(path, capacity)
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
        # Another process may have chosen before us, when there was more room in shared memory.
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
            # The file as it was before decoding: if it changed meanwhile, nobody finds this.
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
        """Put an image into the sample and scale the sample's annotations to it."""
        results['img'] = image
        results['img_shape'] = image.shape[:2]
        results['ori_shape'] = original
        people = people_of(results)
        if image.shape[:2] == original or people is None:
            return
        x, y = image.shape[1] / original[1], image.shape[0] / original[0]
        # Pixel centres: the first of the original is not the first of the smaller image.
        matrix = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        scaled = move(people, matrix)
        for name in ('bbox', 'keypoints', 'area'):
            if name in people:
                results[name] = scaled[name].astype(people[name].dtype, copy=False)
