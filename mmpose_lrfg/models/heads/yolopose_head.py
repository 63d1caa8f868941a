"""The YOLO-Pose head: Maji et al., "YOLO-Pose", CVPRW 2022."""

from collections.abc import Sequence

import numpy as np
from mmengine.structures import InstanceData
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import MODELS, TASK_UTILS
from torch import Tensor

from mmpose_lrfg.models.task_modules import (
    COCO_ANCHORS,
    COCO_STRIDES,
    AnchorGenerator,
    PoseTargets,
)
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, read_metainfo

from . import postprocess
from .yolopose_losses import LOSSES, YOLOPoseLosses, build_loss

#: Keys of ``test_cfg`` and their defaults.
TEST_DEFAULTS = dict(
    score_thr=0.01, nms_thr=0.65, nms_pre=3000, max_per_img=100, wnms_thr=1.0, flip_test=False
)


@MODELS.register_module()
class YOLOPoseHead(YOLOPoseLosses, BaseHead):
    """Anchor-based one-stage pose head: every anchor predicts a box and its keypoints.

    Keypoints, sigmas and classes are those of ``metainfo`` unless given.

    Args:
        num_keypoints (int, optional): Keypoints K of an object.
        sigmas (Sequence[float], optional): Their K OKS sigmas.
        num_classes (int, optional): Classes C. Default: those of ``metainfo``, else 1.
        metainfo (dict | str, optional): Metainfo of the data set, or a file with it; the same as
            the data set's. Default: COCO's.
        head_module (dict): Config of the layers; numbers of keypoints, classes and anchors and the
            strides are filled in.
        anchors (Sequence): Per level, finest first, (width, height) of A anchors in pixels.
        strides (Sequence[int]): Strides of the levels in pixels.
        assigner (dict): Config of the assigner.
        loss_bbox, loss_obj, loss_cls, loss_oks, loss_vis (dict): Configs of the losses of boxes,
            objectness, classes (only with several), keypoints and visibilities; what they leave
            out is filled in from ``LOSSES``.
        obj_balance (Sequence[float]): Weight of the objectness loss on every level.
        obj_target (str): Target of the objectness of a positive sample: its ``'ciou'`` (YOLO-Pose)
            or its ``'oks'`` (as the scores of RTMO, Lu et al., CVPR 2024), for objects without a
            visible keypoint the CIoU.
        on_conflict (str): Target of an anchor that is a positive sample of two objects: the
            ``'max'`` quality, or that of the ``'last'`` object (YOLO-Pose; undefined on GPUs).
        level_means (bool): Mean over the positive samples of each level, summed over levels
            (YOLO-Pose). If False, one mean over all levels: smaller by about the number of levels,
            less noisy with few positive samples.
        batch_size (int, optional): Nominal batch size, a factor of all losses. Default: the actual
            one of all processes, which gives gradient accumulation less weight.
        scale_gains (bool): Rescale the loss weights as YOLO-Pose's training script does, see
            :func:`mmpose_lrfg.models.losses.gain_factors`.
        input_size (int, optional): Side of the square input, in pixels, for that rescaling.
            Default: the size of the batch.
        single_class_score (bool): With one class, multiply the score by the class probability,
            which is not trained, as YOLO-Pose does.
        unannotated_at_zero (bool): A keypoint at x = 0 counts as not visible whatever its
            visibility, as in YOLO-Pose.
        keypoint_prior (Sequence, optional): K (x, y) of a mean object, relative to the centre of
            its box in units of its sides. Training from scratch starts with every anchor
            predicting that pose in the anchor's size.
        auxiliary (dict, optional): Config of a branch for training only (``AuxiliaryHeatmaps``).

    Raises:
        ValueError: If ``sigmas`` or ``keypoint_prior`` differ in length from the keypoints, or an
            option has an unknown value.

    Keys of ``test_cfg``: ``score_thr`` (0.01), ``nms_thr`` (IoU, 0.65), ``nms_pre`` (3000),
    ``max_per_img`` (100), ``wnms_thr`` (IoU of weighted NMS, see
    :func:`.postprocess.weighted_means`; 1: off) and ``flip_test`` (False).
    """

    def __init__(
        self,
        num_keypoints: int | None = None,
        sigmas: Sequence[float] | None = None,
        head_module: dict = dict(type='YOLOPoseHeadModule'),
        num_classes: int | None = None,
        metainfo: dict | str | None = None,
        anchors: Sequence = COCO_ANCHORS,
        strides: Sequence[int] = COCO_STRIDES,
        assigner: dict = dict(type='AnchorRatioAssigner'),
        loss_bbox: dict = LOSSES['loss_bbox'],
        loss_obj: dict = LOSSES['loss_obj'],
        loss_cls: dict = LOSSES['loss_cls'],
        loss_oks: dict = LOSSES['loss_oks'],
        loss_vis: dict = LOSSES['loss_vis'],
        obj_balance: Sequence[float] = (4.0, 1.0, 0.25, 0.06),
        obj_target: str = 'ciou',
        on_conflict: str = 'max',
        level_means: bool = True,
        batch_size: int | None = None,
        scale_gains: bool = True,
        input_size: int | None = None,
        single_class_score: bool = False,
        unannotated_at_zero: bool = False,
        keypoint_prior: Sequence | None = None,
        auxiliary: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        for name, value, known in (
            ('obj_target', obj_target, ('ciou', 'oks')),
            ('on_conflict', on_conflict, ('max', 'last')),
        ):
            if value not in known:
                raise ValueError(f'{name} must be {known[0]!r} or {known[1]!r}, got {value!r}')
        self.set_schema(num_keypoints, sigmas, num_classes, metainfo)
        if keypoint_prior is not None and np.shape(keypoint_prior) != (self.num_keypoints, 2):
            raise ValueError(
                f'keypoint_prior must be (x, y) of {self.num_keypoints} keypoints, got the shape '
                f'{np.shape(keypoint_prior)}'
            )
        self.obj_balance = tuple(obj_balance)
        self.obj_target = obj_target
        self.on_conflict = on_conflict
        self.level_means = level_means
        self.batch_size = batch_size
        self.scale_gains = scale_gains
        self.input_size = input_size
        self.single_class_score = single_class_score
        self.unannotated_at_zero = unannotated_at_zero
        self.keypoint_prior = keypoint_prior
        self.train_cfg = train_cfg or {}
        self.test_cfg = test_cfg or {}

        self.anchors = AnchorGenerator(anchors, strides)
        derived = dict(
            num_keypoints=self.num_keypoints,
            num_classes=self.num_classes,
            num_anchors=self.anchors.num_anchors,
            strides=tuple(strides),
        )
        self.head_module = MODELS.build({**derived, **head_module})
        self.assigner = TASK_UTILS.build({'type': 'AnchorRatioAssigner', **assigner})
        self.loss_bbox = build_loss('loss_bbox', loss_bbox)
        self.loss_obj = build_loss('loss_obj', loss_obj)
        self.loss_cls = build_loss('loss_cls', loss_cls)
        self.loss_oks = build_loss('loss_oks', {'sigmas': self.sigmas, **loss_oks})
        self.loss_vis = build_loss('loss_vis', loss_vis)
        self.auxiliary = auxiliary and MODELS.build(
            {'sigmas': self.sigmas, 'stride': strides[0], **auxiliary}
        )

    def set_schema(self, num_keypoints, sigmas, num_classes, metainfo) -> None:
        """Set keypoints, sigmas and classes from ``metainfo`` unless given."""
        if isinstance(metainfo, str):
            metainfo = dict(from_file=metainfo)
        meta = read_metainfo(COCO_METAINFO if metainfo is None else metainfo)
        self.sigmas = tuple(float(s) for s in (meta['sigmas'] if sigmas is None else sigmas))
        self.num_keypoints = meta['num_keypoints'] if num_keypoints is None else num_keypoints
        if len(self.sigmas) != self.num_keypoints:
            raise ValueError(
                f'{len(self.sigmas)} sigmas for {self.num_keypoints} keypoints; set metainfo of '
                'the head, or sigmas'
            )
        names = tuple(meta['keypoint_id2name'][i] for i in range(meta['num_keypoints']))
        self.keypoint_names = names if len(names) == self.num_keypoints else ()
        classes = len(meta.get('classes', ())) or 1
        self.num_classes = classes if num_classes is None else num_classes

    def init_weights(self) -> None:
        """Initialise as configured; with a prior, every anchor starts by predicting it."""
        super().init_weights()
        if self.keypoint_prior is not None:
            prior = self.anchors.sizes.new_tensor(self.keypoint_prior)
            for level in range(len(self.anchors.strides)):
                points = prior * self.anchors.in_cells(level)[:, None]  # (A, K, 2), in cells
                self.head_module.start_keypoints_at(level, points)

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps, finest first, (N, C_i, H_i, W_i) -> raw (N, A, H_i, W_i, 5 + C + 3 K)."""
        return self.head_module(feats)

    def loss(
        self, feats: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None = None
    ) -> dict[str, Tensor]:
        """Compute the losses of a batch.

        Args:
            feats (Sequence[Tensor]): Per level (N, C_i, H_i, W_i).
            batch_data_samples (list[PoseDataSample]): See :meth:`.PoseTargets.from_samples`.
        """
        targets = self.get_targets(batch_data_samples)
        on_device = targets.to(feats[0].device)
        losses = self.loss_by_feat(self(feats), targets, on_device)
        if self.auxiliary:
            weight = self.nominal_batch_size(len(feats[0]))
            losses['loss_aux'] = weight * self.auxiliary.loss(feats[0], on_device)
        return losses

    def get_targets(self, batch_data_samples: list) -> PoseTargets:
        """Concatenate the objects of a batch, on the device of the labels."""
        return PoseTargets.from_samples(
            batch_data_samples, self.num_keypoints, self.unannotated_at_zero
        )

    def decode(self, preds: Sequence[Tensor]) -> Tensor:
        """Decode every anchor: (N, anchors of all levels, 5 + C + 3 K), in pixels."""
        return postprocess.decode_dense(preds, self.anchors, self.num_classes)

    def predict(
        self, feats: Sequence, batch_data_samples: list, test_cfg: dict | None = None
    ) -> list[InstanceData]:
        """Predict the objects of a batch, best first, in pixels of the network's input.

        Args:
            feats (Sequence): Per level (N, C_i, H_i, W_i); with ``flip_test`` a pair of those, the
                second of the mirrored images.
            batch_data_samples (list[PoseDataSample]): N samples.

        Returns:
            list[InstanceData]: N times ``bboxes`` (M, 4) as x1, y1, x2, y2, ``bbox_scores``,
            ``labels`` (M,), ``keypoints`` (M, K, 2), ``keypoint_scores`` (M, K): NumPy arrays.
        """
        cfg = self.test_settings(test_cfg)
        metas = [sample.metainfo for sample in batch_data_samples]
        args = (self.anchors, self.num_classes, cfg.pop('score_thr'), self.single_class_score)
        if cfg.pop('flip_test'):
            preds, flipped = (self(f) for f in feats)
            rows, images = postprocess.find_flipped_candidates(
                preds, flipped, metas[0]['flip_indices'], *args
            )
        else:
            rows, images = postprocess.find_candidates(self(feats), *args)
        return [
            postprocess.to_instances(postprocess.nms(rows[images == i], **cfg), meta['input_size'])
            for i, meta in enumerate(metas)
        ]

    def test_settings(self, test_cfg: dict | None = None) -> dict:
        """Return all of ``TEST_DEFAULTS``, replaced by the head's and by the given ``test_cfg``."""
        settings = {**TEST_DEFAULTS, **self.test_cfg, **(test_cfg or {})}
        return {name: settings[name] for name in TEST_DEFAULTS}
