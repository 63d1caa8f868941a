# As lrfg-n6_2xb16-6e_coco-256.py, slower down, and scores learn to tell how good a pose is, not a box.
_base_ = './lrfg-n6_2xb16-6e_coco-256.py'

model = dict(head=dict(obj_target='oks'))

max_epochs = 11
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
