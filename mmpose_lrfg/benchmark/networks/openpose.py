"""OpenPose: Cao et al., "Realtime Multi-Person 2D Pose Estimation Using Part Affinity Fields",
CVPR 2017, figure 3. Two branches in six stages on the first ten layers of VGG-19.
"""

import torch
from torch import Tensor, nn
from torchvision.models import vgg19


def stage(in_channels: int, out_channels: int, kernel: int, depth: int, wide: int) -> nn.Sequential:
    """``depth`` convolutions of 128 channels, a 1x1 of ``wide``, a 1x1 to the output."""
    layers, channels = [], in_channels
    for _ in range(depth):
        layers += [nn.Conv2d(channels, 128, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
        channels = 128
    layers += [nn.Conv2d(128, wide, 1), nn.ReLU(inplace=True), nn.Conv2d(wide, out_channels, 1)]
    return nn.Sequential(*layers)


class OpenPose(nn.Module):
    """Confidence maps (19) and part affinity fields (38) at stride 8."""

    def __init__(self, stages: int = 6, maps: int = 19, fields: int = 38):
        super().__init__()
        # Up to and with conv4_2.
        self.features = vgg19(weights=None).features[:23]
        self.reduce = nn.Sequential(
            nn.Conv2d(512, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 128, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        joined = 128 + maps + fields

        def branch(outputs: int) -> nn.ModuleList:
            later = (stage(joined, outputs, 7, 5, 128) for _ in range(stages - 1))
            return nn.ModuleList([stage(128, outputs, 3, 3, 512), *later])

        self.maps, self.fields = branch(maps), branch(fields)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) -> (N, 19, H / 8, W / 8) and (N, 38, H / 8, W / 8)."""
        features = self.reduce(self.features(images))
        joined = features
        for to_maps, to_fields in zip(self.maps, self.fields):
            maps, fields = to_maps(joined), to_fields(joined)
            joined = torch.cat([features, maps, fields], dim=1)
        return maps, fields
