# Settings of all trainings; nothing here depends on the model.
default_scope = 'mmpose'
# The console shows progress, metrics and warnings; the log file has everything.
runner_type = 'QuietRunner'
custom_imports = dict(imports=['mmpose_lrfg.register'], allow_failed_imports=False)

# All are default hooks, so that custom_hooks is free for schedules (EMA and the like). A config
# switches one off with default_hooks = dict(progress=None).
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # Atomic writing, exact resuming, buffers averaged over all GPUs (SyncBuffersHook).
    checkpoint=dict(
        type='AtomicCheckpointHook',
        interval=1,
        max_keep_ckpts=3,
        save_best='coco/AP',
        rule='greater'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # Model and data have the same keypoints and classes; a warning where boxes match no anchor.
    data_check=dict(type='DataCheckHook'),
    non_finite=dict(type='NonFiniteLossHook'),
    # skipped_images.txt; size of LoadCachedImage's cache.
    image_loading=dict(type='ImageLoadingHook'),
    # train_batch.jpg, predictions.jpg, curves.png, pr_curves.png, evaluation.json.
    run_figures=dict(type='RunFiguresHook'),
    progress=dict(type='ProgressHook'),
    visualization=dict(type='PoseVisualizationHook', enable=False))

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
# Every parameter has a gradient in every step.
find_unused_parameters = False

# LocalVisBackend writes vis_data/scalars.json, from which curves are drawn. Without a name, each
# run of a process has a visualizer of its own.
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='PoseLocalVisualizer', vis_backends=vis_backends)

log_processor = dict(type='LogProcessor', window_size=50, by_epoch=True, num_digits=6)
log_level = 'INFO'
load_from = None
resume = False
