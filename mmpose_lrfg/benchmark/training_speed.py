"""How long the parts of a training step take, beside other one-stage networks of MMPose."""

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import InfiniteSampler, pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS, MODELS
from torch.utils.data import DataLoader

from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.errors import UserError

from .complexity import count_parameters, quiet, read_config
from .pipeline_speed import META_KEYS, our_transforms, stock_transforms

PEERS = {
    'yoloxpose-s': 'mmpose::body_2d_keypoint/yoloxpose/coco/yoloxpose_s_8xb32-300e_coco-640.py',
    'rtmo-s': 'mmpose::body_2d_keypoint/rtmo/coco/rtmo-s_8xb32-600e_coco-640x640.py',
}
OURS = {'lrfg-s6': 'lrfg-s6_1xb32-80e_coco-640.py', 'lrfg-n6': 'lrfg-n6_1xb32-80e_coco-640.py'}
DEFAULT = ('lrfg-s6', *PEERS)
# In the order in which a step does them; waiting comes first and is not counted in the step.
PARTS = ('data', 'forward', 'loss', 'backward', 'optimizer')
MEGA = 2**20
#: Photographs of COCO train2017 with a labelled keypoint, and the paper's epochs.
COCO_IMAGES, EPOCHS = 56_599, 80


class Stepper:
    """A network that trains step by step, with a clock between the parts.

    Args:
        name (str): One of ``OURS`` and ``PEERS``, or a config.
        data (dict): Config of a data set without a pipeline.
        shape (Sequence[int]): Height and width of the input.
        batch (int): Images of a step.
        device (torch.device): Where it trains.
        workers (int): Data loader processes; with 0 the step itself makes its batch.
        cache (str): Folder for the cache of decoded images.

    Raises:
        UserError: If there is no such config, or its network has no ``head.head_module``.
    """

    def __init__(self, name: str, data: dict, shape, batch: int, device, workers: int, cache: str):
        self.name, self.device = name, device
        cfg = read_config(OURS.get(name) or PEERS.get(name) or name)
        self.model = _build(cfg, name).to(device).train()
        wrapper = {**cfg.optim_wrapper, 'accumulative_counts': 1}
        with DefaultScope.overwrite_default_scope('mmpose'):
            self.optim = build_optim_wrapper(self.model, Config(wrapper)._cfg_dict)
        self.batches = iter(_loader(cfg, data, shape, batch, workers, cache))
        self.spent = dict.fromkeys(PARTS, 0.0)
        self.layers = 0.0
        module = self.model.head.head_module
        module.register_forward_pre_hook(lambda *_: self._layers_begin())
        module.register_forward_hook(lambda *_: self._layers_end())

    def now(self) -> float:
        """Seconds, when everything asked of the device is done."""
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def _layers_begin(self):
        self.began = self.now()

    def _layers_end(self):
        self.layers = self.now() - self.began

    def step(self) -> dict[str, float]:
        """Train one step; seconds of its parts."""
        model, optim = self.model, self.optim
        times = [self.now()]
        batch = next(self.batches)
        times.append(self.now())
        with optim.optim_context(model):
            batch = model.data_preprocessor(batch, True)
            features = model.extract_feat(batch['inputs'])
            times.append(self.now())
            losses = model.head.loss(features, batch['data_samples'], train_cfg=model.train_cfg)
            total, _ = model.parse_losses(losses)
        times.append(self.now())
        optim.backward(total)
        times.append(self.now())
        optim.step()
        optim.zero_grad()
        times.append(self.now())
        spent = dict(zip(PARTS, (b - a for a, b in pairwise(times))))
        # The head's loss() runs the head's layers first.
        spent['forward'] += self.layers
        spent['loss'] -= self.layers
        return spent

    def peak_memory(self) -> float:
        """MB that a step holds at most, beyond weights and optimizer on a CPU, in all on a GPU."""
        if self.device.type == 'cuda':
            torch.cuda.reset_peak_memory_stats(self.device)
            self.step()
            return torch.cuda.max_memory_allocated(self.device) / MEGA
        with tempfile.TemporaryDirectory() as folder:
            with torch.profiler.profile(
                activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
            ) as profile:
                self.step()
            trace = Path(folder, 'trace.json')
            profile.export_chrome_trace(str(trace))
            events = json.loads(trace.read_text(encoding='utf-8'))['traceEvents']
        totals = [event.get('args', {}).get('Total Allocated', 0) for event in events]
        return max(totals, default=0) / MEGA


def _build(cfg: Config, name: str):
    if not (cfg.get('model') and cfg.get('optim_wrapper')):
        raise UserError(f'config {name} has no model or no optim_wrapper')
    model = cfg.model
    # No weights are loaded: they come from elsewhere and change no time.
    model['data_preprocessor'].pop('batch_augments', None)
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(model)
    if not hasattr(getattr(model, 'head', None), 'head_module'):
        raise UserError(f'{name} is no one-stage network with a head of layers and losses')
    return model


def _loader(cfg: Config, data: dict, shape, batch: int, workers: int, cache: str) -> DataLoader:
    """Mosaics: by our transform where the config has it, else by MMPose's."""
    size = tuple(shape)[::-1]
    steps = cfg.get('train_pipeline') or []
    ours = any(step.get('type') == 'MosaicAffine' for step in steps)
    load = stock_transforms(size, dict(type='LoadImage'))
    pack = dict(type='PackPoseInputs')
    if ours:
        load = our_transforms(size, cache)
        pack = dict(type='PackPlanes', meta_keys=META_KEYS)
    target = dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor'))
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = DATASETS.build({**data, 'pipeline': [*load, target, pack]})
    return DataLoader(
        dataset,
        batch,
        sampler=InfiniteSampler(dataset, seed=0),
        num_workers=workers,
        persistent_workers=workers > 0,
        collate_fn=pseudo_collate,
    )


def compare(
    models: Sequence[str],
    data: dict,
    shape: Sequence[int] = (640, 640),
    batch: int = 4,
    steps: int = 2,
    rounds: int = 5,
    device: str = 'cpu',
    workers: int = 0,
    on_turn=lambda name: None,
) -> dict:
    """Train all in turns within one run, so that a busy machine hits them alike.

    Args:
        models (Sequence[str]): Names, see :class:`Stepper`; the first is what others are compared
            with.
        data (dict): Config of a data set without a pipeline.
        shape (Sequence[int]): Height and width of the input, multiples of 64.
        batch, steps, rounds (int): Images of a step, steps of a turn, turns of each model after
            one that does not count.
        device (str): As torch names it.
        workers (int): Data loader processes of each model.
        on_turn (Callable[[str], None]): Called before each turn.

    Returns:
        dict: ``models``: by name ``parameters``, ``memory_mb``, milliseconds of a step's
        ``data``, ``forward``, ``loss``, ``backward``, ``optimizer`` and ``step`` (all but data;
        medians of the rounds), ``loss_share`` of the step, ``ratio`` of the step to the first
        model's (median of the ratios within a round), ``coco_hours``, what 80 epochs of COCO's
        photographs of people take at that step; and what was measured.

    Raises:
        UserError: If the shape does not fit, or the device is not there.
    """
    if any(side % 64 or side <= 0 for side in shape):
        raise UserError(f'height and width are multiples of 64, not {tuple(shape)}')
    if torch.device(device).type == 'cuda' and not torch.cuda.is_available():
        raise UserError(f'--device {device}: PyTorch sees no GPU')
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory(prefix='lrfg-step-') as cache, quiet(), explained():
        steppers = [
            Stepper(name, data, shape, batch, torch.device(device), workers, cache)
            for name in models
        ]
        times = {name: [] for name in models}
        for number in range(rounds + 1):
            for place in range(len(steppers)):
                stepper = steppers[(number + place) % len(steppers)]
                on_turn(stepper.name)
                turn = [stepper.step() for _ in range(steps)]
                times[stepper.name].append(
                    {part: statistics.fmean(step[part] for step in turn) for part in PARTS}
                )
        rows = {}
        for stepper in steppers:
            rows[stepper.name] = dict(
                parameters=count_parameters(stepper.model),
                memory_mb=round(stepper.peak_memory(), 1),
                **_summary(times[stepper.name][1:], times[models[0]][1:]),
            )
            steps_to_do = EPOCHS * COCO_IMAGES / batch
            step_hours = rows[stepper.name]['step'] / 3.6e6
            rows[stepper.name]['coco_hours'] = round(steps_to_do * step_hours, 1)
    asked = dict(shape=list(shape), batch=batch, steps=steps, rounds=rounds, workers=workers)
    return dict(
        models=rows,
        **asked,
        device=torch.cuda.get_device_name(device) if 'cuda' in device else 'cpu',
        threads=torch.get_num_threads(),
    )


def _summary(own: list[dict], first: list[dict]) -> dict:
    def whole(turn):
        return sum(seconds for part, seconds in turn.items() if part != 'data')

    row = {part: round(1000 * statistics.median(turn[part] for turn in own), 2) for part in PARTS}
    row['step'] = round(1000 * statistics.median(map(whole, own)), 2)
    row['loss_share'] = round(statistics.median(turn['loss'] / whole(turn) for turn in own), 4)
    row['ratio'] = round(statistics.median(whole(a) / whole(b) for a, b in zip(own, first)), 3)
    return row


def report(numbers: dict) -> str:
    """The numbers as a table."""
    height, width = numbers['shape']
    lines = [
        f'{numbers["batch"]} images of {height} x {width} a step, {numbers["device"]}, '
        f'{numbers["threads"]} threads; milliseconds, medians of {numbers["rounds"]} rounds',
        f'{"":<16}' + ''.join(f'{part:>10}' for part in (*PARTS, 'step', 'times'))
        + f'{"loss/step":>11}{"memory MB":>11}{"COCO hours":>12}',
    ]  # fmt: skip
    for name, row in numbers['models'].items():
        cells = ''.join(f'{row[part]:10.1f}' for part in (*PARTS, 'step'))
        share, memory = f'{100 * row["loss_share"]:.1f} %', f'{row["memory_mb"]:.0f}'
        hours = f'{row["coco_hours"]:12.1f}'
        lines.append(f'{name:<16}{cells}{row["ratio"]:10.2f}{share:>11}{memory:>11}{hours}')
    lines.append(f'COCO hours: {EPOCHS} epochs of {COCO_IMAGES} photographs on one such device')
    return '\n'.join(lines)
