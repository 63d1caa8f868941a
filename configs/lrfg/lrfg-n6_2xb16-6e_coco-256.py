# After lrfg-n6_2xb16-12e_coco-192.py, whose checkpoint goes to load_from: whole photographs again, and
# the learning rate comes down.
_base_ = './lrfg-n6_2xb8-7e_coco-256.py'

near = dict(
    type='PeopleGrid',
    input_size={{_base_.input_size}},
    load=[{{_base_.load_image}}],
    grids=(1, 2, 1),
    focus_prob=0.85,
    shift=0.12,
    rotate=20.0)
train_pipeline = [
    dict(type='RandomChoice', transforms=[[{{_base_.whole}}], [near]], prob=[0.5, 0.5]),
    dict(
        type='GenerateTarget',
        encoder=dict(
            type='YOLOXPoseAnnotationProcessor', input_size={{_base_.input_size}})),
    {{_base_.pack}},
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))

max_epochs = 6
base_lr = 1e-3
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.02 * base_lr,
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
