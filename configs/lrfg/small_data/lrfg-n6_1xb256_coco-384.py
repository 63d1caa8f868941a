# A stage of N6 on one large GPU, ten minutes; not trained yet. Starts from the released weights.
_base_ = './lrfg-s6_1xb192-19e_coco-448.py'

widen_factor = 0.25
model = dict(
    backbone=dict(widen_factor=widen_factor),
    neck=dict(widen_factor=widen_factor),
    head=dict(
        head_module=dict(widen_factor=widen_factor), auxiliary=dict(in_channels=64)))
load_from = 'n6'

input_size = (384, 384)
mosaic = dict(_base_.mosaic, input_size=input_size)
whole = dict(_base_.whole, input_size=input_size)
near = dict(_base_.near, input_size=input_size)
calm = dict(_base_.calm, input_size=input_size)
train_pipeline = [
    dict(
        type='RandomChoice',
        transforms=[[mosaic], [whole], [near]],
        prob=[0.25, 0.35, 0.4]),
    _base_.targets,
    _base_.pack,
]
last_pipeline = [
    dict(type='RandomChoice', transforms=[[calm], [near]], prob=[0.7, 0.3]),
    _base_.targets,
    _base_.pack,
]
train_dataloader = dict(batch_size=256, dataset=dict(pipeline=train_pipeline))

val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 60  # more than fit into the time
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
default_hooks = dict(
    time_budget=dict(minutes=10.0, warmup=0.06, last_pipeline=last_pipeline))
