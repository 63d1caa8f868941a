"""The learning curves of a run, drawn when it ends."""

import logging
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.visualization.curves import plot_curves


@HOOKS.register_module()
class LearningCurvesHook(Hook):
    """Draw ``results.csv`` after training.

    Args:
        filename (str): The picture in the work directory. Defaults to ``curves.png``.
    """

    priority = 'LOWEST'

    def __init__(self, filename: str = 'curves.png'):
        self.filename = filename

    @master_only
    def after_train(self, runner):
        """Draw, and never let a finished training fail for want of a picture."""
        try:
            out = plot_curves([runner.work_dir], Path(runner.work_dir, self.filename))
        except Exception as error:
            runner.logger.log(logging.WARNING, f'no learning curves: {error}')
        else:
            runner.logger.info(f'Learning curves: {out}')
