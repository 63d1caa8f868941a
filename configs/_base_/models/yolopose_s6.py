# YOLO-Pose s6 as published: no attention, SPP inside the last stage of the backbone, a plain PANet.
_base_ = './lrfg_s6.py'

model = dict(
    backbone=dict(sca_stages=(), spp=dict(type='SPP')),
    neck=dict(spp=None, ghost=False, implicit=False),
    head=dict(
        # Reproduces YOLO-Pose's behaviour, including its known bugs (docs/yolopose.md); the weights
        # need the layout and were trained with the rest.
        head_module=dict(implicit=False, layout='concatenated'),
        single_class_score=True,
        unannotated_at_zero=True,
        on_conflict='last'))
