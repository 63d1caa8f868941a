"""Load an image; one that cannot be read does not end a training of days."""

import copy
import os
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.transforms import LoadImage
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.utils.errors import UserError

# Environment variable naming the file that lists unreadable images, one "path<tab>reason" a line.
SKIPPED_LIST = 'MMPOSE_LRFG_SKIPPED_LIST'

MAX_TRIES = 50
PADDING = 114  # the grey that mosaic and letterbox pad with


@TRANSFORMS.register_module()
class LoadImageOrSkip(LoadImage):
    """Load an image like MMPose's ``LoadImage``, but survive one that cannot be read.

    In training the sample is replaced by a random other one of the same dataset. That happens
    here, not by returning None, because mosaic and mixup load their partners through this
    transform too and cannot do without an image.

    In evaluation no sample may be replaced: a grey image of the annotated size takes its place,
    so the people on it count as missed, as they would for a model that cannot see them.

    Either way the image is noted in the list that :class:`SkippedImagesHook` reports.

    Required Keys:

        - img_path
        - dataset (optional; without it an unreadable image is an error)
        - annotated_shape (optional): (height, width), set by :class:`CheckedCocoDataset`

    Args:
        strict (bool): Raise at the first unreadable image. Defaults to False.
        **kwargs: Those of MMPose's ``LoadImage``.

    Raises:
        UserError: If an image cannot be read and may not be skipped, or if 50 in a row cannot.
    """

    def __init__(self, strict: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.strict = strict

    def transform(self, results: dict) -> dict:
        """Load ``results['img_path']`` into ``results['img']``, (H, W, 3) uint8 BGR."""
        for _ in range(MAX_TRIES):
            reason = self._load(results)
            if reason is None:
                return results
            path = results['img_path']
            dataset = results.get('dataset')
            if self.strict or dataset is None:
                raise UserError(f'image {path} cannot be read: {reason}')
            _note(path, reason)
            if getattr(dataset, 'test_mode', False):
                return self._grey(results)
            other = dataset.get_data_info(np.random.randint(len(dataset)))
            # In place of the old dict, in case the caller goes on with that one.
            results.clear()
            results.update(copy.copy(other), dataset=dataset)
        raise UserError(
            f'{MAX_TRIES} images in a row could not be read, the last one {path} ({reason}); '
            'is the image folder complete?'
        )

    def _load(self, results: dict) -> str | None:
        """Load in place; return why it is impossible, None when all is well."""
        try:
            loaded = super().transform(results)
        except Exception as error:
            path = Path(results.get('img_path') or '')
            if not path.is_file():
                return 'there is no such file'
            if path.stat().st_size == 0:
                return 'the file is empty'
            if isinstance(error, AssertionError):  # imdecode gave None
                return 'not an image that OpenCV can decode'
            return f'{type(error).__name__}: {" ".join(str(error).split())}'
        # LoadImageFromFile returns None for a missing file when told to ignore it.
        return 'there is no such file' if loaded is None else None

    def _grey(self, results: dict) -> dict:
        shape = tuple(int(n) for n in results.get('annotated_shape', (64, 64)))
        dtype = np.float32 if self.to_float32 else np.uint8
        results['img'] = np.full((*shape, 3), PADDING, dtype)
        results['img_shape'] = results['ori_shape'] = shape
        return results


def _note(path: str, reason: str) -> None:
    """Add one line to the list; short appended lines of several processes do not mix."""
    listed = os.environ.get(SKIPPED_LIST)
    if not listed:
        print_log(f'image {path} is skipped: {reason}', 'current')
        return
    Path(listed).parent.mkdir(parents=True, exist_ok=True)
    with Path(listed).open('a') as file:
        file.write(f'{path}\t{reason}\n')


def read_skipped(listed: str | Path) -> dict[str, str]:
    """Return the reasons by image path from the list of skipped images, each image once."""
    path = Path(listed)
    if not path.is_file():
        return {}
    lines = path.read_text().splitlines()
    return dict(line.split('\t', 1) for line in lines if '\t' in line)
