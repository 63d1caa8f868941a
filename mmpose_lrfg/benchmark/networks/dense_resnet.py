"""ResNets that predict fields with one convolution: G-RMI, PersonLab, PifPaf."""

from mmpose.models.backbones import ResNet
from torch import Tensor, nn


class DenseResNet(nn.Module):
    """A ResNet without its classifier, with one 1x1 convolution on its last map.

    Args:
        depth (int): Layers of the ResNet.
        outputs (int): Channels predicted.
        output_stride (int): 8, 16 or 32: atrous convolutions instead of the last strides.
        shuffle (int): Sub-pixel upsampling after the convolution.
        stem_pool (bool): With the max pooling of the stem.
    """

    def __init__(
        self,
        depth: int,
        outputs: int,
        output_stride: int = 32,
        shuffle: int = 1,
        stem_pool: bool = True,
    ):
        super().__init__()
        strides, dilations = {
            8: ((1, 2, 1, 1), (1, 1, 2, 4)),
            16: ((1, 2, 2, 1), (1, 1, 1, 2)),
            32: ((1, 2, 2, 2), (1, 1, 1, 1)),
        }[output_stride]
        self.backbone = ResNet(depth, strides=strides, dilations=dilations, out_indices=(3,))
        if not stem_pool:
            self.backbone.maxpool = nn.Identity()
        self.predict = nn.Conv2d(2048, outputs * shuffle**2, 1)
        self.shuffle = nn.PixelShuffle(shuffle)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, outputs, h, w)."""
        return self.shuffle(self.predict(self.backbone(images)[-1]))


def g_rmi(keypoints: int = 17) -> DenseResNet:
    """Papandreou et al., "Towards Accurate Multi-person Pose Estimation in the Wild", CVPR 2017.

    ResNet-101 at stride 8; a heatmap and two offsets for each keypoint (section 3.2).
    """
    return DenseResNet(101, 3 * keypoints, output_stride=8)


def personlab(keypoints: int = 17) -> DenseResNet:
    """Papandreou et al., "PersonLab", ECCV 2018: ResNet-152.

    Heatmaps, short-range offsets, mid-range offsets along the edges of the kinematic tree in both
    directions, a segmentation and long-range offsets (section 3). The paper names several output
    strides; 16 here.
    """
    outputs = keypoints + 2 * keypoints + 4 * (keypoints - 1) + 1 + 2 * keypoints
    return DenseResNet(152, outputs, output_stride=16)


def pifpaf(keypoints: int = 17, limbs: int = 19) -> DenseResNet:
    """Kreiss et al., "PifPaf: Composite Fields for Human Pose Estimation", CVPR 2019.

    ResNet-152 without the stem's max pooling, so at stride 16, and sub-pixel convolutions to
    stride 8. Five components for each keypoint, seven for each limb (sections 3.2 and 3.3).
    """
    return DenseResNet(152, 5 * keypoints + 7 * limbs, shuffle=2, stem_pool=False)
