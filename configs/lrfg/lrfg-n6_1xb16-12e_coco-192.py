# From random weights to the end in one stage, an hour of one core: what an ablation can afford.
_base_ = './lrfg-n6_2xb8-11e_coco-256.py'

input_size = (192, 192)
whole = dict(
    type='MosaicAffine',
    input_size=input_size,
    load=[{{_base_.load_image}}],
    mosaic_prob=0.0,
    scale=(0.7, 1.5),
    shift=0.15,
    rotate=10.0)
near = dict(
    type='PeopleGrid',
    input_size=input_size,
    load=[{{_base_.load_image}}],
    grids=(1, 2, 1),
    focus_prob=0.85,
    shift=0.12,
    rotate=12.0)
targets = dict(
    type='GenerateTarget',
    encoder=dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size))
train_pipeline = [
    dict(type='RandomChoice', transforms=[[whole], [near]], prob=[0.5, 0.5]),
    targets,
    {{_base_.pack}},
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))

max_epochs = 12
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
