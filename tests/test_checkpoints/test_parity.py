"""Every number of YOLO-Pose, for every golden file; ``pytest -rP`` prints the errors."""

import numpy as np
import pytest
import torch
from golden import FILES, SHIPPED, Golden, golden, relative

from mmpose_lrfg.checkpoints.yolopose_names import focus_to_conv
from mmpose_lrfg.models.heads import postprocess

TOLERANCE = 2e-5
every_file = pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)


def agree(what: str, ours, theirs, tolerance: float = TOLERANCE) -> None:
    error = relative(torch.as_tensor(ours).detach(), theirs)
    print(f'{what}: {error:.1e}')
    assert error <= tolerance, what


def test_there_are_golden_files():
    assert FILES


@every_file
def test_the_network_is_the_one_described(path):
    case = golden(path)
    assert case.conversion.num_parameters == case.meta['params']
    assert sum(p.numel() for p in case.model.parameters()) == case.meta['params']
    depth = case.conversion.architecture.deepen_factor
    assert depth == pytest.approx(case.meta['depth_multiple'], abs=0.04)
    assert tuple(case.data['input'].shape) == tuple(case.meta['shape'])
    sizes = case.head.anchors.sizes / torch.tensor(case.head.anchors.strides)[:, None, None]
    agree('anchors', sizes, case.data['anchors_stride_units'])


@every_file
def test_raw_outputs(path):
    case = golden(path)
    with torch.no_grad():
        preds = case.model(torch.from_numpy(case.data['input']), None, mode='tensor')
    assert len(preds) == case.levels
    for i, raw in enumerate(preds):
        agree(f'raw{i}', raw, case.data[f'raw{i}'])


@every_file
def test_decoding(path):
    case = golden(path)
    agree('decoded', case.head.decode(case.preds()), case.data['decoded'])


@every_file
def test_detections_after_nms(path):
    case, meta, head = golden(path), golden(path).meta, golden(path).head
    candidates, images = postprocess.find_candidates(
        case.preds(), head.anchors, head.num_classes, meta['conf_thr'], head.single_class_score
    )
    for i in range(len(case.data['input'])):
        mine, theirs = candidates[images == i], case.data[f'dets{i}']
        rows = postprocess.nms(mine, meta['iou_thr'], 30000, 300).numpy()
        assert len(rows) == len(theirs)
        # The same set: every row has a row of its own on the other side.
        nearest = np.abs(rows[:, None] - theirs[None]).max(axis=2).argmin(axis=1)
        assert sorted(nearest) == list(range(len(theirs)))
        agree(f'dets{i}', rows, theirs[nearest])
        # The same order, but for equal scores.
        moved = nearest != np.arange(len(theirs))
        gap = np.abs(theirs[nearest, 4] - theirs[:, 4])
        assert (gap[moved] <= 1e-6).all()


@every_file
def test_positives(path):
    case = golden(path)
    for i, raw in enumerate(case.preds()):
        found = case.head.assign(i, raw, case.targets())
        ours, theirs = torch.stack(found[:4], dim=1).numpy(), case.data[f'pos{i}']
        assert ours.shape == theirs.shape
        assert (ours == theirs).all(), f'level {i}'
        # What they are to predict, relative to their cells.
        stride, targets = case.head.anchors.strides[i], case.targets()
        cell = torch.stack([found.column, found.row], dim=1)
        boxes = targets.boxes[found.target] / stride
        boxes[:, :2] -= cell
        agree(f'tbox{i}', boxes, case.data[f'tbox{i}'])
        points = targets.keypoints[found.target] / stride - cell[:, None]
        points[~targets.keypoints_visible[found.target]] = 0
        agree(f'tkpt{i}', points.flatten(1), case.data[f'tkpt{i}'])


@every_file
def test_losses_and_gradients(path):
    case = golden(path)
    preds = case.preds(grad=True)
    losses = case.head.loss_by_feat(preds, case.targets())
    total = sum(losses.values())
    batch_size = len(case.data['input'])
    items = dict(zip(('bbox', 'obj', 'cls', 'kpt', 'vis'), case.data['loss_items']))
    for name, theirs in items.items():
        ours = losses.get(f'loss_{name}', torch.zeros(())) / batch_size
        agree(name, ours, theirs)
    agree('sum', total / batch_size, case.data['loss_items'][-1])
    agree('total', total.view(1), case.data['loss'])
    total.backward()
    for i, raw in enumerate(preds):
        agree(f'grad{i}', raw.grad, case.data[f'grad{i}'])


def test_the_comparison_can_fail():
    """An additional shortcut is detected."""
    case = golden(FILES[0])
    block = case.model.neck.bottom_up_blocks[-1].blocks[0]
    block.add_identity = True
    with torch.no_grad():
        preds = case.model(torch.from_numpy(case.data['input']), None, mode='tensor')
    block.add_identity = False
    assert max(relative(raw, case.data[f'raw{i}']) for i, raw in enumerate(preds)) > TOLERANCE


def test_the_order_of_focus():
    """Random networks hardly look at their input, so this needs a closer look than the rest.

    In double precision, only the rounding of the reference remains; the other order of Focus is
    several times worse.
    """
    case = Golden(SHIPPED / 'yolopose_nano.npz')
    model, image = case.model.double(), torch.from_numpy(case.data['input']).double()
    stem = model.backbone.stem.conv.weight
    focus = torch.from_numpy(case.data['sd/model.0.conv.conv.weight']).double()
    errors = {}
    for rows_first in (True, False):
        with torch.no_grad():
            stem.copy_(focus_to_conv(focus, rows_first))
            raw = model(image, None, mode='tensor')[0]
        errors[rows_first] = float((raw - torch.from_numpy(case.data['raw0'])).pow(2).mean())
    assert errors[False] > 10 * errors[True]
