"""Every cell is an output of MosaicAffine; annotations stay in their cell."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import Invented, sample
from mmengine.dataset import Compose
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms.cached_loading import LoadCachedImage
from mmpose_lrfg.datasets.transforms.mosaic_affine import Draw, MosaicAffine
from mmpose_lrfg.datasets.transforms.people_grid import PeopleGrid
from mmpose_lrfg.engine.hooks.image_loading import find_transforms
from mmpose_lrfg.utils.errors import UserError

SHAPES = [(144, 192), (160, 90), (60, 70), (300, 400)]


def samples(seed=0):
    rng = np.random.default_rng(seed)
    return [sample(rng, *shape) for shape in SHAPES]


def picture(transform, given):
    dataset = Invented(given)
    first = dataset.get_data_info(0)
    return transform(dict(first, dataset=dataset))


def test_four_cells_are_four_pictures(monkeypatch):
    draw = Draw(None, 1.3, (0.1, -0.05), flip=True)
    monkeypatch.setattr(MosaicAffine, 'draw', lambda self: draw)
    given = samples()
    grid = picture(PeopleGrid((192, 160), load=[], hsv=None, grids=(0, 1)), given)
    assert grid['img'].shape == (160, 192, 3) and grid['img_shape'] == (160, 192)
    # Three partners first, then the sample itself, which was handed out first.
    order, boxes, points = [1, 2, 3, 0], [], []
    for place, number in enumerate(order):
        alone = picture(MosaicAffine((96, 80), load=[], hsv=None, mosaic_prob=0), [given[number]])
        x, y = place % 2 * 96, place // 2 * 80
        assert np.array_equal(grid['img'][y : y + 80, x : x + 96], alone['img'])
        boxes.append(alone['bbox'] + np.float32([x, y, x, y]))
        points.append((alone['keypoints'] + np.float32([x, y]))[alone['keypoints_visible'] > 0])
    np.testing.assert_allclose(grid['bbox'], np.concatenate(boxes), atol=1e-4)
    shown = grid['keypoints'][grid['keypoints_visible'] > 0]
    np.testing.assert_allclose(shown, np.concatenate(points), atol=1e-4)
    assert grid['bbox'].dtype == grid['keypoints'].dtype == np.float32
    assert len(grid['category_id']) == len(grid['area']) == len(grid['bbox']) > 4


@given(seed=st.integers(0, 10_000), number=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_people_stay_in_their_cell(seed, number):
    np.random.seed(seed)
    transform = PeopleGrid(
        (192, 192), load=[], grids=[0] * (number - 1) + [2.0], rotate=20, shift=0.2
    )
    made = picture(transform, samples(seed))
    side = 192 // number
    cell = made['bbox'][:, :2] // side
    assert (made['bbox'][:, 2:] <= (cell + 1) * side).all()
    inside = made['keypoints'] - cell[:, None] * side
    seen = made['keypoints_visible'] > 0
    assert (inside[seen] >= 0).all() and (inside[seen] <= side).all()


def test_a_person_fills_the_wanted_part_of_the_cell():
    one = [sample(np.random.default_rng(0), *SHAPES[0], people=1)]
    transform = PeopleGrid((192, 192), load=[], grids=(0, 0, 1), focus=(0.5, 0.5), shift=0.0)
    sides = (made := picture(transform, one))['bbox'][:, 2:] - made['bbox'][:, :2]
    assert len(sides) == 9
    np.testing.assert_allclose(sides.max(axis=1), 32, atol=1e-3)


def test_cells_without_a_person_brought_near():
    step = dict(
        type='PeopleGrid', input_size=(64, 64), load=[], focus_prob=0, scale=(1, 1), shift=0
    )
    made = picture(TRANSFORMS.build(dict(step, grids=[1], hsv=None, flip_prob=0)), samples()[:1])
    # The whole image, 144 x 192, in a letterbox.
    assert (made['img'][:8] == 114).all() and (made['img'][10:54] != 114).any()


def test_all_cells_share_one_cache_and_its_hook_finds_it():
    load = dict(type='LoadCachedImage', long_side=64, budget=0)
    grid = PeopleGrid((64, 64), load=[load], grids=(1, 1, 1))
    dataset = SimpleNamespace(pipeline=Compose([grid]))
    ((of, loader),) = find_transforms(dataset, LoadCachedImage)
    assert of is dataset
    for cell in grid.cells.values():
        ((_, found),) = find_transforms(SimpleNamespace(pipeline=cell), LoadCachedImage)
        assert found is loader


@pytest.mark.parametrize('grids', [(), (0, 0), (1, -1)])
def test_grids_that_are_none(grids):
    with pytest.raises(UserError, match='cells a side'):
        PeopleGrid((64, 64), grids=grids)
