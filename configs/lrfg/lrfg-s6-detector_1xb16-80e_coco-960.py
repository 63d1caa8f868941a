# Step 1 of 2 at 960 pixels; the checkpoint is load_from of lrfg-s6_1xb16-80e_coco-960.py.
_base_ = './lrfg-s6_1xb16-80e_coco-960.py'

# Box and objectness losses only; the keypoint branch keeps its initial weights.
model = dict(head=dict(loss_oks=dict(loss_weight=0.0), loss_vis=dict(loss_weight=0.0)))
train_dataloader = dict(dataset=dict(boxes_without_keypoints=True))
val_evaluator = dict(iou_type='bbox')
test_evaluator = val_evaluator
