# For a CPU, a small data set and a few minutes: the nano network at 320 pixels, from scratch.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]

# One picture at a time: a mosaic makes everyone smaller, which takes longer to learn.
train_pipeline = [
    dict(
        type='MosaicAffine',
        input_size={{_base_.input_size}},
        load=[{{_base_.load_image}}],
        mosaic_prob=0.0,
        scale=(0.9, 1.2),
        shift=0.05,
        hsv=(0.015, 0.4, 0.3)),
    {{_base_.targets}},
    {{_base_.pack}},
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(optimizer=dict(fused=True))
