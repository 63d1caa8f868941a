"""EfficientHRNet-H0: Neff et al., "EfficientHRNet", 2020: HigherHRNet on EfficientNet-B0."""

from collections import OrderedDict
from functools import partial

from mmcv.cnn import ConvModule
from mmpose.models.backbones.hrnet import HRModule
from mmpose.models.backbones.resnet import BasicBlock
from torch import Tensor, nn
from torchvision.models import efficientnet_b0

from mmpose_lrfg.models.heads import HigherHRHead

WIDTHS = (32, 64, 128, 256)
TAKEN = {2: 24, 3: 40, 5: 112, 7: 320}  # EfficientNet's stages at strides 4, 8, 16, 32: channels
MODULES = (1, 4, 3)  # of the stages with 2, 3 and 4 branches
BLOCKS = 2  # of a branch in each module; HRNet has four

conv = partial(ConvModule, kernel_size=3, padding=1, norm_cfg=dict(type='BN'))


class EfficientHRNet(nn.Module):
    """HRNet's branches at strides 4 to 32, each begun by a map of EfficientNet-B0.

    Every branch passes a 3x3 convolution before each stage. The last stage gives its finest branch
    alone.
    """

    def __init__(self):
        super().__init__()
        # Without the last 1x1 convolution and the classifier.
        self.features = efficientnet_b0(weights=None).features[:8]
        self.enter = nn.ModuleList(conv(c, w) for c, w in zip(TAKEN.values(), WIDTHS))
        # Before the stages with three and four branches, for those that are there already.
        self.between = nn.ModuleList(
            nn.ModuleList(conv(w, w) for w in WIDTHS[:count]) for count in (2, 3)
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(_module(branches, i == modules - 1) for i in range(modules)))
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


def _module(branches: int, last: bool) -> HRModule:
    widths = list(WIDTHS[:branches])
    several = branches < len(WIDTHS) or not last
    return HRModule(
        branches, BasicBlock, [BLOCKS] * branches, widths, list(widths), multiscale_output=several
    )


def efficient_hrnet_h0() -> nn.Sequential:
    """The whole network with HigherHRNet's head: two scales of heatmaps, tags on the coarser."""
    head = HigherHRHead(WIDTHS[0], 17, deconv_channels=WIDTHS[:1], num_blocks=BLOCKS)
    return nn.Sequential(OrderedDict(backbone=EfficientHRNet(), head=head))
