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
    {{_base_.targets}},
    {{_base_.pack}},
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))

max_epochs = 6
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
