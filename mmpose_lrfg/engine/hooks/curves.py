"""The pictures of a run, drawn when it ends."""

import logging

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.visualization.run import plot_run


@HOOKS.register_module()
class LearningCurvesHook(Hook):
    """After training, draw ``results.csv`` and what else there is: see :func:`plot_run`."""

    priority = 'LOWEST'

    @master_only
    def after_train(self, runner):
        """Draw, and never let a finished training fail for want of a picture."""
        try:
            drawn = plot_run([runner.work_dir], runner.work_dir)
        except Exception as error:
            runner.logger.log(logging.WARNING, f'no learning curves: {error}')
        else:
            runner.logger.info(f'Learning curves and more: {", ".join(map(str, drawn))}')
