# One stage from random weights, an hour of one core; the recipe of the ablation on photographs.
_base_ = './lrfg-n6_2xb16-15e_coco-256.py'

model = dict(head=dict(obj_target='ciou'))

input_size = (192, 192)
whole = dict(_base_.whole, input_size=input_size)
near = dict(_base_.near, input_size=input_size, rotate=12.0)
train_pipeline = [
    dict(type='RandomChoice', transforms=[[whole], [near]], prob=[0.5, 0.5]),
    _base_.targets,
    _base_.pack,
]
# Crops show people larger than photographs do, so tests take a larger input (Touvron et al.,
# "Fixing the train-test resolution discrepancy", 2019).
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=(320, 320))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 12
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
