"""Drawings of predictions, with the names of keypoints and classes."""

from pathlib import Path

from mmpose.engine.hooks import PoseVisualizationHook
from mmpose.registry import HOOKS

from mmpose_lrfg.runtime.images import read_image, write_image
from mmpose_lrfg.visualization.run import SCORE_THR, poses_of


@HOOKS.register_module()
class ReadableVisualizationHook(PoseVisualizationHook):
    """``PoseVisualizationHook`` with this package's drawings, which name own keypoints and classes.

    Images that ``LoadImageOrSkip`` skipped and people with a score below 0.3 are left out. Every
    ``interval``-th image of a test is drawn, and the first of every ``interval``-th batch of a
    validation; into the folder ``out_dir`` if it is given, otherwise as by MMPose.

    Args: those of MMPose's hook.
    """

    def after_val_iter(self, runner, batch_idx, data_batch, outputs):
        """Draw the first readable image of the batch."""
        step = runner.iter + batch_idx
        if self.enable and step % self.interval == 0:
            for sample in self._readable(outputs)[:1]:
                self._draw(sample, runner.val_evaluator.dataset_meta, 'val_img', step)

    def after_test_iter(self, runner, batch_idx, data_batch, outputs):
        """Draw the images of the batch."""
        for sample in self._readable(outputs) if self.enable else ():
            if self._test_index % self.interval == 0:
                meta = runner.test_evaluator.dataset_meta
                self._draw(sample, meta, 'test_img', self._test_index)
            self._test_index += 1

    def _draw(self, sample, meta, name: str, step: int) -> None:
        path = Path(sample.img_path)
        poses, image = poses_of(sample.pred_instances, meta), read_image(path)
        if image is None:
            return
        drawn = poses.draw(image, score_thr=SCORE_THR, keypoint_thr=self.kpt_thr)
        if self.show:
            self._visualizer.show(drawn[..., ::-1], path.name, wait_time=self.wait_time)
        elif self.out_dir is not None:
            write_image(Path(self.out_dir, f'{path.stem}_{sample.img_id}{path.suffix}'), drawn)
        else:
            self._visualizer.add_image(name, drawn[..., ::-1], step)

    @staticmethod
    def _readable(outputs):
        return [sample for sample in outputs if not sample.get('skipped_images')]
