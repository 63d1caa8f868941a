from mmpose_lrfg.models.layers.common import scale_depth, scale_width


def test_scaling_of_widths_and_depths():
    assert [scale_width(c, 0.25) for c in (64, 768, 20)] == [16, 192, 8]
    assert [scale_depth(n, 0.33) for n in (1, 3, 9)] == [1, 1, 3]
