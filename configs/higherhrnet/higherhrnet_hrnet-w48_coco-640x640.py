# The wider backbone: 63.8 M parameters, AP 69.9 in the paper.
_base_ = './higherhrnet_hrnet-w32_coco-640x640.py'

model = dict(
    backbone=dict(
        extra=dict(
            stage2=dict(num_channels=(48, 96)),
            stage3=dict(num_channels=(48, 96, 192)),
            stage4=dict(num_channels=(48, 96, 192, 384))),
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmpose/pretrain_models/'
            'hrnet_w48-8ef0771d.pth')),
    head=dict(in_channels=48, deconv_channels=(48,)))

train_dataloader = dict(batch_size=10)
# Eight GPUs.
auto_scale_lr = dict(base_batch_size=80)
