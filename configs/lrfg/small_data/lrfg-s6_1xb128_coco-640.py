# A third stage for the released weights S6, half an hour at 640 pixels; not trained yet.
_base_ = './lrfg-s6_1xb192-19e_coco-448.py'

load_from = 's6'
input_size = (640, 640)
load = [dict(_base_.load_image, long_side=640)]
mosaic = dict(_base_.mosaic, input_size=input_size, load=load, rotate=15.0)
whole = dict(_base_.whole, input_size=input_size, load=load, rotate=25.0)
near = dict(_base_.near, input_size=input_size, load=load)
calm = dict(_base_.calm, input_size=input_size, load=load)
train_pipeline = [
    dict(
        type='RandomChoice',
        transforms=[[mosaic], [whole], [near]],
        prob=[0.25, 0.4, 0.35]),
    _base_.targets,
    _base_.pack,
]
last_pipeline = [
    dict(type='RandomChoice', transforms=[[calm], [near]], prob=[0.75, 0.25]),
    _base_.targets,
    _base_.pack,
]
train_dataloader = dict(batch_size=128, dataset=dict(pipeline=train_pipeline))

val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 40  # more than fit into the time
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1.5e-3))
default_hooks = dict(
    time_budget=dict(minutes=26.0, warmup=0.06, last_pipeline=last_pipeline))
