"""Hooks, one file an idea, registered among MMPose's own."""

from mmpose_lrfg.engine.hooks.checkpoint import AtomicCheckpointHook
from mmpose_lrfg.engine.hooks.close_mosaic import CloseMosaicHook
from mmpose_lrfg.engine.hooks.curves import LearningCurvesHook
from mmpose_lrfg.engine.hooks.data_check import DataCheckHook
from mmpose_lrfg.engine.hooks.ema import StepEMAHook
from mmpose_lrfg.engine.hooks.exact_resume import ExactResumeHook
from mmpose_lrfg.engine.hooks.image_cache import ImageCacheHook
from mmpose_lrfg.engine.hooks.non_finite import NonFiniteLossHook
from mmpose_lrfg.engine.hooks.progress import ProgressHook
from mmpose_lrfg.engine.hooks.results_csv import ResultsCSVHook
from mmpose_lrfg.engine.hooks.run_pictures import EvaluationRecordHook, RunPicturesHook
from mmpose_lrfg.engine.hooks.skipped_images import SkippedImagesHook
from mmpose_lrfg.engine.hooks.speed import ChannelsLastHook, CompileHook
from mmpose_lrfg.engine.hooks.time_budget import TimeBudgetHook
from mmpose_lrfg.engine.hooks.visualization import ReadableVisualizationHook
from mmpose_lrfg.engine.hooks.warmup import WarmupHook

__all__ = [
    'AtomicCheckpointHook',
    'ChannelsLastHook',
    'CloseMosaicHook',
    'CompileHook',
    'DataCheckHook',
    'EvaluationRecordHook',
    'ExactResumeHook',
    'ImageCacheHook',
    'LearningCurvesHook',
    'NonFiniteLossHook',
    'ProgressHook',
    'ReadableVisualizationHook',
    'ResultsCSVHook',
    'RunPicturesHook',
    'SkippedImagesHook',
    'StepEMAHook',
    'TimeBudgetHook',
    'WarmupHook',
]
