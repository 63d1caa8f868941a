"""Learning curves from results.csv."""

import cv2
import pytest

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import _panels, plot_curves, read_results

TEXT = 'epoch,iter,seconds,lr,loss,loss_kpt,coco/AP\n1,10,1.5,0.1,4,2,\n2,20,1.5,0.1,3,1,0.25\n'


@pytest.fixture
def results(tmp_path):
    path = tmp_path / 'results.csv'
    path.write_text(TEXT)
    return path


def test_results_have_no_empty_cells(results):
    rows = read_results(results)
    assert rows[0] == {'epoch': 1, 'iter': 10, 'seconds': 1.5, 'lr': 0.1, 'loss': 4, 'loss_kpt': 2}
    assert rows[1]['coco/AP'] == 0.25
    assert _panels(rows) == ['loss', 'loss_kpt', 'coco/AP', 'lr']


def test_one_figure_of_several_runs(results, tmp_path):
    other = tmp_path / 'other.csv'
    other.write_text(TEXT.replace(',4,', ',9,'))
    one = cv2.imread(str(plot_curves({'one': results}, tmp_path / 'one.png')))
    runs = {'one': results, 'other': other}
    both = cv2.imread(str(plot_curves(runs, tmp_path / 'new' / 'both.png')))
    # Four panels in two lines of three columns.
    assert one.shape == both.shape and one.shape[1] > one.shape[0]
    assert (one != both).any(), 'the second run is not drawn'


@pytest.mark.parametrize(
    'text, message', [('epoch,iter\n', 'no rows'), ('epoch,iter\n1,2\n', 'no column')]
)
def test_nothing_to_draw(tmp_path, text, message):
    (tmp_path / 'results.csv').write_text(text)
    with pytest.raises(UserError, match=message):
        plot_curves({'run': tmp_path / 'results.csv'}, tmp_path / 'x.png')
