"""Reading and writing of image files."""

import numpy as np
import pytest

from mmpose_lrfg.runtime.images import write_image


def test_an_image_that_its_format_cannot_hold(tmp_path):
    with pytest.raises(OSError, match=r'a\.jpg: an image of .* cannot be written'):
        write_image(tmp_path / 'a.jpg', np.zeros((1, 70_000, 3), np.uint8))
    assert not list(tmp_path.iterdir())
