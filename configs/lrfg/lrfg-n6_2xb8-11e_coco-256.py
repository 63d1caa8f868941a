# After lrfg-n6_2xb8-17e_coco-192.py, whose checkpoint goes to load_from: larger inputs, half of them
# whole photographs, and the learning rate comes down.
_base_ = './lrfg-n6_2xb8-17e_coco-192.py'

input_size = (256, 256)
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
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

max_epochs = 11
# Down to the end, however many epochs a config that builds on this one has.
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.02,
        by_epoch=True,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
