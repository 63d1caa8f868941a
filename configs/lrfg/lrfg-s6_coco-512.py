# The released weights S6, without the branch that only their training has. How they were trained:
# lrfg-s6_1xb192-47e_coco-512-few.py
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_s6.py',
    '../_base_/datasets/coco_640.py',
]

input_size = (512, 512)
model = dict(test_cfg=dict(wnms_thr=0.8))
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    {{_base_.pack_test}},
]
# For evaluation and prediction only.
train_dataloader = None
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
