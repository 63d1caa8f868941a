"""Learning curves from the logs of mmengine."""

import json

import cv2
import pytest

from mmpose_lrfg.visualization.curves import panel_names, plot_curves, read_scalars

LINES = [
    {'lr': 0.1, 'loss': 4.0, 'loss_kpt': 2.0, 'time': 0.5, 'epoch': 1, 'iter': 10, 'step': 10},
    {'lr': 0.1, 'loss': 3.0, 'loss_kpt': 1.0, 'time': 0.1, 'epoch': 2, 'iter': 20, 'step': 20},
    {'coco/AP': 0.25, 'time': 0.2, 'step': 2},
]


def write_log(work_dir, lines, stamp='20260101_000000'):
    log = work_dir / stamp / 'vis_data' / 'scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text(''.join(f'{json.dumps(line)}\n' for line in lines))
    return log


def test_metrics_join_the_last_iteration(tmp_path):
    write_log(tmp_path, LINES)
    first, second = read_scalars(tmp_path)
    assert first == {'epoch': 1, 'iter': 10, 'lr': 0.1, 'loss': 4, 'loss_kpt': 2, 'seconds': 5}
    assert second['coco/AP'] == 0.25 and second['seconds'] == pytest.approx(1)
    assert panel_names([first, second]) == ['loss', 'loss_kpt', 'coco/AP', 'lr']


def test_a_resumed_run_replaces_what_it_repeats(tmp_path):
    log = write_log(tmp_path, [*LINES, dict(LINES[0], iter=30)])
    log.write_text(log.read_text() + '{"loss": 1')  # killed
    write_log(tmp_path, [dict(LINES[1], loss=2.5)], '20260102_000000')
    assert [(row['iter'], row['loss']) for row in read_scalars(tmp_path)] == [(10, 4), (20, 2.5)]


def test_one_figure_of_several_runs(tmp_path):
    run, other = tmp_path / 'run', tmp_path / 'elsewhere' / 'run'
    write_log(run, LINES)
    write_log(other, [dict(LINES[0], loss=9.0), *LINES[1:]])
    one = plot_curves({'one': run}, tmp_path / 'one.png')
    both = plot_curves({'one': run, 'other': other}, tmp_path / 'new' / 'both.png')
    one, both = cv2.imread(str(one)), cv2.imread(str(both))
    # Four panels in two lines of three columns.
    assert one.shape == both.shape and one.shape[1] > one.shape[0]
    assert (one != both).any(), 'the second run is not drawn'
