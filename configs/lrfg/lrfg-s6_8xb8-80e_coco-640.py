# Eight GPUs of eight images.
_base_ = './lrfg-s6_2xb32-80e_coco-640.py'

train_dataloader = dict(batch_size=8)
