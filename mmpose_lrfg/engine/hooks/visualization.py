"""MMPose's pictures of predictions, for data of which some images cannot be read."""

from mmpose.engine.hooks import PoseVisualizationHook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ReadableVisualizationHook(PoseVisualizationHook):
    """``PoseVisualizationHook``, leaving out the images that the loading transform skipped.

    MMPose's hook reads every image again to draw on it, and fails where it cannot.

    Args: those of MMPose's hook.
    """

    def after_val_iter(self, runner, batch_idx, data_batch, outputs):
        """Draw the first prediction of the batch, if its image is readable."""
        outputs = self._readable(outputs)
        if outputs:
            super().after_val_iter(runner, batch_idx, data_batch, outputs)

    def after_test_iter(self, runner, batch_idx, data_batch, outputs):
        """Draw the predictions of the batch."""
        super().after_test_iter(runner, batch_idx, data_batch, self._readable(outputs))

    def _readable(self, outputs):
        if not self.enable:
            return outputs
        return [sample for sample in outputs if not sample.get('skipped_images')]
