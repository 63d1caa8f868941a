"""Learning curves from the logs of mmengine, and curves of an evaluation."""

import json

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmpose_lrfg.evaluation.records import MEAN, precision_curves
from mmpose_lrfg.visualization import curves
from mmpose_lrfg.visualization.curves import plot_curves, read_scalars

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
    assert first == {**LINES[0], 'seconds': 5}
    assert second['coco/AP'] == 0.25 and second['seconds'] == pytest.approx(1)
    assert second['time'] == 0.1, 'not that of the evaluation'


def test_a_resumed_run_replaces_what_it_repeats(tmp_path):
    log = write_log(tmp_path, [*LINES, dict(LINES[0], iter=30)])
    log.write_text(log.read_text() + '{"loss": 1')  # killed
    write_log(tmp_path, [dict(LINES[1], loss=2.5)], '20260102_000000')
    assert [(row['iter'], row['loss']) for row in read_scalars(tmp_path)] == [(10, 4), (20, 2.5)]


@pytest.fixture
def drawn(monkeypatch):
    """Figures that were saved."""
    figures, save = [], curves.save
    monkeypatch.setattr(curves, 'save', lambda f, out: figures.append(f) or save(f, out))
    return figures


def shown(figure: Figure) -> dict[str, dict[str, list]]:
    """Labelled lines of the panels by title."""
    return {
        axes.get_title(): {line.get_label(): list(line.get_ydata()) for line in axes.lines}
        for axes in figure.axes
    }


def test_six_panels(tmp_path, drawn):
    write_log(tmp_path, LINES)
    image = cv2.imread(str(plot_curves({'run': read_scalars(tmp_path)}, tmp_path / 'c.png')))
    assert image.shape[1] == 1200
    panels = shown(drawn[0])
    assert len(panels) == 6
    assert panels['Total loss'] == {'loss': [4, 3]}
    assert panels['Losses by part'] == {'kpt': [2, 1]}
    assert panels['Average precision (AP)'] == {'AP': [0.25]}
    assert panels['Average recall (AR), mean OKS'] == {}
    assert panels['Seconds per iteration'] == {'all': [0.5, 0.1]}


def test_several_runs_share_the_panels(tmp_path, drawn):
    write_log(tmp_path, LINES)
    rows = read_scalars(tmp_path)
    other = [dict(row, loss=9.0) for row in rows]
    plot_curves({'one': rows, 'other': other}, tmp_path / 'new' / 'both.png')
    one, two = drawn[0].axes[0].lines[:2]
    assert (list(one.get_ydata()), list(two.get_ydata())) == ([4, 3], [9, 9])
    assert one.get_color() != two.get_color()
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ['one', 'other']


def test_precision_curves_leave_out_categories_without_people():
    precision = np.random.default_rng(0).uniform(size=(10, 101, 2))
    precision[..., 1] = -1
    mean, at_50, at_75 = precision_curves(precision).values()
    np.testing.assert_allclose(at_50, precision[0, :, 0])
    np.testing.assert_allclose(at_75, precision[5, :, 0])
    np.testing.assert_allclose(mean, precision[..., 0].mean(axis=0))
    assert np.isnan(precision_curves(precision[..., 1:])[MEAN]).all()
