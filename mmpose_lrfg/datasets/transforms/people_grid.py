"""A grid of close views of people in one picture: a small input that is full of lessons."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms import people
from mmpose_lrfg.datasets.transforms.geometry import translation_matrix
from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine
from mmpose_lrfg.utils.errors import UserError


@TRANSFORMS.register_module()
class PeopleGrid(BaseTransform):
    """Cut the input into n x n cells and show a person of another image in each.

    What a training costs grows with its pixels, and most pixels of most photographs teach
    little: here every cell is a picture of :class:`MosaicAffine` in which one person, chosen at
    random, is brought near. n is drawn anew for every picture, so people come in several sizes.

    Required, Added and modified Keys: those of :class:`MosaicAffine`. ``flip`` tells of the last
    cell only; every cell has its own.

    Args:
        input_size (Sequence[int]): Width and height of the output.
        load (Sequence[dict]): Transforms that load an image, for every cell.
        grids (Sequence[float]): How often, relative to each other, n is 1, 2, 3, ...
        focus (Sequence[float]): Least and most long side of the person's box, in parts of the
            cell's longer side.
        **cell: Further arguments of :class:`MosaicAffine`, such as ``shift``, ``hsv``, or a
            ``focus_prob`` below 1, which leaves the other cells a whole image.

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
                f'PeopleGrid: grids are weights of 1, 2, 3, ... cells a side, not {grids}'
            )
        self.input_size = tuple(int(side) for side in input_size)
        self.numbers = np.flatnonzero(weights) + 1
        self.weights = weights[weights > 0] / weights.sum()
        # One for all cells, and where ImageLoadingHook finds it.
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
        """Make the network's input of ``results`` and random partners."""
        dataset = results.get('dataset')
        number = int(np.random.choice(self.numbers, p=self.weights))
        cell = self.cells[number]
        wide, high = cell.input_size
        output = np.full((*self.input_size[::-1], 3), cell.pad_val, np.uint8)
        groups, skipped = [], []
        for row, column in np.ndindex(number, number):
            # The sample itself comes last: what it keeps beside the people is the picture's.
            last = row == column == number - 1
            view = cell(dict(results if last else cell.partner(dataset), dataset=dataset))
            x, y = column * wide, row * high
            output[y : y + high, x : x + wide] = view['img']
            groups.append(people.move(people.people_of(view), translation_matrix(x, y)))
            skipped += view.get('skipped_images', ())
        view.update(people.single(people.join(groups)))
        view['img'] = output
        view['img_shape'] = output.shape[:2]
        view['input_size'] = self.input_size
        if skipped:
            view['skipped_images'] = skipped
        return view
