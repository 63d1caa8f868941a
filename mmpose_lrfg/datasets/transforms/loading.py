"""Load an image; one that cannot be read does not end a training of days."""

import copy
import logging
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.transforms import LoadImage
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.runtime.images import decode
from mmpose_lrfg.utils.errors import UserError

MAX_TRIES = 50
PADDING = 114  # the grey that mosaic and letterbox pad with


@TRANSFORMS.register_module()
class LoadImageOrSkip(LoadImage):
    """MMPose's ``LoadImage`` that survives an image that cannot be read.

    In training, a random other sample of the dataset replaces it (here, because mosaics
    load their partners through this transform too). In evaluation, a grey image of the annotated
    size takes its place, so the people on it count as missed.

    The paths of skipped images become part of the sample; ``PackPlanes`` puts them into the data
    sample, where :class:`ImageLoadingHook` reads them.

    Required Keys: ``img_path``; ``dataset`` (without it an unreadable image is an error);
    ``annotated_shape`` (height, width), optional, set by :class:`CheckedCocoDataset`.

    Added Keys: those of ``LoadImage``; ``skipped_images`` (list[str]) if there are any.

    Args:
        strict (bool): Raise at the first unreadable image. Defaults to False.
        **kwargs: Those of MMPose's ``LoadImage``.

    Raises:
        UserError: If an image cannot be read and may not be skipped, or if 50 in a row cannot.
    """

    def __init__(self, strict: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.strict = strict
        self.logged: set[str] = set()

    def transform(self, results: dict) -> dict:
        """Load ``results['img_path']`` into ``results['img']``, (H, W, 3) uint8 BGR."""
        skipped: list[str] = []
        for _ in range(MAX_TRIES):
            reason = self._load(results)
            if reason is None:
                break
            path = results['img_path']
            dataset = results.get('dataset')
            if self.strict or dataset is None:
                raise UserError(f'image {path} cannot be read: {reason}')
            self._log(path, reason)
            skipped.append(str(path))
            if getattr(dataset, 'test_mode', False):
                self._set_grey(results)
                break
            other = dataset.get_data_info(np.random.randint(len(dataset)))
            # In place of the old dict, in case the caller goes on with that one.
            results.clear()
            results.update(copy.copy(other), dataset=dataset)
        else:
            raise UserError(
                f'{MAX_TRIES} images in a row could not be read, the last one {path} ({reason}); '
                'is the image folder complete?'
            )
        if skipped:
            results['skipped_images'] = skipped
        return results

    def _load(self, results: dict) -> str | None:
        """Load in place; return why it is impossible, or None."""
        error = ''
        try:
            if super().transform(results) is not None:
                return None
        except Exception as exception:
            error = f'{type(exception).__name__}: {" ".join(str(exception).split())}'
        return decode(Path(results.get('img_path') or '')).reason or error

    def _set_grey(self, results: dict) -> None:
        shape = tuple(int(n) for n in results.get('annotated_shape', (64, 64)))
        dtype = np.float32 if self.to_float32 else np.uint8
        results['img'] = np.full((*shape, 3), PADDING, dtype)
        results['img_shape'] = results['ori_shape'] = shape

    def _log(self, path: str, reason: str) -> None:
        """Log the reason, once for each image and data loader process."""
        if path not in self.logged:
            self.logged.add(path)
            print_log(f'image {path} is skipped: {reason}', 'current', logging.WARNING)
