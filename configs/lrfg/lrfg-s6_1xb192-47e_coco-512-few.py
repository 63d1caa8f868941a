# After lrfg-s6_1xb192-19e_coco-448-few.py, whose checkpoint goes to load_from: half an hour more, at the
# size of the photographs, at which tests look; more turning, more whole photographs. A config cannot pass a
# size down into a pipeline it inherits, so the pipelines stand here again.
_base_ = './lrfg-s6_1xb192-19e_coco-448-few.py'

input_size = (512, 512)
load = {{_base_.load}}
targets = dict(
    type='GenerateTarget',
    encoder=dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size))
mosaic = dict(type='MosaicAffine', input_size=input_size, load=load, rotate=15.0)
whole = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.6, 1.6),
    shift=0.15, rotate=25.0)
near = dict(
    type='PeopleGrid', input_size=input_size, load=load, grids=(1, 2, 2), focus_prob=0.85,
    shift=0.12, rotate=30.0)
calm = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.8, 1.3),
    rotate=10.0)
train_pipeline = [
    dict(
        type='RandomChoice',
        transforms=[[mosaic], [whole], [near]],
        prob=[0.25, 0.4, 0.35]),
    targets,
    {{_base_.pack}},
]
last_pipeline = [
    dict(type='RandomChoice', transforms=[[calm], [near]], prob=[0.75, 0.25]),
    targets,
    {{_base_.pack}},
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

max_epochs = 47  # that fitted into the time
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
default_hooks = dict(
    time_budget=dict(minutes=26.4, warmup=0.06, last_pipeline=last_pipeline))
