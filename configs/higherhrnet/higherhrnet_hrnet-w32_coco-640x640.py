# AP 68.5 in the paper.
_base_ = './higherhrnet_hrnet-w32_coco-512x512.py'

input_size = (640, 640)
codec = dict(input_size=input_size)
model = dict(head=dict(decoder=dict(input_size=input_size)))

train_pipeline = _base_.train_pipeline
train_pipeline[1].update(input_size=input_size)
train_pipeline[3].encoder.update(input_size=input_size)
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)

train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

# Eight GPUs.
auto_scale_lr = dict(base_batch_size=128)
