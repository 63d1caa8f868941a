"""Counts the images that could not be read."""

import os
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.transforms.loading import SKIPPED_LIST, read_skipped


@HOOKS.register_module()
class SkippedImagesHook(Hook):
    """Say after every epoch how many images were skipped, and where they are listed.

    The loading transform works in the data loader's processes; it notes each image in the file
    that this hook names in the environment, which those processes inherit.

    Args:
        filename (str): The list in the work directory. Defaults to ``skipped_images.txt``.
    """

    def __init__(self, filename: str = 'skipped_images.txt'):
        self.filename = filename
        self.said = 0

    def before_run(self, runner):
        """Name the list, before any data loader process starts."""
        self.path = Path(runner.work_dir, self.filename).resolve()
        self._forget()
        os.environ[SKIPPED_LIST] = str(self.path)

    @master_only
    def _forget(self):
        self.path.unlink(missing_ok=True)

    def after_train_epoch(self, runner):
        """Report."""
        self._report(runner)

    def after_val_epoch(self, runner, metrics=None):
        """Report."""
        self._report(runner)

    def after_test_epoch(self, runner, metrics=None):
        """Report."""
        self._report(runner)

    def after_run(self, runner):
        """Let a later run in this process have its own list."""
        os.environ.pop(SKIPPED_LIST, None)

    @master_only
    def _report(self, runner):
        skipped = read_skipped(self.path)
        if len(skipped) > self.said:
            self.said = len(skipped)
            images = '1 image' if self.said == 1 else f'{self.said} images'
            runner.logger.warning(
                f'{images} could not be read and went unused so far; listed in {self.path}'
            )
