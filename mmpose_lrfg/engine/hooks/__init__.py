"""Hooks of trainings and tests, registered among those of MMPose."""

from mmpose_lrfg.engine.hooks.channels_last import ChannelsLastHook
from mmpose_lrfg.engine.hooks.checkpoint import AtomicCheckpointHook
from mmpose_lrfg.engine.hooks.data_check import DataCheckHook
from mmpose_lrfg.engine.hooks.ema import FusedMomentumEMA, StepEMAHook
from mmpose_lrfg.engine.hooks.image_loading import ImageLoadingHook
from mmpose_lrfg.engine.hooks.non_finite import NonFiniteLossHook
from mmpose_lrfg.engine.hooks.progress import ProgressHook
from mmpose_lrfg.engine.hooks.run_figures import RunFiguresHook
from mmpose_lrfg.engine.hooks.time_budget import TimeBudgetHook
from mmpose_lrfg.engine.hooks.visualization import ReadableVisualizationHook
from mmpose_lrfg.engine.hooks.warmup import WarmupHook

__all__ = [
    'AtomicCheckpointHook',
    'ChannelsLastHook',
    'DataCheckHook',
    'FusedMomentumEMA',
    'ImageLoadingHook',
    'NonFiniteLossHook',
    'ProgressHook',
    'ReadableVisualizationHook',
    'RunFiguresHook',
    'StepEMAHook',
    'TimeBudgetHook',
    'WarmupHook',
]
