"""MosaicAffine against the sequence of MMPose's transforms: pixels and annotations."""

import cv2
import numpy as np
import pytest
from invented import Invented, sample
from mmpose.datasets.transforms import BottomupRandomAffine, FilterAnnotations, Mosaic, RandomFlip
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms import geometry
from mmpose_lrfg.datasets.transforms.mosaic_affine import Draw, MosaicAffine
from mmpose_lrfg.datasets.transforms.pixels import apply_hsv
from mmpose_lrfg.utils.errors import UserError

SIZE = (192, 160)
# Landscape, portrait, small and large; the first fills its tile without being resized.
SHAPES = [(144, 192), (160, 90), (60, 70), (300, 400)]


def ours(draw, samples, monkeypatch, **kwargs):
    settings = dict(load=[], hsv=None, min_visible=0)
    transform = MosaicAffine(SIZE, **{**settings, **kwargs})
    monkeypatch.setattr(transform, 'draw', lambda: draw)
    dataset = Invented(samples)
    return transform(dict(dataset.get_data_info(0), dataset=dataset))


def theirs(draw, samples, monkeypatch):
    """MMPose's own transforms with the same parameters."""
    dataset = Invented(samples)
    results = dict(dataset.get_data_info(0), dataset=dataset)
    canvas = np.array(SIZE)
    if draw.centre is not None:
        parts = [(c + 0.5) / s for c, s in zip(draw.centre, SIZE)]
        mosaic = Mosaic(img_scale=SIZE, center_range=(0, 1))
        uniform = iter([0, *parts])
        monkeypatch.setattr(
            'mmpose.datasets.transforms.mix_img_transforms.random.uniform',
            lambda *_: next(uniform),
        )
        results = mosaic(results)
        canvas = 2 * canvas
    affine = BottomupRandomAffine(
        SIZE, pad_val=114, bbox_keep_corner=False, clip_border=True, scale_type='long'
    )
    # MMPose: what share of the canvas the output sees, and where its middle lies.
    view = np.full(1, SIZE[0] / (canvas[0] * draw.gain))
    cos, sin = np.cos(np.radians(draw.rotate)), np.sin(np.radians(draw.rotate))
    offset = -np.array([[cos, -sin], [sin, cos]]) @ (np.array(draw.shift) * SIZE)
    offset = offset / draw.gain / canvas
    if draw.centre is None:
        view = np.full(1, 1 / draw.gain)
        offset = np.zeros(2)
    monkeypatch.setattr(
        affine, '_get_transform_params', lambda: (offset, view, draw.rotate, np.zeros(2))
    )
    results = affine(results)
    # RandomFlip takes what BottomupRandomAffine wrote as (width, height) for (height, width).
    results['input_size'] = SIZE[::-1]
    results = RandomFlip(prob=float(draw.flip))(results)
    # Mirrored after clipping, boxes begin at -1 and keypoints may.
    results['bbox'] = results['bbox'].clip(0)
    results['keypoints_visible'] *= results['keypoints'][..., 0] >= 0
    return FilterAnnotations(by_box=True, by_kpt=False, min_gt_bbox_wh=(4, 4), keep_empty=False)(
        results
    )


DRAW = Draw((192, 160), 0.5)
DRAWS = {
    'plain': DRAW,
    'wide': Draw((130, 200), 0.62, (0.08, -0.05)),
    'near': Draw((250, 120), 1.4, (-0.1, 0.1)),
    'flipped': Draw((150, 190), 0.9, (0.03, 0.04), flip=True),
    'turned': Draw((180, 150), 0.8, (0.05, 0.02), rotate=23),
    'turned and flipped': Draw((180, 150), 0.8, (0.05, 0.02), rotate=-11, flip=True),
    'one': Draw(None),
    'one, near': Draw(None, 1.3, flip=True),
}


@pytest.mark.parametrize('draw', DRAWS.values(), ids=DRAWS.keys())
@pytest.mark.parametrize('seed', range(3))
def test_labels_are_those_of_mmpose(draw, seed, monkeypatch):
    rng = np.random.default_rng(seed)
    shapes = [SHAPES[i] for i in rng.permutation(4)]
    samples = [sample(rng, *shape) for shape in shapes]
    a = ours(draw, samples, monkeypatch)
    b = theirs(draw, samples, monkeypatch)
    assert len(a['bbox']) == len(b['bbox']) > 0
    np.testing.assert_allclose(a['bbox'], b['bbox'], atol=1e-3)
    np.testing.assert_array_equal(a['category_id'], b['category_id'])
    np.testing.assert_array_equal(a['keypoints_visible'], b['keypoints_visible'])
    seen = b['keypoints_visible'] > 0
    assert seen.any()
    np.testing.assert_allclose(a['keypoints'][seen], b['keypoints'][seen], atol=1e-3)
    assert (a['keypoints'][~seen] == 0).all(), 'a keypoint without annotation keeps a position'
    np.testing.assert_allclose(a['area'], b['area'], rtol=1e-3)


@pytest.mark.parametrize('draw', DRAWS.values(), ids=DRAWS.keys())
def test_pixels_are_those_of_mmpose(draw, monkeypatch):
    rng = np.random.default_rng(7)
    samples = [sample(rng, *shape) for shape in ((160, 192), (160, 120), (80, 192), (160, 192))]
    a = ours(draw, samples, monkeypatch)['img']
    b = theirs(draw, samples, monkeypatch)['img']
    assert a.dtype == np.uint8 and a.shape == b.shape == (SIZE[1], SIZE[0], 3)
    difference = np.abs(a.astype(int) - b).max(axis=2)
    # Only the seams and borders differ: MMPose blends the pixels on both sides of them.
    assert (difference > 3).mean() < 0.03
    assert np.median(difference) <= 1


def test_no_pixel_between_tiles_is_left_grey(monkeypatch):
    white = dict(sample(np.random.default_rng(0), 160, 192), img=np.full((160, 192, 3), 255))
    white['img'] = white['img'].astype(np.uint8)
    for gain, flip in ((0.77, False), (1.31, True), (1.0, True)):
        draw = Draw((190, 163), gain, (0.013, -0.02), flip=flip)
        assert ours(draw, [white], monkeypatch)['img'][60:100, 60:130].min() == 255


def test_images_that_do_not_show_are_not_loaded(monkeypatch):
    loaded = []

    def load(results):
        loaded.append(results['img_shape'])
        return results

    samples = [sample(np.random.default_rng(0), *shape) for shape in SHAPES]
    ours(Draw((280, 160), 1.5), samples, monkeypatch, load=[load])
    assert loaded == [SHAPES[0], SHAPES[2]], 'only the left tiles show'


def test_recent_images_are_partners_and_not_loaded_again(monkeypatch):
    loaded = []

    def load(results):
        loaded.append(int(results['category_id'][0]))
        return results

    samples = [sample(np.random.default_rng(n), 160, 192, people=1) for n in range(4)]
    for n, s in enumerate(samples):
        s['category_id'][:], s['img'][:] = n, 50 * n
    transform = MosaicAffine(SIZE, load=[load], hsv=None, recent=4, min_visible=0)
    monkeypatch.setattr(transform, 'draw', lambda: DRAW)
    dataset = Invented(samples)
    for _ in range(6):
        result = transform(dict(dataset.get_data_info(0), dataset=dataset))
        greys = {50 * n for n in result['category_id']}
        shown = {int(result['img'][y, x, 0]) for y in (60, 100) for x in (70, 120)}
        assert shown == greys and len(result['category_id']) == 4
    assert loaded[:4] == [0, 1, 2, 3] and len(loaded) == 4 + 5, 'the first four, then one each'


def test_people_without_a_keypoint_stay_and_slivers_go(monkeypatch):
    alone = sample(np.random.default_rng(0), 160, 192, people=3)
    alone['bbox'][:] = [(50, 50, 90, 90), (-95, 50, 5, 90), (50, 50, 53, 90)]
    alone['keypoints_visible'][:] = [[0], [1], [1]]
    result = ours(Draw(None), [alone], monkeypatch, min_visible=0.1)
    np.testing.assert_allclose(result['bbox'], [(50, 50, 90, 90)], atol=1e-4)
    assert result['category_id'].tolist() == [1]
    assert not result['keypoints'].any() and result['keypoints'].shape == (1, 17, 2)


def test_without_people_or_annotations(monkeypatch):
    empty = sample(np.random.default_rng(0), 160, 192, people=0)
    bare = {name: value for name, value in empty.items() if name not in ('bbox', 'keypoints')}
    for draw, given in ((Draw(None), empty), (Draw(None, focus=0.4), empty), (DRAW, bare)):
        result = ours(draw, [given], monkeypatch)
        assert result['bbox'].shape == (0, 4) and result['keypoints'].shape == (0, 17, 2)


@pytest.mark.parametrize('flip', [False, True])
def test_one_person_is_brought_into_the_middle(flip, monkeypatch):
    alone = sample(np.random.default_rng(0), 120, 180, people=1)
    found = ours(Draw(None, focus=0.5, flip=flip), [alone], monkeypatch)
    low, high = found['bbox'].reshape(2, 2)
    assert max(high - low) == pytest.approx(0.5 * max(SIZE), abs=1e-3)
    # The mirror axis lies half a pixel beside the middle.
    middle = np.array(SIZE) / 2 - (flip, 0)
    np.testing.assert_allclose((low + high) / 2, middle, atol=1e-3)


def test_focus_on_a_random_one_of_several(monkeypatch):
    several = sample(np.random.default_rng(5), 160, 160, people=4)
    shown = set()
    for _ in range(30):
        found = ours(Draw(None, focus=0.4), [several], monkeypatch, min_visible=0.99)
        sides = (found['bbox'][:, 2:] - found['bbox'][:, :2]).max(axis=1)
        focused = np.isclose(sides, 0.4 * max(SIZE), atol=1e-3)
        shown.update(found['category_id'][focused])
    assert len(shown) > 1


def test_focus_is_drawn_for_single_images_only():
    always = dict(load=[], focus_prob=1.0, focus=(0.3, 0.6))
    single = [MosaicAffine(SIZE, mosaic_prob=0.0, **always).draw().focus for _ in range(50)]
    assert 0.3 <= min(single) < 0.4 < 0.5 < max(single) <= 0.6
    assert MosaicAffine(SIZE, mosaic_prob=1.0, **always).draw().focus is None
    assert MosaicAffine(SIZE, load=[], mosaic_prob=0.0).draw().focus is None


def test_colour_is_that_of_floating_point():
    rng = np.random.default_rng(0)
    hsv = rng.integers(0, (180, 256, 256), (40, 50, 3)).astype(np.uint8)
    factors = np.array([1.01, 1.4, 0.7])
    expected = hsv * factors
    expected[..., 0] %= 180
    expected = cv2.cvtColor(expected.clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2BGR)
    image = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    apply_hsv(image, factors)
    # Through BGR and back the hue of dark or grey pixels is not defined; most agree.
    assert np.median(np.abs(image.astype(int) - expected)) <= 2
    grey = np.full((4, 4, 3), 100, np.uint8)
    apply_hsv(grey, (1.01, 1.5, 1.2))
    assert np.unique(grey).tolist() == [120]


def test_random_draws_keep_to_the_ranges_and_reach_them():
    transform = MosaicAffine(SIZE, load=[], mosaic_prob=0.5)
    np.random.seed(0)
    draws = [transform.draw() for _ in range(400)]
    gains = np.array([d.gain for d in draws])
    assert 0.5 <= gains.min() < 0.52 and 1.48 < gains.max() <= 1.5
    assert 0.09 < np.abs([d.shift for d in draws]).max() <= 0.1
    assert {d.rotate for d in draws} == {0.0} and {d.shear for d in draws} == {(0.0, 0.0)}
    assert 0.4 < np.mean([d.flip for d in draws]) < 0.6
    centres = np.array([d.centre for d in draws if d.centre])
    assert 0.4 < len(centres) / 400 < 0.6
    assert (centres >= np.array(SIZE) // 2).all() and (centres <= 1.5 * np.array(SIZE)).all()


def test_shear_and_errors():
    upright = geometry.affine_matrix(SIZE, SIZE, shear=(45, 0))
    moved = geometry.transform_points(np.array([[96, 80], [96, 90]]), upright)
    np.testing.assert_allclose(moved, [[96, 80], [106, 90]])
    for wrong in (dict(scale=(1.5, 0.5)), dict(focus=(0.9, 0.3))):
        with pytest.raises(UserError, match=f'{next(iter(wrong))} must'):
            MosaicAffine(SIZE, **wrong)
    transform = TRANSFORMS.build(dict(type='MosaicAffine', input_size=SIZE, load=[]))
    with pytest.raises(UserError, match='from the dataset'):
        transform(sample(np.random.default_rng(0), 160, 192))
