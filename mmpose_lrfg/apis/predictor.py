"""Poses of images by a network in PyTorch."""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmengine.structures import InstanceData
from mmpose.apis import init_model
from torch import nn

import mmpose_lrfg.register  # noqa: F401  registers our classes, for MMPose's own configs too
from mmpose_lrfg.checkpoints.loading import check_fits, find_checkpoint
from mmpose_lrfg.models.fuse import fuse
from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.runtime.metadata import RECOMMENDED, SCORE_THR
from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.config_values import check_values
from mmpose_lrfg.utils.configs import set_img_size
from mmpose_lrfg.utils.errors import UserError

AUTOCAST = dict(fp32=torch.float32, bf16=torch.bfloat16, fp16=torch.float16)
"""Types of the supported precisions."""


class PosePredictor:
    """Runs a one-stage pose estimator of MMPose on images.

    Args:
        model (nn.Module): As ``mmpose.apis.init_model`` returns it. It is not changed.
        score_thr (float, optional): Detections with a lower score are discarded (default: the
            config's threshold).
        batch_size (int): Images per forward pass.
        precision (str, optional): ``'bf16'`` or ``'fp16'``, computed by autocast (default: fp32).
        test_cfg: ``nms_thr``, ``flip_test`` and others of the network's ``test_cfg``; None leaves
            the config's value.

    Raises:
        UserError: If the model is top-down, network and data set have different keypoints, or an
            option is unknown or out of range.

    Examples:
        >>> predictor = PosePredictor.from_files('net8_lrfg', 'best.pth')
        >>> poses = predictor([cv2.imread('people.jpg')])[0]
        >>> cv2.imwrite('drawn.jpg', poses.draw(cv2.imread('people.jpg')))
    """

    def __init__(
        self,
        model: nn.Module,
        score_thr: float | None = None,
        batch_size: int = 8,
        precision: str | None = None,
        **test_cfg,
    ):
        if batch_size < 1:
            raise UserError(f'batch_size must be >= 1, got {batch_size}')
        if precision not in (None, *AUTOCAST):
            raise UserError(f'unknown precision {precision}; choose from {", ".join(AUTOCAST)}')
        if model.cfg.get('data_mode', 'bottomup') == 'topdown':
            raise UserError('the config is of a top-down model, which needs a detector of people')
        if score_thr is not None and not 0 <= score_thr <= 1:
            raise UserError(f'score_thr must be in 0..1, got {score_thr}')
        changes = {name: value for name, value in test_cfg.items() if value is not None}
        own = hasattr(model.head, 'test_settings')
        known = model.head.test_settings() if own else model.test_cfg
        self.recommended_score_thr = model.test_cfg.get(RECOMMENDED, SCORE_THR)
        if unknown := changes.keys() - known.keys():
            raise UserError(f'the test_cfg of the network has no {", ".join(sorted(unknown))}')
        if score_thr is not None and 'score_thr' in known:
            changes['score_thr'] = score_thr  # the head discards candidates early
        if changes:
            # The copy shares layers and weights.
            model = copy.copy(model)
            model.test_cfg = dict(model.test_cfg, **changes)
        self.model, self.score_thr, self.batch_size = model, score_thr, batch_size
        self.precision, self.options = precision, dict(precision=precision, **test_cfg)
        init_default_scope(model.cfg.get('default_scope', 'mmpose'))
        self.pipeline = Compose(test_transforms(model.cfg))
        self.skeleton = Skeleton.from_meta(model.dataset_meta)
        predicted = getattr(model.head, 'num_keypoints', len(self.skeleton))
        if predicted != len(self.skeleton):
            raise UserError(
                f'the network predicts {predicted} keypoints, but its data set has '
                f'{len(self.skeleton)}: set metainfo of train_dataloader.dataset in the config'
            )

    @classmethod
    def from_files(
        cls,
        config: str,
        checkpoint: str,
        device: str = 'cpu',
        img_size: Sequence[int] | None = None,
        **options,
    ) -> 'PosePredictor':
        """Create it from a config and a checkpoint.

        Args:
            config (str): A path, or a base name that is searched for.
            checkpoint (str): A path or a web address.
            device (str): 'cpu', 'cuda', 'cuda:1'.
            img_size (Sequence[int], optional): Height and width of the network's input in pixels,
                multiples of 64 (default: the config's).
            options: Other arguments of the class.

        Raises:
            UserError: If a file is missing or invalid, they do not belong together, or device or
                size is invalid.
        """
        cfg = load_config(config, 'model')
        if img_size:
            set_img_size(cfg, img_size)
        checkpoint = find_checkpoint(checkpoint)
        check_device(device)
        with explained():
            check_values(cfg)
            # MMPose reads the names of the keypoints there.
            cfg.train_dataloader = cfg.get('train_dataloader') or cfg.get('test_dataloader')
            model = init_model(cfg, None, device='cpu')
            # MMPose would load what fits and only log the rest.
            check_fits(checkpoint, model)
            loaded = load_checkpoint(model, checkpoint, map_location='cpu', logger='silent')
            meta = loaded.get('meta') or {}
            model.dataset_meta = meta.get('dataset_meta') or model.dataset_meta
            if isinstance(score_thr := meta.get(RECOMMENDED), float):
                model.test_cfg = dict(model.test_cfg, **{RECOMMENDED: score_thr})
            return cls(model.to(device), **options)

    def fused(self) -> 'PosePredictor':
        """Return a faster predictor with the same results up to rounding, see :func:`fuse`."""
        model = fuse(self.model)
        model.cfg, model.dataset_meta = self.model.cfg, self.model.dataset_meta
        return PosePredictor(model, self.score_thr, self.batch_size, **self.options)

    def at_score_thr(self, score_thr: float) -> 'PosePredictor':
        """Return a predictor with another score threshold, which shares the network."""
        return PosePredictor(self.model, score_thr, self.batch_size, **self.options)

    def __call__(self, images: Sequence[np.ndarray]) -> list[Poses]:
        """Predict the poses of images (H, W, 3) uint8 BGR of any sizes.

        Returns:
            list[Poses]: Of each image, in its pixels, best first; boxes are clipped to the image.
        """
        init_default_scope(self.model.cfg.get('default_scope', 'mmpose'))
        found = []
        for start in range(0, len(images), self.batch_size):
            batch = images[start : start + self.batch_size]
            inputs = [self.pipeline(dict(img=image, **self.model.dataset_meta)) for image in batch]
            try:
                with torch.no_grad(), self._autocast():
                    samples = self.model.test_step(pseudo_collate(inputs))
            except torch.cuda.OutOfMemoryError as error:
                raise UserError(
                    f'the GPU ran out of memory on {len(batch)} images; lower --batch-size'
                ) from error
            found += [self._poses(s.pred_instances, i.shape) for s, i in zip(samples, batch)]
        return found

    def _autocast(self):
        dtype = AUTOCAST[self.precision or 'fp32']
        device = next(self.model.parameters()).device.type
        return torch.autocast(device, dtype, enabled=dtype is not torch.float32)

    def _poses(self, instances: InstanceData, shape: tuple[int, ...]) -> Poses:
        """Convert predictions of MMPose, whose heads return different fields."""
        keypoints = np.asarray(instances.keypoints)
        corners = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
        height, width = shape[:2]
        poses = Poses(
            boxes=np.asarray(instances.get('bboxes', corners)).clip(0, [width, height] * 2),
            scores=instances.get('bbox_scores', instances.keypoint_scores.mean(-1)),
            keypoints=keypoints,
            keypoint_scores=instances.keypoint_scores,
            labels=instances.get('labels'),
            skeleton=self.skeleton,
        )
        poses = poses[np.argsort(-poses.scores, kind='stable')]
        return poses if self.score_thr is None else poses.above(self.score_thr)


def check_device(name: str) -> None:
    """Raise a UserError if torch cannot run on ``name`` here."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UserError(f'unknown device {name}; take cpu, cuda or cuda:1') from error
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f'there is no GPU that torch can use as {name}; take --device cpu')


def test_transforms(cfg: Config) -> list[dict]:
    """Return the transforms of the config's test images, not built.

    Raises:
        UserError: If there are none.
    """
    for split in ('test_dataloader', 'val_dataloader'):
        dataset = (cfg.get(split) or {}).get('dataset') or {}
        if dataset.get('pipeline'):
            return dataset.pipeline
    raise UserError(f'config {cfg.filename} has no test_dataloader with a pipeline')
