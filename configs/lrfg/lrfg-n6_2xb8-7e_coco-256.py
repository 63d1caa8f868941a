# After lrfg-n6_2xb8-11e_coco-256.py, whose checkpoint goes to load_from: the rate up and down again.
_base_ = './lrfg-n6_2xb8-11e_coco-256.py'

# On 400 of the training photographs AP was 0.114, 0.116, 0.109 at 192, 256, 320: larger inputs hurt
# people who fill the photograph more than they help small ones.
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(
        type='BottomupResize',
        input_size={{_base_.input_size}},
        size_factor=64,
        pad_val=(114, 114, 114)),
    {{_base_.pack_test}},
]
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 7
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
