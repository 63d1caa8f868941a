"""A grid of close views of people in one picture: a small input that is full of lessons."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms import people
from mmpose_lrfg.datasets.transforms.geometry import translation_matrix
from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine
from mmpose_lrfg.errors import UserError


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
        grids (dict[int, float]): How often, relative to each other, n is which number.
        focus (Sequence[float]): Least and most long side of the person's box, in parts of the
            cell's longer side.
        **cell: Further arguments of :class:`MosaicAffine`, such as ``shift``, ``rotate``, ``hsv``.

    Raises:
        UserError: If no grid is given, or one whose weight or number is not positive.
    """

    def __init__(
        self,
        input_size: Sequence[int],
        load: Sequence[dict] = (dict(type='LoadImageOrSkip'),),
        grids: Mapping[int, float] = MappingProxyType({1: 1.0, 2: 3.0, 3: 1.0}),
        focus: Sequence[float] = (0.5, 1.1),
        **cell,
    ):
        # A config that was written to a file and read again has strings for keys.
        grids = {int(number): float(weight) for number, weight in grids.items()}
        if not grids or min(grids) < 1 or min(grids.values()) <= 0:
            raise UserError(
                f'PeopleGrid: grids maps cells a side to a positive weight, not {grids}'
            )
        self.input_size = tuple(int(side) for side in input_size)
        self.numbers = list(grids)
        self.weights = np.array(list(grids.values())) / sum(grids.values())
        self.cells = {
            number: MosaicAffine(
                [side // number for side in self.input_size],
                load=load,
                mosaic_prob=0,
                focus_prob=1,
                focus=focus,
                **cell,
            )
            for number in grids
        }

    def transform(self, results: dict) -> dict:
        """Make the network's input of ``results`` and random partners."""
        dataset = results.get('dataset')
        number = int(np.random.choice(self.numbers, p=self.weights))
        cell = self.cells[number]
        wide, high = cell.input_size
        output = np.full((*self.input_size[::-1], 3), cell.pad_val, np.uint8)
        groups = []
        for row, column in np.ndindex(number, number):
            # The sample itself comes last: what it keeps beside the people is the picture's.
            last = row == column == number - 1
            view = cell(dict(results if last else cell.partner(dataset), dataset=dataset))
            x, y = column * wide, row * high
            output[y : y + high, x : x + wide] = view['img']
            groups.append(people.move(people.people_of(view), translation_matrix(x, y)))
        view.update(people.single(people.join(groups)))
        view['img'] = output
        view['img_shape'] = output.shape[:2]
        view['input_size'] = self.input_size
        return view
