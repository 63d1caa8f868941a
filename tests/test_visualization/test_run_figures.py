"""The figures of trainings: what is drawn, from what, and the errors if there is nothing."""

import json
import shutil

import cv2
import numpy as np
import pytest
import torch
import toy_job
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmpose_lrfg.evaluation.records import MEAN, read_record
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.run import SIDE, batch_sheet, evaluation_sheet, plot_run
from mmpose_lrfg.visualization.sheets import GAP

FIGURES = {'curves.png', 'keypoints.png', 'pr_curves.png'}
HOOKS = """
default_hooks = dict(checkpoint=dict(save_best=None))
val_evaluator['type'] = 'FastCocoMetric'
pack['type'] = 'PackPoseInputs'
"""


@pytest.fixture(scope='module')
def trained(tmp_path_factory, run_job):
    folder = tmp_path_factory.mktemp('figures')
    data = toy_job.write_data(folder / 'data')
    config = toy_job.write_config(folder / 'toy.py', data, extra=HOOKS)
    assert run_job('train', config, '--work-dir', folder / 'work') == 0
    return folder / 'work'


def test_a_training_leaves_its_figures_and_numbers(trained):
    for name in FIGURES | {'predictions.jpg'}:
        assert cv2.imread(str(trained / name)).std() > 5, f'{name} is blank'
    numbers = read_record(trained)
    assert numbers['epoch'] == 2 and numbers['keypoints'] == list(COCO.names)
    metrics = numbers['metrics']
    # AP is the area below the drawn curve.
    area = np.mean(numbers['precision'][MEAN])
    assert area == pytest.approx(metrics['coco/AP'], abs=1e-5)
    oks = np.average(numbers['oks'], weights=numbers['labelled'])
    assert oks == pytest.approx(metrics['coco/OKS'], abs=1e-5)
    assert not list(trained.glob('.*')), 'temporary files stay'


def test_a_test_writes_its_curves_and_recommends_a_threshold(trained, run_job, capfd):
    out = trained.parent / 'tested'
    checkpoint = trained / 'epoch_2.pth'
    assert run_job('test', trained.parent / 'toy.py', checkpoint, '--work-dir', out) == 0
    assert cv2.imread(str(out / 'pr_curves.png')).std() > 5
    assert 'recommended score threshold 1.000: best F1 1.000' in capfd.readouterr().out
    metrics = read_record(out)['metrics']
    assert metrics['coco/best F1'] == metrics['coco/recommended_score_thr'] == 1


def test_runs_are_overlaid(trained, tmp_path, run_tool, capsys):
    other = shutil.copytree(trained, tmp_path / 'other')
    numbers = json.loads((other / 'evaluation.json').read_text())
    numbers['oks'][3] = None
    del numbers['precision']  # as earlier versions wrote it
    (other / 'evaluation.json').write_text(json.dumps(numbers))
    out = tmp_path / 'both'
    assert run_tool('plot', trained, other, '--out', out) == 0
    assert set(capsys.readouterr().out.split()) == {str(out / name) for name in FIGURES}
    one, two = (cv2.imread(str(d / 'keypoints.png')) for d in (trained, out))
    assert two.shape[0] > one.shape[0]


def test_nothing_to_draw_is_one_sentence(trained, tmp_path, run_tool, capsys):
    for arguments, sentence in (
        ([tmp_path], 'neither logged iterations nor an evaluation'),
        ([tmp_path / 'none'], 'does not exist'),
        ([trained, tmp_path], '--out DIR'),
    ):
        assert run_tool('plot', *arguments) == 2
        assert sentence in capsys.readouterr().err
    (tmp_path / 'evaluation.json').write_text('{}')
    with pytest.raises(UserError, match='evaluation'):
        plot_run([tmp_path], tmp_path)


def sample(path=None, scores=(0.9, 0.1, 0.05)):
    n = len(scores)
    points, boxes = np.tile(np.linspace(20, 80, 17)[:, None], (n, 1, 2)), [[10.0, 10, 90, 90]] * n
    labels = InstanceData(
        bboxes=torch.tensor(boxes),
        keypoints=torch.tensor(points),
        keypoints_visible=torch.ones(n, 17),
    )
    found = InstanceData(
        bboxes=np.array(boxes),
        bbox_scores=np.array(scores),
        keypoints=points,
        keypoint_scores=np.ones((n, 17)),
    )
    flat = np.concatenate([points[0], np.full((17, 1), 2)], axis=1).ravel().tolist()
    info = [dict(bbox=[10, 10, 80, 80], keypoints=flat, iscrowd=0), None]
    meta = dict(img_path=str(path), raw_ann_info=info)
    return PoseDataSample(gt_instance_labels=labels, pred_instances=found, metainfo=meta)


def test_training_batches_show_their_labels():
    black = torch.zeros(3, 100, 100, dtype=torch.uint8)
    sheet = batch_sheet([black] * 6, [sample()] * 6, {}, most=5)
    assert sheet.shape[1] > 4 * SIDE and 2 * SIDE < sheet.shape[0] < 3 * SIDE
    # The diagonal of keypoints crosses the middle of a tile.
    first = sheet[-SIDE - GAP // 2 : -GAP // 2, :SIDE]
    assert first[SIDE // 2 - 20 : SIDE // 2 + 20, SIDE // 2 - 20 : SIDE // 2 + 20].max() > 200
    assert batch_sheet([black], [PoseDataSample()], {}) is None


def test_predictions_beside_labels(tmp_path):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), np.zeros((100, 100, 3), np.uint8))
    two, three = (evaluation_sheet([sample(path)] * n, {}) for n in (2, 3))
    assert two.shape[1] > 4 * SIDE and three.shape[0] > 1.9 * two.shape[0]
    assert evaluation_sheet([sample(tmp_path / 'none.png')], {}) is None
    # Where one person is annotated, one of three weak detections is shown; strong ones all.
    weak, strong = (evaluation_sheet([sample(path, (s,) * 3)], {}) for s in (0.1, 0.9))
    assert not np.array_equal(weak, strong)


def test_own_keypoints_and_classes_are_named():
    meta = dict(keypoint_id2name={k: f'part {k}' for k in range(17)}, classes=('cat', 'dog'))
    black = torch.zeros(3, 100, 100, dtype=torch.uint8)
    plain, named = (batch_sheet([black], [sample()], each) for each in ({}, meta))
    assert named.shape[0] > plain.shape[0], 'no list of names'
    assert (named[: plain.shape[0], : plain.shape[1]] != plain).any(), 'no class'
