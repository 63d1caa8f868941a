"""The layers of the YOLO-Pose head: Maji et al., CVPRW 2022; implicit vectors: paper, II.C."""

import math
from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.models.layers import ImplicitAdd, ImplicitMultiply
from mmpose_lrfg.models.layers.common import ACT_CFG, NORM_CFG, scale_width
from mmpose_lrfg.models.task_modules import encode_keypoints


@MODELS.register_module()
class YOLOPoseHeadModule(BaseModule):
    """A box branch (1x1) and a keypoint branch (depthwise 3x3 and 1x1 in turn) on every level.

    Args:
        in_channels (Sequence[int]): Channels of the levels, finest first.
        num_keypoints (int): Keypoints K of an object.
        num_classes (int): Classes C.
        num_anchors (int): Anchors A of a cell.
        widen_factor (float): Multiplies ``in_channels``.
        keypoint_blocks (int): Depthwise 3x3 convolutions of the keypoint branch; 0 leaves one 1x1
            (the lite variants of YOLO-Pose).
        implicit (bool): Add an implicit vector before the last convolution of the keypoint branch
            (the neck adds one before the box branch) and multiply one into both outputs.
        layout (str): ``'per_anchor'``: the box branch predicts the boxes of all anchors, the
            keypoint branch their keypoints. ``'concatenated'``: both outputs are concatenated
            before they are split into anchors, so that the boxes of all but the first anchor come
            from the keypoint branch, as in YOLO-Pose.
        strides (Sequence[int]): Strides of the levels in pixels; they set the initial objectness.

    Raises:
        ValueError: If ``layout`` is unknown.
    """

    def __init__(
        self,
        in_channels: Sequence[int] = (256, 512, 768, 1024),
        num_keypoints: int = 17,
        num_classes: int = 1,
        num_anchors: int = 3,
        widen_factor: float = 0.5,
        keypoint_blocks: int = 6,
        implicit: bool = True,
        layout: str = 'per_anchor',
        strides: Sequence[int] = (8, 16, 32, 64),
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if layout not in ('per_anchor', 'concatenated'):
            raise ValueError(f"layout must be 'per_anchor' or 'concatenated', got {layout!r}")
        self.cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.layout = layout
        self.num_anchors = num_anchors
        self.num_classes = num_classes
        self.strides = tuple(strides)
        self.num_box_outputs = 5 + num_classes
        self.num_outputs = self.num_box_outputs + 3 * num_keypoints
        box_channels = num_anchors * self.num_box_outputs
        keypoint_channels = num_anchors * 3 * num_keypoints
        widths = [scale_width(c, widen_factor) for c in in_channels]

        self.boxes = nn.ModuleList(nn.Conv2d(c, box_channels, 1) for c in widths)
        self.keypoint_features = nn.ModuleList(
            self.build_keypoint_features(c, keypoint_blocks) for c in widths
        )
        self.keypoints = nn.ModuleList(nn.Conv2d(c, keypoint_channels, 1) for c in widths)

        def implicit_or_identity(kind, channels):
            return nn.ModuleList(kind(c) if implicit else nn.Identity() for c in channels)

        levels = len(widths)
        self.keypoints_add = implicit_or_identity(ImplicitAdd, widths)
        self.keypoints_multiply = implicit_or_identity(
            ImplicitMultiply, [keypoint_channels] * levels
        )
        self.boxes_multiply = implicit_or_identity(ImplicitMultiply, [box_channels] * levels)
        self.reset_output_biases()

    def build_keypoint_features(self, channels: int, blocks: int) -> nn.Sequential:
        """Build ``blocks`` depthwise 3x3 convolutions with 1x1 convolutions between them."""
        layers = []
        for index in range(blocks):
            if index > 0:
                layers.append(ConvModule(channels, channels, 1, **self.cfg))
            layers.append(ConvModule(channels, channels, 3, padding=1, groups=channels, **self.cfg))
        return nn.Sequential(*layers)

    def reset_output_biases(self) -> None:
        """Initialise the objectness for 8 objects in an image of 640 x 640 pixels.

        Focal loss, Lin et al. 2017, section 4.1.
        """
        for conv, stride in zip(self.boxes, self.strides):
            bias = conv.bias.detach().view(self.num_anchors, self.num_box_outputs)
            bias[:, 4] = math.log(8 / (640 / stride) ** 2)
            bias[:, 5:] = math.log(0.6 / (self.num_classes - 0.99))

    @torch.no_grad()
    def start_keypoints_at(self, level: int, points: Tensor) -> None:
        """Initialise a level to predict nearly the same keypoints in every cell.

        Args:
            level (int): Index of the level, finest first.
            points (Tensor): (A, K, 2) keypoints in cells, relative to the centre of the cell.
        """
        visibilities = points.new_full(points.shape[:2], 0.5)
        raw = encode_keypoints(points + 0.5, visibilities, points.new_zeros(2), 1).flatten(1)
        # Indices of the output channels, boxes' first, in the order of the layout.
        branches = (
            (self.boxes[level], self.boxes_multiply[level]),
            (self.keypoints[level], self.keypoints_multiply[level]),
        )
        sizes = [conv.out_channels for conv, _ in branches]
        channels = torch.arange(sum(sizes)).view(1, -1, 1, 1).split(sizes, dim=1)
        channel = self.join(*channels)[0, :, 0, 0, self.num_box_outputs :]  # (A, 3 K)
        first = 0
        for conv, multiply in branches:
            here = (channel >= first) & (channel < first + conv.out_channels)
            rows = channel[here] - first
            factor = 1
            if isinstance(multiply, ImplicitMultiply):
                factor = multiply.vector.flatten()[rows]
            conv.weight[rows] *= 0.05  # their output would exceed the differences between people
            conv.bias[rows] = raw[here] / factor
            first += conv.out_channels

    def init_weights(self) -> None:
        """Initialise as configured; then set the biases of the outputs."""
        super().init_weights()
        self.reset_output_biases()

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Run the layers.

        Args:
            feats (Sequence[Tensor]): Maps, finest first, (N, C_i, H_i, W_i).

        Returns:
            tuple[Tensor, ...]: Per level raw predictions (N, A, H_i, W_i, 5 + C + 3 K): cx, cy, w,
            h, objectness, the classes and x, y, visibility of each keypoint, not decoded.
        """
        outs = []
        for i, feat in enumerate(feats):
            boxes = self.boxes_multiply[i](self.boxes[i](feat))
            feat = self.keypoints_add[i](self.keypoint_features[i](feat))
            keypoints = self.keypoints_multiply[i](self.keypoints[i](feat))
            outs.append(self.join(boxes, keypoints))
        return tuple(outs)

    def join(self, boxes: Tensor, keypoints: Tensor) -> Tensor:
        """(N, A (5 + C), H, W) and (N, A 3 K, H, W) -> (N, A, H, W, 5 + C + 3 K)."""
        n, _, height, width = boxes.shape
        shape = (n, self.num_anchors, -1, height, width)
        if self.layout == 'concatenated':
            joined = torch.cat([boxes, keypoints], dim=1).view(shape)
        else:
            joined = torch.cat([boxes.view(shape), keypoints.view(shape)], dim=2)
        return joined.permute(0, 1, 3, 4, 2)
