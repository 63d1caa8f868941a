# YOLO-Pose s6 as published: no attention, SPP inside the last stage of the backbone, a plain PANet.
_base_ = './lrfg_s6.py'

model = dict(
    backbone=dict(sca_stages=(), pyramid=dict(type='SPP')),
    neck=dict(pyramid=None, ghost=False, implicit=False),
    head=dict(
        # Where its behaviour is a flaw, this is the flaw (docs/yolopose.md); the weights need the
        # layout and were trained with the rest.
        head_module=dict(implicit=False, layout='concatenated'),
        single_class_score=True,
        unlabelled_at_zero=True,
        loss=dict(on_conflict='last')))
