# Everything that is the same in all trainings. Nothing here needs the network.
default_scope = 'mmpose'
custom_imports = dict(imports=['mmpose_lrfg.register'], allow_failed_imports=False)

# All as default hooks: custom_hooks stays free for schedules (EMA and the like), and a config
# switches one off with default_hooks = dict(progress=None).
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # Writes, then renames; removes the outdated checkpoint last.
    checkpoint=dict(
        type='AtomicCheckpointHook',
        interval=1,
        max_keep_ckpts=3,
        save_best='coco/AP',
        rule='greater'),
    # Random states and waiting gradients in the checkpoint: resuming changes nothing.
    exact_resume=dict(type='ExactResumeHook'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # Running means of batch normalisation, the same on all GPUs after each epoch.
    sync_buffers=dict(type='SyncBuffersHook'),
    # Model and data have the same keypoints and classes; a warning where boxes match no anchor.
    data_check=dict(type='DataCheckHook'),
    non_finite=dict(type='NonFiniteLossHook'),
    skipped_images=dict(type='SkippedImagesHook'),
    # Hit rate of LoadCachedImage, if the pipeline has one.
    image_cache=dict(type='ImageCacheHook'),
    results=dict(type='ResultsCSVHook'),
    # precision_recall.npz, evaluation.json; first batch, labels, predictions beside labels.
    evaluation_record=dict(type='EvaluationRecordHook'),
    run_pictures=dict(type='RunPicturesHook'),
    curves=dict(type='LearningCurvesHook'),
    progress=dict(type='ProgressHook'),
    visualization=dict(type='ReadableVisualizationHook', enable=False),
    badcase=dict(
        type='BadCaseAnalysisHook',
        enable=False,
        out_dir='badcase',
        metric_type='loss',
        badcase_thr=5))

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
# Every parameter takes part in every step.
find_unused_parameters = False

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='PoseLocalVisualizer', vis_backends=vis_backends, name='visualizer')

log_processor = dict(type='LogProcessor', window_size=50, by_epoch=True, num_digits=6)
log_level = 'INFO'
load_from = None
resume = False
