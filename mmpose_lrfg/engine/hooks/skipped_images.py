"""Reports images that could not be read."""

from pathlib import Path

from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.runtime.files import write_bytes


@HOOKS.register_module()
class SkippedImagesHook(Hook):
    """Log after every epoch how many images were skipped, and list them in the work directory.

    ``LoadImageOrSkip`` puts the paths of unreadable images into ``skipped_images`` of the data
    sample.

    Args:
        filename (str): The list in the work directory. Defaults to ``skipped_images.txt``.
    """

    def __init__(self, filename: str = 'skipped_images.txt'):
        self.filename = filename
        self.skipped: set[str] = set()
        self.reported = 0

    def before_run(self, runner):
        """Start a new list."""
        self.skipped, self.reported = set(), 0
        if is_main_process():
            Path(runner.work_dir, self.filename).unlink(missing_ok=True)

    def _after_iter(self, runner, batch_idx, data_batch=None, outputs=None, mode='train'):
        """Collect the skipped images of a batch."""
        for sample in (data_batch or {}).get('data_samples', ()):
            self.skipped.update(sample.get('skipped_images') or ())

    def _after_epoch(self, runner, mode='train'):
        """Report new skipped images of all processes."""
        self.skipped = set().union(*all_gather_object(self.skipped))
        if is_main_process() and len(self.skipped) > self.reported:
            self.reported = len(self.skipped)
            path = Path(runner.work_dir, self.filename)
            write_bytes(path, ''.join(f'{name}\n' for name in sorted(self.skipped)).encode())
            images = '1 image' if self.reported == 1 else f'{self.reported} images'
            runner.logger.warning(f'{images} could not be read; listed in {path}')
