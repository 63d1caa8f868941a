import pytest
import torch

from mmpose_lrfg.models.task_modules import AnchorGenerator


def test_sizes_and_cells():
    grid = AnchorGenerator([[(16, 32)], [(64, 96)]], strides=(8, 16))
    assert grid.num_anchors == 1
    assert grid.in_cells(0).tolist() == [[2, 4]]
    assert grid.in_cells(1).tolist() == [[4, 6]]
    assert 'sizes' in grid.state_dict()
    # Cells are column and row.
    cells = AnchorGenerator.cells(2, 3)
    assert cells.shape == (2, 3, 2) and cells.dtype == torch.float32
    assert cells[1, 2].tolist() == [2, 1]


@pytest.mark.parametrize('anchors', [[[(1, 1)]], [[(1, 1)], [(1, 1), (2, 2)]]])
def test_levels_must_fit(anchors):
    with pytest.raises(ValueError, match='same number'):
        AnchorGenerator(anchors, strides=(8, 16))


def test_the_cpu_copy_follows_a_loaded_state_dict():
    grid = AnchorGenerator()
    assert torch.equal(grid.on_cpu(), grid.sizes)
    assert grid.on_cpu() is grid.on_cpu()
    grid.load_state_dict({'sizes': 2 * grid.sizes})
    assert torch.equal(grid.on_cpu(), grid.sizes)
    elsewhere = AnchorGenerator().to('meta')
    assert elsewhere.in_cells(1).device.type == 'meta'
    grid.to(torch.float64)
    assert grid.in_cells(0, 'cpu').dtype == torch.float64
