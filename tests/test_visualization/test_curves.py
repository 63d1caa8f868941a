"""Learning curves from results.csv."""

import cv2
import pytest

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import _panels, plot_curves, read_results

TEXT = 'epoch,iter,seconds,lr,loss,loss_kpt,coco/AP\n1,10,1.5,0.1,4,2,\n2,20,1.5,0.1,3,1,0.25\n'


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / 'run'
    folder.mkdir()
    (folder / 'results.csv').write_text(TEXT)
    return folder


def test_results_leave_empty_cells_out(run):
    rows = read_results(run / 'results.csv')
    assert rows[0] == {'epoch': 1, 'iter': 10, 'seconds': 1.5, 'lr': 0.1, 'loss': 4, 'loss_kpt': 2}
    assert rows[1]['coco/AP'] == 0.25
    assert _panels({run: rows}) == ['loss', 'loss_kpt', 'coco/AP', 'lr']


def test_one_picture_of_several_runs(run, tmp_path):
    other = tmp_path / 'elsewhere' / 'run'
    other.mkdir(parents=True)
    (other / 'results.csv').write_text(TEXT.replace(',4,', ',9,'))
    one = cv2.imread(str(plot_curves([run], tmp_path / 'one.png')))
    both = cv2.imread(str(plot_curves([run, other], tmp_path / 'new' / 'both.png')))
    # Four panels in two lines of three columns.
    assert one.shape == both.shape and one.shape[1] > one.shape[0]
    assert (one != both).any(), 'the second run is not drawn'


def test_nothing_to_draw(tmp_path):
    with pytest.raises(UserError, match=r'has no results\.csv'):
        plot_curves([tmp_path], tmp_path / 'x.png')
    (tmp_path / 'results.csv').write_text('epoch,iter\n')
    with pytest.raises(UserError, match='no rows yet'):
        plot_curves([tmp_path], tmp_path / 'x.png')
