"""EfficientHRNet-H0: Neff et al., "EfficientHRNet", 2020: HigherHRNet on EfficientNet-B0."""

from functools import partial

from mmcv.cnn import ConvModule
from mmpose.models.backbones.hrnet import HRModule
from mmpose.models.backbones.resnet import BasicBlock
from mmpose.registry import MODELS
from torch import Tensor, nn
from torchvision.models import efficientnet_b0

from mmpose_lrfg.models.heads import HigherHRHead

WIDTHS = (32, 64, 128, 256)
TAKEN = {2: 24, 3: 40, 5: 112, 7: 320}  # EfficientNet's stages at strides 4, 8, 16, 32: channels
MODULES = (1, 4, 3)  # of the stages with 2, 3 and 4 branches


conv = partial(ConvModule, kernel_size=3, padding=1, norm_cfg=dict(type='BN'))


@MODELS.register_module()
class EfficientHRNet(nn.Module):
    """Branches at strides 4 to 32, each begun by a map of EfficientNet-B0.

    Args:
        blocks (int): Residual blocks of a branch in each module; the authors' configurations have
            two, where HRNet has four.

    The stages are HRNet's; the last gives its finest branch alone. Every branch passes a 3x3
    convolution before each stage.
    """

    def __init__(self, blocks: int = 2):
        super().__init__()
        # Without the last 1x1 convolution and the classifier.
        self.features = efficientnet_b0(weights=None).features[:8]
        self.enter = nn.ModuleList(conv(c, w) for c, w in zip(TAKEN.values(), WIDTHS))
        # Before the stages with three and four branches, for those that are there already.
        self.between = nn.ModuleList(
            nn.ModuleList(conv(w, w) for w in WIDTHS[:count]) for count in (2, 3)
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(_module(branches, blocks, i == modules - 1) for i in range(modules)))
            for branches, modules in zip((2, 3, 4), MODULES)
        )

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """(N, 3, H, W) -> (N, 32, H / 4, W / 4)."""
        taken, feat = [], images
        for index, layer in enumerate(self.features):
            feat = layer(feat)
            if index in TAKEN:
                taken.append(self.enter[len(taken)](feat))
        branches = self.stages[0](taken[:2])
        for stage, convs, new in zip(self.stages[1:], self.between, taken[2:]):
            branches = stage([*(c(b) for c, b in zip(convs, branches)), new])
        return (branches[0],)


def _module(branches: int, blocks: int, last: bool) -> HRModule:
    widths = list(WIDTHS[:branches])
    several = branches < len(WIDTHS) or not last
    return HRModule(
        branches, BasicBlock, [blocks] * branches, widths, list(widths), multiscale_output=several
    )


class EfficientHRNetH0(nn.Module):
    """The whole network with HigherHRNet's head: two scales of heatmaps, tags on the coarser."""

    def __init__(self, keypoints: int = 17, blocks: int = 2):
        super().__init__()
        self.backbone = EfficientHRNet(blocks)
        self.head = HigherHRHead(
            WIDTHS[0], keypoints, deconv_channels=WIDTHS[:1], num_blocks=blocks
        )

    def forward(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """(N, 3, H, W) -> heatmaps (N, K, H / 4, W / 4) and (N, K, H / 2, W / 2); tags."""
        return self.head(self.backbone(images))
