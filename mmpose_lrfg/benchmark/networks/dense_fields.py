"""Networks that predict dense fields: G-RMI, PersonLab, PifPaf on ResNets, and OpenPose."""

import torch
from mmpose.models.backbones import ResNet
from torch import Tensor, nn
from torchvision.models import vgg19

KEYPOINTS, LIMBS = 17, 19


class DenseResNet(nn.Module):
    """A ResNet without its classifier, with one 1x1 convolution on its last map.

    Args:
        depth (int): Layers of the ResNet.
        outputs (int): Channels predicted.
        dilations (Sequence[int]): Of the four stages; they replace the strides of 2.
        shuffle (int): Factor of sub-pixel upsampling after the convolution.
        stem_pool (bool): With the max pooling of the stem.
    """

    def __init__(self, depth: int, outputs: int, dilations=(1, 1, 1, 1), shuffle=1, stem_pool=True):
        super().__init__()
        strides = [1, *(2 if dilation == 1 else 1 for dilation in dilations[1:])]
        self.backbone = ResNet(depth, strides=strides, dilations=dilations, out_indices=(3,))
        if not stem_pool:
            self.backbone.maxpool = nn.Identity()
        self.predict = nn.Conv2d(2048, outputs * shuffle**2, 1)
        self.shuffle = nn.PixelShuffle(shuffle)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, outputs, h, w)."""
        return self.shuffle(self.predict(self.backbone(images)[-1]))


def g_rmi() -> DenseResNet:
    """Papandreou et al., "Towards Accurate Multi-person Pose Estimation in the Wild", CVPR 2017.

    ResNet-101 at stride 8; a heatmap and two offsets for each keypoint (section 3.2).
    """
    return DenseResNet(101, 3 * KEYPOINTS, dilations=(1, 1, 2, 4))


def personlab() -> DenseResNet:
    """Papandreou et al., "PersonLab", ECCV 2018: ResNet-152.

    Heatmaps, short-range offsets, mid-range offsets along the edges of the kinematic tree in both
    directions, a segmentation and long-range offsets (section 3). Of the paper's output strides,
    16 is used.
    """
    outputs = KEYPOINTS + 2 * KEYPOINTS + 4 * (KEYPOINTS - 1) + 1 + 2 * KEYPOINTS
    return DenseResNet(152, outputs, dilations=(1, 1, 1, 2))


def pifpaf() -> DenseResNet:
    """Kreiss et al., "PifPaf: Composite Fields for Human Pose Estimation", CVPR 2019.

    ResNet-152 without the stem's max pooling, so at stride 16, and sub-pixel convolutions to
    stride 8. Five components for each keypoint, seven for each limb (sections 3.2 and 3.3).
    """
    return DenseResNet(152, 5 * KEYPOINTS + 7 * LIMBS, shuffle=2, stem_pool=False)


class OpenPose(nn.Module):
    """Cao et al., "Realtime Multi-Person 2D Pose Estimation Using Part Affinity Fields", CVPR 2017.

    Confidence maps (19) and part affinity fields (38) at stride 8: two branches in six stages on
    the first ten layers of VGG-19 (figure 3).
    """

    def __init__(self):
        super().__init__()
        self.features = vgg19(weights=None).features[:23]  # up to and with conv4_2
        self.reduce = nn.Sequential(*_conv_relu(512, 256, 3), *_conv_relu(256, 128, 3))
        self.maps, self.fields = _branch(19), _branch(38)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) -> (N, 19, H / 8, W / 8) and (N, 38, H / 8, W / 8)."""
        features = self.reduce(self.features(images))
        joined = features
        for to_maps, to_fields in zip(self.maps, self.fields):
            maps, fields = to_maps(joined), to_fields(joined)
            joined = torch.cat([features, maps, fields], dim=1)
        return maps, fields


def _conv_relu(in_channels: int, out_channels: int, kernel: int) -> list[nn.Module]:
    conv = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
    return [conv, nn.ReLU(inplace=True)]


def _branch(outputs: int) -> nn.ModuleList:
    later = (_stage(128 + 19 + 38, outputs, 7, 5, 128) for _ in range(5))
    return nn.ModuleList([_stage(128, outputs, 3, 3, 512), *later])


def _stage(in_channels: int, out_channels: int, kernel: int, depth: int, wide: int):
    """``depth`` convolutions of 128 channels, a 1x1 of ``wide``, a 1x1 to the output."""
    layers = _conv_relu(in_channels, 128, kernel)
    for _ in range(depth - 1):
        layers += _conv_relu(128, 128, kernel)
    return nn.Sequential(*layers, *_conv_relu(128, wide, 1), nn.Conv2d(wide, out_channels, 1))
