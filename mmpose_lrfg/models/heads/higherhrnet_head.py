"""HigherHRNet: Cheng et al., CVPR 2020 (arXiv 1908.10357); MMPose 1.x has no such head."""

from collections.abc import Sequence

import torch
from mmengine.structures import PixelData
from mmpose.models.backbones.resnet import BasicBlock
from mmpose.models.heads import AssociativeEmbeddingHead
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


@MODELS.register_module()
class HigherHRHead(AssociativeEmbeddingHead):
    """Heatmaps on two scales and tags on the coarser one, from the finest map of a backbone.

    On each further scale, a deconvolution doubles the size of the features and outputs of the one
    before, and residual blocks follow (section 3.2). The names of the modules are those of the
    published checkpoints.

    Args:
        in_channels (int): Channels C of the backbone's finest map.
        num_keypoints (int): Keypoints K of a person.
        deconv_channels (Sequence[int]): Channels after each deconvolution, one for each further
            scale.
        num_blocks (int): Residual blocks after a deconvolution.
        keypoint_loss (dict): Config of the loss of the heatmaps, the same on all scales.
        tag_loss (dict): Config of the loss of the tags.
        decoder (dict, optional): Config of a codec that decodes heatmaps as large as the input.

    Raises:
        ValueError: If the decoder expects smaller heatmaps.

    Keys of ``test_cfg``: ``flip_test``, ``shift_heatmap``, ``align_corners``, ``output_heatmaps``
    (all False) and ``restore_heatmap_size`` (True): decode at the size of the input, as published,
    or at that of the finest heatmaps, which is faster.
    """

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        deconv_channels: Sequence[int] = (32,),
        num_blocks: int = 4,
        keypoint_loss: dict = dict(type='KeypointMSELoss'),
        tag_loss: dict = dict(type='AssociativeEmbeddingLoss', loss_weight=1e-3),
        decoder: dict | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(
            in_channels=in_channels,
            num_keypoints=num_keypoints,
            deconv_out_channels=None,
            final_layer=None,
            keypoint_loss=keypoint_loss,
            tag_loss=tag_loss,
            decoder=decoder,
            init_cfg=init_cfg,
        )
        if decoder is not None and (self.decoder.scale_factor != 1).any():
            raise ValueError('the decoder of HigherHRHead needs heatmap_size equal to input_size')
        # Not used here; deconv_layers are replaced below.
        del self.final_layer, self.conv_layers
        self.final_layers = nn.ModuleList([nn.Conv2d(in_channels, self.out_channels, 1)])
        self.deconv_layers = nn.ModuleList()
        channels = in_channels + self.out_channels
        for width in deconv_channels:
            blocks = (nn.Sequential(BasicBlock(width, width)) for _ in range(num_blocks))
            self.deconv_layers.append(
                nn.Sequential(self._make_deconv_layers(channels, [width], [4]), *blocks)
            )
            self.final_layers.append(nn.Conv2d(width, num_keypoints, 1))
            channels = width + num_keypoints

    def forward(self, feats: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """Run the head.

        Args:
            feats (Sequence[Tensor]): Maps of the backbone; the first, (N, C, H, W), is used.

        Returns:
            tuple[list[Tensor], Tensor]: Heatmaps (N, K, H, W), (N, K, 2 H, 2 W) and so on; tags
            (N, K, H, W).
        """
        features = feats[0]
        out = self.final_layers[0](features)
        heatmaps, tags = [out[:, : self.num_keypoints]], out[:, self.num_keypoints :]
        for deconv, final in zip(self.deconv_layers, self.final_layers[1:]):
            features = deconv(torch.cat([features, out], dim=1))
            out = final(features)
            heatmaps.append(out)
        return heatmaps, tags

    def loss(
        self, feats: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None = None
    ) -> dict[str, Tensor]:
        """Compute the losses of a batch (section 3.3).

        Args:
            feats (Sequence[Tensor]): As for :meth:`forward`.
            batch_data_samples (list[PoseDataSample]): With multilevel ``gt_fields``: ``heatmaps``
                (K, H_i, W_i) and, false where people are not annotated, ``heatmap_mask``
                (H_i, W_i); and with ``gt_instance_labels.keypoint_indices`` (people, K, 2).

        Returns:
            dict[str, Tensor]: ``loss_kpt_0`` (coarsest), ``loss_kpt_1`` ..., ``loss_pull``,
            ``loss_push``.
        """
        heatmaps, tags = self.forward(feats)
        losses = {}
        for level, predicted in enumerate(heatmaps):
            fields = [sample.gt_fields[level] for sample in batch_data_samples]
            target = torch.stack([field.heatmaps for field in fields])
            mask = None
            if 'heatmap_mask' in fields[0]:
                mask = torch.stack([field.heatmap_mask for field in fields])[:, None]
            losses[f'loss_kpt_{level}'] = self.loss_module.keypoint_loss(
                predicted, target, mask=mask
            )
        # That loss reads single elements, each of which would synchronise with the GPU.
        indices = [s.gt_instance_labels.keypoint_indices.cpu() for s in batch_data_samples]
        pull, push = self.loss_module.tag_loss(tags.float().contiguous(), indices)
        # It sums over images; the published weight of 0.001 is for their mean.
        losses['loss_pull'] = pull / len(indices)
        losses['loss_push'] = push / len(indices)
        return losses

    def predict(
        self, feats: Sequence, batch_data_samples: list, test_cfg: dict | None = None
    ) -> list | tuple[list, list]:
        """Predict the people of a batch, in pixels of the network's input.

        The parent's method ignores ``restore_heatmap_size`` without ``flip_test`` and refuses
        images of several sizes in a batch.

        Args:
            feats (Sequence): As for :meth:`forward`; with ``flip_test`` a pair of those, the
                second of the mirrored images.
            batch_data_samples (list[PoseDataSample]): N of them.

        Returns:
            list[InstanceData]: N times ``keypoints`` (M, K, 2), ``keypoint_scores`` (M, K) and
            ``bbox_scores`` (M,): NumPy arrays. With ``output_heatmaps`` a second list, of the
            decoded ``PixelData``.
        """
        cfg = test_cfg or {}
        meta = batch_data_samples[0].metainfo
        input_shape = tuple(meta.get('batch_input_shape') or meta['img_shape'])[:2]
        views = feats if cfg.get('flip_test', False) else [feats]
        heatmaps, tags, size = [], [], input_shape
        for outputs in self.forward_views(views, meta, cfg.get('shift_heatmap', False)):
            if not cfg.get('restore_heatmap_size', True):
                size = tuple(outputs[0][-1].shape[-2:])
            mean, resized = self.aggregate(*outputs, size, cfg.get('align_corners', False))
            heatmaps.append(mean)
            tags.append(resized)
        heatmaps, tags = torch.stack(heatmaps).mean(dim=0), torch.cat(tags, dim=1)
        people = self.decode((heatmaps.float(), tags.float()))
        height, width = input_shape
        for found in people:
            found.keypoints = found.keypoints * (width / size[1], height / size[0])
        if not cfg.get('output_heatmaps', False):
            return people
        fields = zip(heatmaps.detach(), tags.detach())
        return people, [PixelData(heatmaps=h, tags=t) for h, t in fields]

    def forward_views(self, views: Sequence, meta: dict, shift_heatmap: bool):
        """Yield the outputs for the images and, flipped back, for their mirror images."""
        yield self.forward(views[0])
        for mirrored in views[1:]:
            flip = meta['flip_indices']
            heatmaps, tags = self.forward(mirrored)
            heatmaps = [flip_heatmaps(h, flip, shift_heatmap=shift_heatmap) for h in heatmaps]
            yield heatmaps, self._flip_tags(tags, flip, shift_heatmap)

    @staticmethod
    def aggregate(
        heatmaps: Sequence[Tensor], tags: Tensor, size: tuple[int, int], align_corners: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Average the heatmaps at the finest scale; resize them and the tags to ``size``.

        Args:
            heatmaps (Sequence[Tensor]): (N, K, H_i, W_i), finest last (section 3.4).
            tags (Tensor): (N, T, H, W).
            size (tuple[int, int]): Height and width.

        Returns:
            tuple[Tensor, Tensor]: (N, K, *size) and (N, T, *size).
        """
        finest = tuple(heatmaps[-1].shape[-2:])

        def resize(maps: Tensor, to: tuple[int, int]) -> Tensor:
            if tuple(maps.shape[-2:]) == to:
                return maps
            return F.interpolate(maps, size=to, mode='bilinear', align_corners=align_corners)

        mean = torch.stack([resize(maps, finest) for maps in heatmaps]).mean(dim=0)
        return resize(mean, size), resize(resize(tags, finest), size)
