# Eight GPUs of eight images.
_base_ = './lrfg-s6-detector_1xb16-80e_coco-960.py'

optim_wrapper = dict(accumulative_counts=1)
train_dataloader = dict(batch_size=8)
