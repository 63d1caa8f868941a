# After lrfg-n6_2xb8-7e_coco-256.py, whose checkpoint goes to load_from: people turned and cut off more
# than in the photographs, because they have all been seen often, and larger batches.
_base_ = './lrfg-n6_2xb8-17e_coco-192.py'

near = dict(
    type='PeopleGrid',
    input_size={{_base_.input_size}},
    load=[{{_base_.load_image}}],
    grids=(1, 3, 1),
    focus=(0.45, 1.3),
    focus_prob=0.85,
    shift=0.15,
    rotate=30.0,
    shear=4.0,
    hsv=(0.02, 0.7, 0.5))
train_pipeline = [near, {{_base_.targets}}, {{_base_.pack}}]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))

# Published weights have no layer of heatmaps: it catches up while the others' rate is still low.
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'head.auxiliary': dict(lr_mult=10.0)}))

max_epochs = 12
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
