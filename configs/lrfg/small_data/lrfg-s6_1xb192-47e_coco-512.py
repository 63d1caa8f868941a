# The second stage of the released weights S6, half an hour at the size of the photographs;
# load_from is the checkpoint of lrfg-s6_1xb192-19e_coco-448.py.
_base_ = './lrfg-s6_1xb192-19e_coco-448.py'

input_size = (512, 512)
mosaic = dict(_base_.mosaic, input_size=input_size, rotate=15.0)
whole = dict(_base_.whole, input_size=input_size, rotate=25.0)
near = dict(_base_.near, input_size=input_size)
calm = dict(_base_.calm, input_size=input_size)
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
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

max_epochs = 47  # as many as fitted into the time
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
default_hooks = dict(
    time_budget=dict(minutes=26.4, warmup=0.06, last_pipeline=last_pipeline))
