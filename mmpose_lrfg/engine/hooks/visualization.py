"""MMPose's drawings of predictions, for data of which some images cannot be read."""

from mmpose.engine.hooks import PoseVisualizationHook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ReadableVisualizationHook(PoseVisualizationHook):
    """``PoseVisualizationHook`` without the images that ``LoadImageOrSkip`` skipped.

    MMPose's hook reads every image again to draw on it, and fails if it cannot.

    Args: those of MMPose's hook.
    """

    def after_val_iter(self, runner, batch_idx, data_batch, outputs):
        """Draw the first prediction of the batch whose image is readable."""
        outputs = self._readable(outputs)
        if outputs:
            super().after_val_iter(runner, batch_idx, data_batch, outputs)

    def after_test_iter(self, runner, batch_idx, data_batch, outputs):
        """Draw the predictions of the batch."""
        super().after_test_iter(runner, batch_idx, data_batch, self._readable(outputs))

    @staticmethod
    def _readable(outputs):
        return [sample for sample in outputs if not sample.get('skipped_images')]
