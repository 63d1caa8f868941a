"""A readable config for a training: a base config, and what a command line changes in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config

from mmpose_lrfg.datasets.coco_folder import AnnotationFile
from mmpose_lrfg.datasets.user_data import UserData, find_user_data
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.config_files import find_config, load_config
from mmpose_lrfg.utils.config_text import inherit
from mmpose_lrfg.utils.configs import set_img_size
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import read_metainfo, unknown_sigmas
from mmpose_lrfg.weights import BY_NAME

CONFIG = 'config.py'
EVALUATIONS = 10
"""Evaluations in a training whose number of epochs was set."""
LR_OF_KNOWN = dict(n6=5e-4, s6=5e-5)
"""Learning rates where all keypoints start from the released weights; docs/fine_tuning.md."""


@dataclass
class Changes:
    """What a training changes in its base config; None leaves a setting as it is.

    Args:
        data (UserData): Data set.
        weights (str): Released weights to start from, ``'s6'`` or ``'n6'``.
        img_size (Sequence[int]): Height and width in pixels.
        epochs, batch_size, workers, seed (int): As named.
        lr (float): Learning rate.
    """

    data: UserData | None = None
    weights: str | None = None
    img_size: Sequence[int] | None = None
    epochs: int | None = None
    batch_size: int | None = None
    workers: int | None = None
    seed: int | None = None
    lr: float | None = None


def prepare(
    base: str | None, work_dir: str | None, data: str | None = None, **changes: object
) -> Path:
    """Write the config of a training into its work directory.

    Args:
        base (str, optional): Config; by default the fine-tuning of the released weights.
        work_dir (str, optional): Default: ``work_dirs``, and a folder named after data or config.
        data (str, optional): Data set as :func:`find_user_data` takes it.
        changes: Other fields of :class:`Changes`.

    Returns:
        Path: The config; its folder is the work directory.

    Raises:
        UserError: If the data cannot be found or does not fit the config.
    """
    weights = changes.get('weights')
    if base is None:
        weights = changes['weights'] = weights or ('s6' if torch.cuda.is_available() else 'n6')
    name = Path(base).stem if base else f'{Path(data).resolve().stem}-{weights}'
    folder = Path(work_dir or Path('work_dirs', name))
    user_data = find_user_data(data, folder) if data else None
    options = ' '.join(
        f'--{key.replace("_", "-")} {" ".join(map(str, value)) if key == "img_size" else value}'
        for key, value in dict(data=data, **changes, out=work_dir).items()
        if value is not None
    )
    if not base and changes.get('lr') is None and all_known(user_data.metainfo):
        changes['lr'] = LR_OF_KNOWN[weights]
    return write_config(
        folder / CONFIG,
        base or f'finetune_{weights}.py',
        Changes(data=user_data, **changes),
        f'Written by: lrfg train {base or ""} {options}'.replace('  ', ' '),
    )


def write_config(path: str | Path, base: str, changes: Changes, comment: str) -> Path:
    """Write a config that inherits ``base`` and holds only what ``changes`` alter.

    Args:
        path (str | Path): The new config; its folder is made.
        base (str): Path or base name of a config.
        changes (Changes): The changes.
        comment (str): First line of the file.

    Returns:
        Path: ``path``.

    Raises:
        UserError: If the base has no setting that is to be changed, or the data does not fit.
    """
    source = str(find_config(base).resolve())
    cfg = load_config(source)
    apply(cfg, changes)
    path = Path(path)
    cfg.work_dir = str(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, f'# {comment}\n{inherit(source, cfg)}'.encode())
    return path


def apply(cfg: Config, changes: Changes) -> None:
    """Apply changes to a config, in place."""
    if changes.weights:
        cfg.load_from = str(BY_NAME[changes.weights].path())
    if changes.img_size:
        set_img_size(cfg, changes.img_size)
    if changes.data:
        _set_data(cfg, changes.data)
    if changes.epochs:
        _set_epochs(cfg, changes.epochs)
    if changes.batch_size:
        _set_batch_size(cfg, changes.batch_size)
    if changes.workers is not None:
        for split in ('train', 'val', 'test'):
            set_workers(cfg[f'{split}_dataloader'], changes.workers)
    if changes.seed is not None:
        cfg.randomness = dict(seed=changes.seed)
    if changes.lr:
        cfg.optim_wrapper.optimizer.lr = changes.lr


def all_known(metainfo: str | None) -> bool:
    """Return whether all keypoints of a metainfo file have names of COCO's."""
    return metainfo is None or not unknown_sigmas(
        read_metainfo(dict(from_file=metainfo))['keypoint_id2name'].values()
    )


def _set_data(cfg: Config, data: UserData) -> None:
    files = dict(
        train=(data.train_ann, data.train_img),
        val=(data.val_ann, data.val_img),
        test=(data.val_ann, data.val_img),
    )
    for split, (ann_file, images) in files.items():
        _set_files(cfg, split, ann_file, images, data.metainfo)
    content = AnnotationFile('train', Path(data.train_ann)).read()
    if data.metainfo:
        cfg.model.head.metainfo = dict(from_file=data.metainfo)
        cfg.model.head.keypoint_prior = mean_keypoints(content)
    loader = cfg.train_dataloader
    loader.batch_size = min(loader.batch_size, len(content['images']))


def _set_files(cfg: Config, split: str, ann_file: str, images: str, metainfo: str | None) -> None:
    """Set the files of a split in its data loader and evaluator."""
    dataset = (cfg.get(f'{split}_dataloader') or {}).get('dataset') or {}
    if 'ann_file' not in dataset:
        raise UserError(f'the config has no {split}_dataloader.dataset.ann_file to replace')
    dataset.update(ann_file=ann_file, data_prefix=dict(img=images), data_root='')
    if metainfo:
        dataset.metainfo = dict(from_file=metainfo)
    evaluator = cfg.get(f'{split}_evaluator')
    if evaluator and 'ann_file' in evaluator:
        evaluator.ann_file = ann_file


def set_test_data(cfg: Config, data: str) -> None:
    """Evaluate on another data set: an annotation file, or the validation part of a folder.

    Args:
        cfg (Config): A whole config, changed in place.
        data (str): As :func:`find_user_data` takes it.

    Raises:
        UserError: If it cannot be found.
    """
    found = find_user_data(data, Path(cfg.work_dir), validate_only=True)
    _set_files(cfg, 'test', found.val_ann, found.val_img, None)


def set_workers(loader: Config, workers: int) -> None:
    """Set the processes of a data loader, in place."""
    loader.num_workers = workers
    loader.persistent_workers = workers > 0


def mean_keypoints(content: dict) -> list[tuple[float, float]]:
    """Return the mean place of each keypoint, relative to its box.

    Args:
        content (dict): COCO annotations.

    Returns:
        list: (x, y) of each keypoint, from the centre of the box and in parts of its width and
        height; (0, 0) for one that is never annotated.
    """
    places = []
    for each in content['annotations']:
        x, y, width, height = each['bbox']
        points = np.reshape(each.get('keypoints') or (), (-1, 3)).astype(float)
        if len(points) and width > 0 and height > 0 and not each.get('iscrowd'):
            place = (points[:, :2] - (x, y)) / (width, height) - 0.5
            places.append(np.where(points[:, 2:] > 0, place, np.nan))
    stacked = np.stack(places)
    count = np.isfinite(stacked[..., 0]).sum(0)
    means = np.nansum(stacked, 0) / np.maximum(count, 1)[:, None]
    return [(round(x, 2), round(y, 2)) for x, y in means.tolist()]


def _set_epochs(cfg: Config, epochs: int) -> None:
    """Set the number of epochs; schedules by epoch keep their shape."""
    if 'max_epochs' not in cfg.train_cfg:
        raise UserError('--epochs needs train_cfg.max_epochs, and the config counts iterations')
    before = cfg.train_cfg.max_epochs
    cfg.train_cfg.max_epochs = epochs
    cfg.train_cfg.val_interval = max(1, epochs // EVALUATIONS)
    for scheduler in cfg.get('param_scheduler') or ():
        if not scheduler.get('by_epoch', True):
            continue
        for key in ('begin', 'end', 'T_max'):
            if scheduler.get(key):
                scheduler[key] = max(1, scheduler[key] * epochs // before)
    # Of a short training no whole epoch may be left for a part of the schedule.
    parts = cfg.get('param_scheduler') or []
    cfg.param_scheduler = [
        part
        for part in parts
        if not part.get('by_epoch', True) or part.get('begin', 0) < part.get('end', epochs + 1)
    ]
    for hook in cfg.get('custom_hooks') or ():
        if hook.type == 'WarmupHook':
            hook.epochs = min(hook.get('epochs', 3), epochs / 10)


def _set_batch_size(cfg: Config, batch_size: int) -> None:
    """Set the images per batch; with accumulated gradients, images per step stay about the same."""
    steps = cfg.optim_wrapper.get('accumulative_counts', 1)
    if steps > 1:
        images = steps * cfg.train_dataloader.batch_size
        cfg.optim_wrapper.accumulative_counts = max(1, round(images / batch_size))
    cfg.train_dataloader.batch_size = batch_size
