"""Loading images through a cache that all processes of a machine share."""

import hashlib
import logging
import os
from pathlib import Path

import cv2
import numpy as np
from mmengine.logging import print_log
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets import image_cache
from mmpose_lrfg.datasets.transforms.instances import instances_of, move
from mmpose_lrfg.datasets.transforms.loading import LoadImageOrSkip


@TRANSFORMS.register_module()
class LoadCachedImage(LoadImageOrSkip):
    """``LoadImageOrSkip`` that keeps decoded images, shrunk to the training's size, in memory.

    Images are shrunk (never enlarged) and their annotations scaled, both before and after they are
    in the cache. All data loader processes and GPUs of a machine share one copy. Images are
    identified by path, modification time and length of the file. If the budget is used up, the
    remaining images are decoded each time. :class:`ImageLoadingHook` removes the cache after
    training.

    Args:
        long_side (int, optional): Largest longer side in pixels; None keeps the size.
        budget (str | int): Largest memory: 'auto' (half of the free memory), bytes, or like '8G';
            0 disables the cache.
        directory (str, optional): Folder on a disk for a permanent cache (default: shared memory).
        copy (bool, optional): Without effect; accepted for older configs.
        **kwargs: Those of ``LoadImageOrSkip``.

    Raises:
        UserError: As ``LoadImageOrSkip``, and for an invalid budget.
    """

    def __init__(
        self,
        long_side: int | None = None,
        budget: str | int = 'auto',
        directory: str | None = None,
        copy: bool | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.bytes = image_cache.parse_budget(budget)
        supported = image_cache.fcntl is not None and not self.to_float32
        self.enabled = supported and self.bytes != 0
        self.long_side = long_side
        self.budget = budget
        self.directory = directory
        self.cache: image_cache.ImageCache | None = None
        self.place: tuple[Path, int] | None = None  # of the cache, and its bytes

    def __getstate__(self):
        # A spawned process opens the cache again.
        return {**self.__dict__, 'cache': None}

    def open(self, source: str) -> image_cache.ImageCache | None:
        """Open or create the cache for a data set; return None if there is none.

        Args:
            source (str): Identifies the data set, for example the annotation file.
        """
        if self.enabled and self.cache is None:
            try:
                self.place = self.place or self._choose_place(source)
                self.cache = image_cache.ImageCache(*self.place)
            except OSError as error:
                self.enabled = False
                print_log(f'no image cache: {error}', 'current', logging.WARNING)
        return self.cache

    def _choose_place(self, source: str) -> tuple[Path, int]:
        folder = Path(self.directory or image_cache.memory_folder())
        folder.mkdir(parents=True, exist_ok=True)
        text = f'{source}|{self.budget}|{self.color_type}|{self.long_side}'
        prefix = f'lrfg-cache-{os.getuid()}-'
        path = folder / (prefix + hashlib.blake2b(text.encode(), digest_size=6).hexdigest())
        if not self.directory and not path.exists():
            image_cache.remove_unused(folder, prefix)
        disk = os.statvfs(folder)
        room, size = int(0.9 * disk.f_bavail * disk.f_frsize), self.bytes
        if size is None:
            size = room if self.directory else image_cache.free_memory() // 2
        return path, min(size, room)

    def _load(self, results: dict) -> str | None:
        path = results.get('img_path')
        if 'img' in results or not path:
            return super()._load(results)
        source = getattr(results.get('dataset'), 'ann_file', None) or Path(path).parent
        cache = self.open(str(source))
        key = image_cache.key_of(path, self.long_side or 0) if cache else None
        kept = cache.get(key) if key else None
        if kept is not None:
            self._set(results, *kept)
            return None
        reason = super()._load(results)
        if reason is None:
            image, original = self._shrunk(results['img']), results['ori_shape'][:2]
            self._set(results, image, original)
            if key and image.shape[2:] == (3,):
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
        results.update(img=image, img_shape=image.shape[:2], ori_shape=original)
        instances = instances_of(results)
        if image.shape[:2] == original or instances is None:
            return
        x, y = image.shape[1] / original[1], image.shape[0] / original[0]
        # Coordinates are those of pixel centres.
        matrix = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        for name, values in move(instances, matrix).items():
            if name in ('bbox', 'keypoints', 'area'):
                results[name] = values.astype(instances[name].dtype, copy=False)
