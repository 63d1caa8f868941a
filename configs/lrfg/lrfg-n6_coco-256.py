# The released weights N6, for evaluation and prediction. They were trained by
# small_data/lrfg-n6_2xb16-15e_coco-256.py.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6.py',
    '../_base_/datasets/coco_640.py',
]

model = dict(
    test_cfg=dict(
        wnms_thr=0.8,
        recommended_score_thr=0.292))  # best F1 on the validation images

input_size = (256, 256)
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)
train_dataloader = None
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
