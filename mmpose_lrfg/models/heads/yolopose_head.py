"""The YOLO-Pose head in MMPose: from features to losses, and from features to people."""

from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import MODELS
from torch import Tensor

from mmpose_lrfg.models.losses import PoseTargets
from mmpose_lrfg.models.task_modules import COCO_ANCHORS, COCO_STRIDES, AnchorGrid

from . import postprocess

# What test_cfg may say, and what holds where it is silent.
TEST_DEFAULTS = dict(
    score_thr=0.01, nms_thr=0.65, nms_pre=3000, max_per_img=100, merge_thr=1.0, flip_test=False
)


@MODELS.register_module()
class YOLOPoseHead(BaseHead):
    """Anchor-based one-stage pose head: every anchor predicts a box and all its keypoints.

    Args:
        num_keypoints (int): Keypoints K of an object.
        sigmas (Sequence[float]): Their K standard deviations, as in OKS.
        head_module (dict): Config of the layers; what follows from the other arguments (numbers
            of keypoints, classes and anchors, strides) is filled in.
        num_classes (int): Classes C.
        anchors (Sequence): Per level, finest first, (width, height) of A anchors in pixels.
        strides (Sequence[int]): Strides of the levels in pixels.
        loss (dict): Config of the loss.
        single_class_score (bool): With one class, multiply the score by that class's (untrained)
            probability, as YOLO-Pose does.
        unlabelled_at_zero (bool): A keypoint at x = 0 counts as not labelled whatever its
            visibility says, as in YOLO-Pose, which has no other mark.

        keypoint_prior (Sequence, optional): K (x, y) of a mean object, in parts of its box from
            the box's centre. Training from scratch then starts with every anchor predicting that
            pose in its own size, instead of spending its first thousands of images on it.
        auxiliary (dict, optional): Config of a branch that is trained beside the head and left
            out of predictions (``AuxiliaryHeatmaps``).

    Raises:
        ValueError: If ``sigmas`` or ``keypoint_prior`` are not one for each keypoint.

    ``test_cfg`` knows ``score_thr`` (0.01), ``nms_thr`` (0.65, IoU), ``nms_pre`` (3000),
    ``max_per_img`` (100), ``merge_thr`` (1: off; IoU above which candidates are merged into the
    people kept, see :func:`.postprocess.merge`) and ``flip_test`` (False).
    """

    def __init__(
        self,
        num_keypoints: int,
        sigmas: Sequence[float],
        head_module: dict = dict(type='YOLOPoseHeadModule'),
        num_classes: int = 1,
        anchors: Sequence = COCO_ANCHORS,
        strides: Sequence[int] = COCO_STRIDES,
        loss: dict = dict(type='YOLOPoseLoss'),
        single_class_score: bool = False,
        unlabelled_at_zero: bool = False,
        keypoint_prior: Sequence | None = None,
        auxiliary: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if len(sigmas) != num_keypoints:
            raise ValueError(f'{len(sigmas)} sigmas for {num_keypoints} keypoints')
        if keypoint_prior is not None and len(keypoint_prior) != num_keypoints:
            raise ValueError(
                f'{len(keypoint_prior)} points of a prior for {num_keypoints} keypoints'
            )
        self.keypoint_prior = keypoint_prior
        self.num_keypoints = num_keypoints
        self.num_classes = num_classes
        self.single_class_score = single_class_score
        self.unlabelled_at_zero = unlabelled_at_zero
        self.train_cfg = train_cfg or {}
        self.test_cfg = test_cfg or {}
        self.anchors = AnchorGrid(anchors, strides)
        follows = dict(
            num_keypoints=num_keypoints,
            num_classes=num_classes,
            num_anchors=self.anchors.num_anchors,
            strides=tuple(strides),
        )
        self.head_module = MODELS.build({**follows, **head_module})
        loss = dict(loss)
        loss_keypoints = dict(type='KeypointOKSLoss', loss_weight=0.10)
        loss['loss_keypoints'] = {
            'sigmas': tuple(sigmas),
            **loss_keypoints,
            **loss.get('loss_keypoints', {}),
        }
        self.criterion = MODELS.build(loss)
        self.auxiliary = auxiliary and MODELS.build({'sigmas': tuple(sigmas), **auxiliary})

    def init_weights(self) -> None:
        """Initialise as configured; with a prior, every anchor starts by predicting it."""
        super().init_weights()
        if self.keypoint_prior is not None:
            prior = self.anchors.sizes.new_tensor(self.keypoint_prior)
            for level in range(len(self.anchors.strides)):
                points = prior * self.anchors.in_cells(level)[:, None]  # (A, K, 2), in cells
                self.head_module.start_keypoints_at(level, points)

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps, finest first, (N, C_i, H_i, W_i) -> raw outputs (N, A, H_i, W_i, 5 + C + 3 K)."""
        return self.head_module(feats)

    def loss(
        self, feats: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None = None
    ) -> dict[str, Tensor]:
        """Losses of a batch.

        Args:
            feats (Sequence[Tensor]): Per level (N, C_i, H_i, W_i).
            batch_data_samples (list[PoseDataSample]): With ``gt_instance_labels`` (bboxes as x1,
                y1, x2, y2, labels, keypoints, keypoints_visible) in pixels of the input.
        """
        targets = self.collect_targets(batch_data_samples)
        losses = self.criterion(self(feats), targets, self.anchors, self.num_classes)
        if self.auxiliary:
            scale = self.criterion.scale(len(feats[0]))
            here = targets.to(feats[0].device)
            losses['loss_aux'] = scale * self.auxiliary.loss(feats[0], here)
        return losses

    def collect_targets(self, batch_data_samples: list, device=None) -> PoseTargets:
        """All objects of a batch in one list, on a device (default: where the labels are)."""
        instances = [sample.gt_instance_labels for sample in batch_data_samples]

        def gather(name: str, *shape: int) -> Tensor:
            fields = [torch.as_tensor(i[name]).reshape(-1, *shape) for i in instances]
            return torch.cat(fields).to(device)

        corners = gather('bboxes', 4).float()
        counts = torch.tensor([len(i.bboxes) for i in instances])
        images = torch.arange(len(instances)).repeat_interleave(counts).to(corners.device)
        boxes = torch.cat(
            [(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], dim=1
        )
        keypoints = gather('keypoints', self.num_keypoints, 2).float()
        visible = gather('keypoints_visible', self.num_keypoints)
        labelled = visible > 0
        if self.unlabelled_at_zero:
            labelled &= keypoints[..., 0] != 0
        # A box without extent cannot be compared by ratios, nor learnt.
        solid = (boxes[:, 2:] > 0).all(dim=1)
        return PoseTargets(
            images=images[solid],
            labels=gather('labels').long()[solid],
            boxes=boxes[solid],
            keypoints=keypoints[solid],
            labelled=labelled[solid],
            annotated=(visible >= 0).all(dim=1)[solid],
        )

    def decode(self, raws: Sequence[Tensor]) -> Tensor:
        """Raw outputs -> every anchor decoded, (N, anchors in all, 5 + C + 3 K), in pixels."""
        return postprocess.decode_dense(raws, self.anchors, self.num_classes)

    def predict(
        self, feats: Sequence, batch_data_samples: list, test_cfg: dict | None = None
    ) -> list[InstanceData]:
        """People of a batch, best first, in pixels of the network's input.

        Args:
            feats (Sequence): Per level (N, C_i, H_i, W_i); with ``flip_test`` a pair of those, the
                second of the mirrored images.
            batch_data_samples (list[PoseDataSample]): N of them.

        Returns:
            list[InstanceData]: N times ``bboxes`` (M, 4) as x1, y1, x2, y2, ``bbox_scores``,
            ``labels`` (M,), ``keypoints`` (M, K, 2), ``keypoint_scores`` (M, K): NumPy arrays.
        """
        thresholds = self.test_settings(test_cfg)
        score_thr, flip_test = thresholds.pop('score_thr'), thresholds.pop('flip_test')
        metas = [sample.metainfo for sample in batch_data_samples]
        if flip_test:
            candidates = self.predict_flipped(feats, metas[0], score_thr)
        else:
            candidates = postprocess.find_candidates(
                self(feats), self.anchors, self.num_classes, score_thr, self.single_class_score
            )
        people = postprocess.suppress(candidates, num_images=len(metas), **thresholds)
        return [self.to_instances(found, meta) for found, meta in zip(people, metas)]

    def test_settings(self, test_cfg: dict | None = None) -> dict:
        """All of ``TEST_DEFAULTS``, as ``test_cfg`` says, else the head's own, else as there."""
        chosen = {**TEST_DEFAULTS, **self.test_cfg, **(test_cfg or {})}
        return {name: chosen[name] for name in TEST_DEFAULTS}

    def predict_flipped(self, feats: Sequence, meta: dict, score_thr: float):
        """Candidates from the averaged outputs for the images and their mirror images."""
        raws, flipped = (self(f) for f in feats)
        rows = postprocess.merge_flipped(
            raws,
            flipped,
            self.anchors,
            self.num_classes,
            meta['flip_indices'],
            width=raws[0].shape[3] * self.anchors.strides[0],
        )
        images = torch.arange(len(rows), device=rows.device).repeat_interleave(rows.shape[1])
        return postprocess.to_candidates(
            rows.flatten(0, 1).float(),
            images,
            self.num_classes,
            score_thr,
            self.single_class_score,
        )

    @staticmethod
    def to_instances(people: postprocess.Candidates, meta: dict) -> InstanceData:
        """What MMPose's estimators take from a head."""
        width, height = meta['input_size']
        limit = people.boxes.new_tensor([width, height, width, height])
        return InstanceData(
            scores=people.scores,
            bboxes=people.boxes.clamp(min=0).minimum(limit),
            bbox_scores=people.scores,
            labels=people.labels,
            keypoints=people.keypoints,
            keypoint_scores=people.visibilities,
            keypoints_visible=people.visibilities,
        ).numpy()
