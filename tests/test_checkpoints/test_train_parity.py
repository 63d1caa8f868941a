"""Optimizer steps of the reference's training, repeated by our model, loss, optimizer and EMA.

``NAME.npz`` holds weights (``sd/``), images, targets and learning rates of every iteration, and
the reference's results: losses, weights after the first and the last step, averaged weights.
``NAME.json`` has the number of iterations a step and the input size that the gains are for. The
small file of our own (``make_train_steps.py``) has weights of another file and some of the results.

Batch normalisation over a few small images amplifies rounding: in float32, one and two threads
differ by more in the second step than the tolerance. So ours is computed in float64, and goes on
from the reference's weights after its first step where the file has all of them.
"""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from golden import FOLDER, SHIPPED, pose_targets, relative
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from mmpose.registry import HOOKS, MODELS
from mmpose.structures import PoseDataSample
from torchvision.ops import box_convert

from mmpose_lrfg.checkpoints.convert import fill
from mmpose_lrfg.checkpoints.yolopose_architecture import find_architecture
from mmpose_lrfg.checkpoints.yolopose_names import translate
from mmpose_lrfg.checkpoints.yolopose_source import Source, read_source
from mmpose_lrfg.utils.config_files import load_config

FILES = sorted(p for folder in {SHIPPED, FOLDER} for p in folder.glob('training/*train_steps.npz'))
TOLERANCE = 1e-4
KINDS = ('.weight', '.bias', '.running_mean', '.running_var')
LOSSES = ('bbox', 'obj', 'cls', 'kpt', 'vis')
CONFIG = 'yolopose-s6_1xb32-80e_coco-640'
EMA = next(hook for hook in load_config(CONFIG).custom_hooks if hook.type == 'StepEMAHook')


class Training:
    """Our training, built from the config of YOLO-Pose s6: only widths and batch are changed."""

    def __init__(self, path, changes: dict | None = None):
        self.meta = json.loads(path.with_suffix('.json').read_text())
        self.data = np.load(path)
        self.path = path
        weights = self.meta.get('weights')
        start = read_source(path.parent / weights) if weights else self.source('sd')
        cfg = load_config(CONFIG)
        find_architecture(start).apply(cfg.model)
        accumulate = self.meta['accumulate']
        self.batch_size = self.meta['batch'] * accumulate
        cfg.model.head.update(batch_size=self.batch_size, input_size=self.meta['imgsz'])
        cfg.optim_wrapper.accumulative_counts = accumulate
        cfg.merge_from_dict(changes or {})
        with DefaultScope.overwrite_default_scope('mmpose'):
            self.model = MODELS.build(cfg.model).train()
            self.before = fill(path, self.model, *translate(start.tensors))
            self.model.load_state_dict(self.before)
            self.model.double()
            self.names = {id(p): name for name, p in self.model.named_parameters()}
            self.optim = build_optim_wrapper(self.model, cfg.optim_wrapper)
            ema = next(hook for hook in cfg.custom_hooks if hook.type.endswith('EMAHook'))
            self.ema = HOOKS.build({name: ema[name] for name in ema if name != 'priority'})
            self.runner = SimpleNamespace(model=self.model, optim_wrapper=self.optim, iter=0)
            self.ema.before_run(self.runner)
        self.optim.initialize_count_status(self.model, 0, self.meta['iterations'])

    def source(self, prefix: str) -> Source:
        """Tensors of the file by the reference's names."""
        names = [name for name in self.data.files if name.startswith(f'{prefix}/')]
        tensors = {n.partition('/')[2]: torch.from_numpy(self.data[n]) for n in names}
        return Source(self.path, tensors)

    def batch(self, iteration: int) -> dict:
        """Images and targets as a data loader of ours hands them out."""
        images = torch.from_numpy(self.data[f'input{iteration}']).flip(1)  # RGB to OpenCV's BGR
        size = torch.tensor([images.shape[3], images.shape[2]], dtype=torch.float64)
        rows = self.data[f'targets{iteration}']
        samples = []
        for index in range(len(images)):
            mine = rows[rows[:, 0] == index]
            targets = pose_targets(mine, size, lambda points: (points != 0).any(dim=-1))
            instances = InstanceData(
                bboxes=box_convert(targets.boxes, 'cxcywh', 'xyxy'),
                labels=targets.labels,
                keypoints=targets.keypoints,
                keypoints_visible=targets.keypoints_visible.float(),
            )
            samples.append(PoseDataSample(gt_instance_labels=instances))
        return dict(inputs=list(images), data_samples=samples)

    def step(self, iteration: int) -> np.ndarray:
        """Train one iteration; return its losses as the file lists them, without their sum."""
        norm, convolution, bias, momentum = self.data['lr_norm_conv_bias_momentum'][iteration]
        for group in self.optim.optimizer.param_groups:
            is_bias = self.names[id(group['params'][0])].endswith('.bias')
            rate = bias if is_bias else convolution if group['weight_decay'] else norm
            group.update(lr=rate, momentum=momentum)
        losses = self.model.train_step(self.batch(iteration), self.optim)
        self.ema.after_train_iter(self.runner, iteration)
        return np.array(
            [losses[f'loss_{n}'].item() if f'loss_{n}' in losses else 0 for n in LOSSES]
        )

    def go_on_from_first_step(self) -> None:
        """Take the reference's weights after its first step, and the momentum they imply.

        Nothing is done where the file has only some of them.
        """
        source = self.source('step1')
        if not {n for n in self.before if n.endswith(KINDS)} <= set(translate(source.tensors)[0]):
            return
        after = fill(self.path, self.model, *translate(source.tensors))
        for group in self.optim.optimizer.param_groups:
            for parameter in group['params']:
                name = self.names[id(parameter)]
                # Nesterov's first step is lr (1 + momentum) gradient.
                moved = self.before[name].double() - after[name].double()
                self.optim.optimizer.state[parameter]['momentum_buffer'].copy_(
                    moved / (group['lr'] * (1 + group['momentum']))
                )
        self.model.load_state_dict(after)
        self.ema.ema_model.module.load_state_dict(after)

    def error(self, prefix: str, ours: dict) -> float:
        """Largest difference of any tensor, relative to the largest change of any tensor."""
        theirs, _ = translate(self.source(prefix).tensors)
        names = [name for name in theirs if name.endswith(KINDS)]
        assert len(names) > 100
        error = max(float((theirs[name] - ours[name]).abs().max()) for name in names)
        change = max(float((theirs[name] - self.before[name]).abs().max()) for name in names)
        return error / change


def run(training: Training) -> dict[str, float]:
    """Train as the reference did; return the largest relative error of every kind."""
    accumulate, iterations = training.meta['accumulate'], training.meta['iterations']
    losses, errors = [], {}
    for iteration in range(iterations):
        losses.append(training.step(iteration) / training.batch_size)
        if iteration + 1 == accumulate:
            errors['first step'] = training.error('step1', training.model.state_dict())
            training.go_on_from_first_step()
    last = f'step{iterations // accumulate}'
    errors['last step'] = training.error(last, training.model.state_dict())
    for name, ours, theirs in zip(LOSSES, np.transpose(losses), training.data['losses'].T[1:]):
        errors[name] = relative(ours, theirs)
    errors['ema'] = training.error('ema', training.ema.ema_model.module.state_dict())
    print({name: f'{error:.1e}' for name, error in errors.items()})
    return errors


@pytest.fixture(autouse=True)
def _double_precision(monkeypatch):
    """What our code casts to float32 becomes float64."""
    monkeypatch.setattr(torch.Tensor, 'float', torch.Tensor.double)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_losses_weights_and_averages_are_the_reference_s(path):
    errors = run(Training(path))
    assert max(errors.values()) <= TOLERANCE, errors


@pytest.mark.parametrize(
    ('changes', 'wrong'),
    [
        ({'model.head.scale_gains': False}, {'obj', 'vis', 'bbox', 'first step'}),
        ({'optim_wrapper.optimizer.nesterov': False}, {'first step', 'last step', 'ema'}),
        ({'custom_hooks': [dict(EMA, gamma=1000)]}, {'ema'}),
    ],
    ids=lambda value: ' '.join(value) if isinstance(value, dict) else None,
)
def test_the_comparison_can_fail(changes, wrong):
    errors = run(Training(SHIPPED / 'training' / 'small_train_steps.npz', changes))
    assert {name for name, error in errors.items() if error > TOLERANCE} >= wrong, errors


def test_network_1_of_the_ablation_has_the_recipe_that_was_compared():
    """Its SPP stands elsewhere, so the reference's weights do not fit it."""
    ours, compared = load_config('net1_yolopose'), load_config(CONFIG)
    for part in ('optim_wrapper', 'param_scheduler', 'custom_hooks', 'train_cfg'):
        assert ours[part] == compared[part], part
    assert ours.train_dataloader.batch_size == compared.train_dataloader.batch_size
    losses = [name for name in ours.model.head if name.startswith('loss_')]
    assert len(losses) == 5
    for name in (*losses, 'assigner', 'batch_size'):
        assert ours.model.head[name] == compared.model.head[name], name
