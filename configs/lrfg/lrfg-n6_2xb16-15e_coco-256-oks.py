# After itself or lrfg-n6_2xb16-11e_coco-256-oks.py, whose checkpoint goes to load_from: the rate up and
# down again, longer.
_base_ = './lrfg-n6_2xb16-11e_coco-256-oks.py'

max_epochs = 15
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
