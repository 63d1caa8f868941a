"""A grid of images zoomed to single people, for training with small inputs."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms import instances
from mmpose_lrfg.datasets.transforms.geometry import translation_matrix
from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine
from mmpose_lrfg.utils.errors import UserError


@TRANSFORMS.register_module()
class PeopleGrid(BaseTransform):
    """Divide the input into n x n cells and show a person of another image in each.

    The cost of training grows with the number of pixels, and most pixels of most photographs show
    no person. Here every cell is an output of :class:`MosaicAffine` zoomed to a random person. n is
    random, so people have several sizes.

    Required, Added and modified Keys: those of :class:`MosaicAffine`. ``flip`` is that of the last
    cell.

    Args:
        input_size (Sequence[int]): Width and height of the output.
        load (Sequence[dict]): Transforms that load an image, for every cell.
        grids (Sequence[float]): Weights of n = 1, 2, 3, ...
        focus (Sequence[float]): Range of the longer side of the person's box, in parts of the
            cell's longer side.
        **cell: Further arguments of :class:`MosaicAffine`, such as ``shift``, ``hsv``, or a
            ``focus_prob`` below 1 for cells with a whole image.

    Raises:
        UserError: If a weight is negative, or all are 0.
    """

    def __init__(
        self,
        input_size: Sequence[int],
        load: Sequence[dict] = (dict(type='LoadImageOrSkip'),),
        grids: Sequence[float] = (1.0, 3.0, 1.0),
        focus: Sequence[float] = (0.5, 1.1),
        **cell,
    ):
        weights = np.asarray(grids, float)
        if weights.min(initial=0) < 0 or not weights.any():
            raise UserError(
                f'PeopleGrid: grids must be weights of 1, 2, 3, ... cells a side, got {grids}'
            )
        self.input_size = tuple(int(side) for side in input_size)
        self.numbers = np.flatnonzero(weights) + 1
        self.weights = weights[weights > 0] / weights.sum()
        # Shared by all cells; ImageLoadingHook looks for this attribute.
        self.load = Compose([TRANSFORMS.build(t) if isinstance(t, dict) else t for t in load])
        self.cells = {
            number: MosaicAffine(
                [side // number for side in self.input_size],
                load=[self.load],
                focus=focus,
                **{'focus_prob': 1.0, **cell, 'mosaic_prob': 0.0},
            )
            for number in self.numbers
        }

    def transform(self, results: dict) -> dict:
        """Return the network's input from ``results`` and random partners."""
        dataset = results.get('dataset')
        number = int(np.random.choice(self.numbers, p=self.weights))
        cell = self.cells[number]
        wide, high = cell.input_size
        output = np.full((*self.input_size[::-1], 3), cell.pad_val, np.uint8)
        groups, skipped = [], []
        for row, column in np.ndindex(number, number):
            # The sample itself is the last cell; its other keys are kept.
            last = row == column == number - 1
            view = cell(dict(results if last else cell.partner(dataset), dataset=dataset))
            x, y = column * wide, row * high
            output[y : y + high, x : x + wide] = view['img']
            groups.append(instances.move(instances.instances_of(view), translation_matrix(x, y)))
            skipped += view.get('skipped_images', ())
        view.update(instances.to_float32(instances.concatenate(groups)))
        view['img'] = output
        view['img_shape'] = output.shape[:2]
        view['input_size'] = self.input_size
        if skipped:
            view['skipped_images'] = skipped
        return view
