# A few thousand photographs and one large GPU: mosaics, whole photographs and grids of people, in
# turns, from random weights.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_s6_scratch_grids.py',
    '../_base_/datasets/coco_640.py',
    '../_base_/schedules/adamw_scratch.py',
]

model = dict(head=dict(loss=dict(objectness_fit='oks')))

input_size = {{_base_.input_size}}
load = [{{_base_.load_image}}]
mosaic = dict(type='MosaicAffine', input_size=input_size, load=load)
whole = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.6, 1.6),
    rotate=15.0)
near = dict(
    type='PeopleGrid', input_size=input_size, load=load, grids=(1, 2, 2, 1), focus_prob=0.85,
    shift=0.12, rotate=20.0)
train_pipeline = [
    dict(
        type='RandomChoice',
        transforms=[[mosaic], [whole], [near]],
        prob=[0.3, 0.3, 0.4]),
    {{_base_.targets}},
    {{_base_.pack}},
]
train_dataloader = dict(batch_size=64, num_workers=14, dataset=dict(pipeline=train_pipeline))

max_epochs = 120
base_lr = 2e-3
optim_wrapper = dict(type='BFloat16OptimWrapper', optimizer=dict(lr=base_lr, fused=True))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=200),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.02 * base_lr,
        begin=max_epochs // 3,
        end=max_epochs,
        T_max=max_epochs - max_epochs // 3,
        by_epoch=True,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
