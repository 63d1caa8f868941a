"""Time of a training step by part, beside other one-stage networks of MMPose."""

import statistics
import tempfile
from collections.abc import Sequence
from functools import partial

import torch
from mmengine.config import Config
from mmengine.dataset import InfiniteSampler, pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS as NETWORKS
from torch.utils.data import DataLoader

from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_files import require_keys
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table

from .complexity import count_parameters, quiet, read_config
from .data_loading import build_dataset, our_pipeline, stock_pipeline
from .timing import StageTimer, interleave, synchronizer
from .zoo import MODELS

# In the order of a step; waiting for data comes first and is not part of the step.
PARTS = ('data', 'forward', 'loss', 'backward', 'optimizer')
#: Photographs of COCO train2017 with an annotated keypoint, and the paper's epochs.
COCO_IMAGES, EPOCHS = 56_599, 80


class Trainer:
    """A network that trains step by step, timed by part.

    Args:
        name (str): A one-stage model of the zoo, or a config.
        data (dict): Config of a dataset without a pipeline.
        options: ``img_size``, ``batch_size``, ``steps``, ``repetitions``, ``device`` and
            ``workers`` of ``lrfg benchmark training``.
        cache (str): Folder for the cache of decoded images.

    Raises:
        UserError: If there is no such config, or its network has no ``head.head_module``.
    """

    def __init__(self, name: str, data: dict, options, cache: str):
        self.device = options.device
        cfg = read_config(MODELS[name].config if name in MODELS else name)
        require_keys(cfg, name, 'model', 'optim_wrapper')
        cfg.model['data_preprocessor'].pop('batch_augments', None)
        wrapper = Config({**cfg.optim_wrapper, 'accumulative_counts': 1})._cfg_dict
        with DefaultScope.overwrite_default_scope('mmpose'):
            self.model = NETWORKS.build(cfg.model)
            if not hasattr(getattr(self.model, 'head', None), 'head_module'):
                raise UserError(f'{name} is no one-stage network with a head of layers and losses')
            self.model.to(options.device).train()
            self.optim = build_optim_wrapper(self.model, wrapper)
        self.next_batch = iter(_loader(cfg, data, options, cache)).__next__
        self.timer = StageTimer(synchronizer(options.device))
        head = self.model.head
        for owner, method, part in (
            (self, 'next_batch', 'data'),
            (self.model.data_preprocessor, 'forward', 'forward'),
            (self.model, 'extract_feat', 'forward'),
            (head.head_module, 'forward', 'forward'),
            (head, 'loss', 'loss'),
            (self.model, 'parse_losses', 'loss'),
            (self.optim, 'backward', 'backward'),
            (self.optim, 'step', 'optimizer'),
            (self.optim, 'zero_grad', 'optimizer'),
        ):
            self.timer.wrap(owner, method, part)

    def turn(self, steps: int) -> dict[str, float]:
        """Train some steps; return the mean milliseconds of a step, whole and by part."""
        self.timer.pop()
        for _ in range(steps):
            self.model.train_step(self.next_batch(), self.optim)
        times = {part: 1000 * spent / steps for part, spent in self.timer.pop().items()}
        return {**times, 'step': sum(times.values()) - times['data']}

    def peak_memory(self) -> float | None:
        """Return the peak memory of a step in MB on a GPU."""
        if self.device == 'cpu':
            return None
        torch.cuda.reset_peak_memory_stats(self.device)
        self.turn(1)
        return torch.cuda.max_memory_allocated(self.device) / 2**20


def _loader(cfg: Config, data: dict, options, cache: str) -> DataLoader:
    """Load mosaics: by our transform where the config has it, else by MMPose's."""
    size = tuple(options.img_size)[::-1]
    steps = cfg.get('train_pipeline') or []
    ours = any(step.get('type') == 'MosaicAffine' for step in steps)
    stock = stock_pipeline(size, dict(type='LoadImage'))
    dataset = build_dataset(data, our_pipeline(size, cache) if ours else stock)
    return DataLoader(
        dataset,
        options.batch_size,
        sampler=InfiniteSampler(dataset, seed=0),
        num_workers=options.workers,
        persistent_workers=options.workers > 0,
        collate_fn=pseudo_collate,
    )


def measure_training(models: Sequence[str], data: dict, options) -> list[dict]:
    """Train all models in interleaved turns; arguments as of :class:`Trainer`.

    Returns:
        list[dict]: ``name``, ``parameters`` and, as medians over the turns: ``milliseconds`` by
        part and of the ``step``, which is all but data; ``loss_share``, the share of the loss with
        its assignment in the step; ``ratio``, the step's time over that of the first model in the
        same turn. ``memory_mb`` is the peak on a GPU, ``coco_hours`` the time of 80 epochs of
        COCO's photographs of people.
    """
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    rows = []
    with tempfile.TemporaryDirectory(prefix='lrfg-step-') as cache, quiet(), explained():
        trainers = {name: Trainer(name, data, options, cache) for name in models}
        turns = {name: partial(each.turn, options.steps) for name, each in trainers.items()}
        times = interleave(turns, options.repetitions, title='training')
        for name, own in times.items():
            medians = {p: statistics.median(turn[p] for turn in own) for p in (*PARTS, 'step')}
            pairs = zip(own, times[models[0]])
            rows.append(
                dict(
                    name=name,
                    parameters=count_parameters(trainers[name].model),
                    memory_mb=trainers[name].peak_memory(),
                    milliseconds=medians,
                    loss_share=statistics.median(turn['loss'] / turn['step'] for turn in own),
                    ratio=statistics.median(turn['step'] / first['step'] for turn, first in pairs),
                    coco_hours=EPOCHS * COCO_IMAGES / options.batch_size * medians['step'] / 3.6e6,
                )
            )
    return rows


def training_tables(results: Sequence[dict]) -> list[Table]:
    """Return a table of milliseconds by part, and one of the other numbers."""
    model = Column('model', 'name')
    times = [Column(part, f'milliseconds.{part}', '.1f') for part in (*PARTS, 'step')]
    others = [
        Column('loss / step', 'loss_share', '.1%'),
        Column('GPU MB', 'memory_mb', '.0f'),
        Column('COCO hours', 'coco_hours', '.1f'),
    ]
    hours = f'COCO hours: {EPOCHS} epochs of {COCO_IMAGES} photographs'
    return [
        Table(results, [model, *times, Column('ratio', format='.2f')], 'Training step, ms'),
        Table(results, [model, *others], hours),
    ]
