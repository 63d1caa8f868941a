"""Collects what an exported file says of itself from the model and its config."""

from mmengine.config import Config
from torch import nn

from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.models.heads.yolopose_head import TEST_DEFAULTS
from mmpose_lrfg.runtime import Metadata, ModelError, Skeleton
from mmpose_lrfg.runtime.metadata import THRESHOLDS
from mmpose_lrfg.utils.errors import UserError

from .options import ExportOptions


def describe(model: nn.Module, options: ExportOptions) -> Metadata:
    """Metadata of the file that ``options`` ask for.

    Args:
        model (nn.Module): As ``mmpose.apis.init_model`` returns it, with ``cfg`` and
            ``dataset_meta``.

    Raises:
        UserError: If the network is of another kind, its images are prepared in another way than
            the runtime does it, or the size does not fit.
    """
    head = getattr(model, 'head', None)
    if not isinstance(head, YOLOPoseHead):
        raise UserError(
            f'only networks with a YOLOPoseHead are exported, not one with {type(head).__name__}'
        )
    resize = letterbox_of(model.cfg)
    width, height = resize['input_size']
    skeleton = Skeleton.from_meta(model.dataset_meta)
    # The model's are those it predicts with; the head's may be older.
    thresholds = head.test_settings(model.test_cfg)
    del thresholds['flip_test']  # a file looks once
    # Below it are candidates that only an evaluation needs.
    thresholds['score_thr'] = max(thresholds['score_thr'], TEST_DEFAULTS['score_thr'])
    colour = resize.get('pad_val', (0, 0, 0))
    chosen = {name: value for name in THRESHOLDS if (value := getattr(options, name)) is not None}
    try:
        return Metadata(
            keypoints=skeleton.names,
            links=skeleton.links,
            classes=skeleton.classes,
            sigmas=tuple(round(float(s), 6) for s in head.sigmas),
            size=options.size or (height, width),
            divisor=max(head.anchors.strides),
            dynamic=options.dynamic,
            batch=options.batch,
            input='uint8' if options.uint8 else 'float32',
            pad_value=(colour,) * 3 if isinstance(colour, (int, float)) else tuple(colour),
            nms=options.nms,
            precision='int8' if options.int8 else 'fp16' if options.half else 'fp32',
            name=name_of(model.cfg),
            **{**thresholds, **chosen},
        )
    except ModelError as error:
        raise UserError(str(error)) from error


def letterbox_of(cfg: Config) -> dict:
    """The step of the config's test images that fits them into the input.

    Raises:
        UserError: If it is not the one that :mod:`mmpose_lrfg.runtime` reproduces.
    """
    for split in ('test_dataloader', 'val_dataloader'):
        dataset = (cfg.get(split) or {}).get('dataset') or {}
        for step in dataset.get('pipeline') or ():
            if step['type'] != 'BottomupResize':
                continue
            if step.get('resize_mode', 'fit') == 'fit' and not step.get('use_udp', False):
                return step
            raise UserError(
                "the config fits images into the input with BottomupResize's other modes; the "
                "runtime knows resize_mode='fit' without use_udp"
            )
    raise UserError('the config does not fit its test images into the input by BottomupResize')


def name_of(cfg: Config) -> str:
    """The config's base name."""
    return (cfg.filename or '').rpartition('/')[2].removesuffix('.py')
