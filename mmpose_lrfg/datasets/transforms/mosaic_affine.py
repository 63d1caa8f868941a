"""Mosaic, scale, shift, rotation, mirror image, MixUp and colour in one transform."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms import geometry, people
from mmpose_lrfg.datasets.transforms.colour import apply_hsv, draw_hsv_factors
from mmpose_lrfg.datasets.transforms.loading import PADDING
from mmpose_lrfg.datasets.transforms.warping import warp_into
from mmpose_lrfg.utils.errors import UserError

KEPT = ('img', *people.FIELDS)  # of a sample that may be a partner later
RECENT = 'recent'  # marks such a sample


@dataclass
class Draw:
    """One draw of the random parameters of a picture.

    Attributes:
        centre: Where the four tiles meet, pixels of the mosaic; None: a single image.
        gain: Output pixels per pixel of the canvas.
        shift: Right and down, in parts of the output.
        rotate: Degrees, against the clock.
        shear: Degrees along x and y.
        flip: Whether left and right are swapped.
        focus: Long side of a person's box in parts of the output's, where one is brought into
            the middle; overrides ``gain``. None: the image as it is.
    """

    centre: tuple[int, int] | None
    gain: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    rotate: float = 0.0
    shear: tuple[float, float] = (0.0, 0.0)
    flip: bool = False
    focus: float | None = None


@TRANSFORMS.register_module()
class MosaicAffine(BaseTransform):
    """Load one image or a mosaic of four and warp it, randomly, to the network's input.

    The picture is that of MMPose's ``Mosaic``, ``BottomupRandomAffine`` (``affine``) and
    ``RandomFlip`` in a row, but no canvas of twice the input is ever made: every tile is warped
    once, straight to the part of the output where it shows, and images of which nothing would
    show are not even loaded. The output stays uint8.

    The mosaic's canvas is twice the input; the output looks at its middle. A single image (by
    ``mosaic_prob``) is letterboxed on a canvas of the input's size and warped likewise.

    Keypoints outside become unlabelled (position and visibility 0). Boxes are clipped; people
    stay if enough of the box does, also without a labelled keypoint.

    Required Keys: ``img_path``, and ``dataset`` for mosaic and MixUp; annotations (``bbox``,
    ``keypoints``, ``keypoints_visible``, and, where present, ``area``, ``bbox_score``,
    ``category_id``), ``flip_indices``.

    Added and modified Keys: ``img`` (H, W, 3) uint8, ``img_shape``, ``input_size``, ``flip``,
    the annotations.

    Args:
        input_size (Sequence[int]): Width and height of the output.
        load (Sequence[dict]): Transforms that load an image, for every tile.
        mosaic_prob (float): How often four images and not one.
        centre_range (Sequence[float]): Where the tiles meet, in parts of the input's size.
        focus_prob (float): How often a single image is scaled and moved so that one of its people,
            chosen at random, fills the part ``focus`` of the input: people of every size in the
            images then teach as much, and a small input is used well.
        focus (Sequence[float]): Least and most long side of that person's box, in parts of the
            input's longer side.
        scale (Sequence[float]): Least and most output pixels per canvas pixel, uniform.
        shift (float): Most shift, in parts of the input's size.
        rotate (float): Most rotation in degrees.
        shear (float): Most shear in degrees.
        flip_prob (float): How often left and right are swapped.
        hsv (Sequence[float], optional): Most relative change of hue, saturation and value.
        mixup_prob (float): How often a second picture shines through.
        recent (int): Take partners from so many images that this process loaded last, so that
            only one image a sample is decoded; 0 takes them from the whole data set. For data
            that no cache can hold; the images come shuffled, so partners are still random.
        min_size (float): People whose box is not wider and higher than this are left out.
        min_visible (float): Least part of a box's area to be seen, else the person is left out.
        pad_val (int): Grey around the images.

    Raises:
        UserError: If a range is empty or an image has no dataset to take partners from.
    """

    def __init__(
        self,
        input_size: Sequence[int],
        load: Sequence[dict] = (dict(type='LoadImageOrSkip'),),
        mosaic_prob: float = 1.0,
        centre_range: Sequence[float] = (0.5, 1.5),
        focus_prob: float = 0.0,
        focus: Sequence[float] = (0.4, 1.0),
        scale: Sequence[float] = (0.5, 1.5),
        shift: float = 0.1,
        rotate: float = 0.0,
        shear: float = 0.0,
        flip_prob: float = 0.5,
        hsv: Sequence[float] | None = (0.015, 0.7, 0.4),
        mixup_prob: float = 0.0,
        recent: int = 0,
        min_size: float = 4,
        min_visible: float = 0.1,
        pad_val: int = PADDING,
    ):
        for name, ends in (('scale', scale), ('focus', focus)):
            if not 0 < ends[0] <= ends[1]:
                raise UserError(f'MosaicAffine: {name} is (least, most), both positive, not {ends}')
        self.input_size = tuple(int(side) for side in input_size)
        # MMPose's registry by name: no default scope is needed then.
        self.load = Compose([TRANSFORMS.build(t) if isinstance(t, dict) else t for t in load])
        self.mosaic_prob = mosaic_prob
        self.centre_range = centre_range
        self.focus_prob = focus_prob
        self.focus = focus
        self.scale = scale
        self.shift = shift
        self.rotate = rotate
        self.shear = shear
        self.flip_prob = flip_prob
        self.hsv = hsv
        self.mixup_prob = mixup_prob
        self.recent: deque[dict] = deque(maxlen=recent)
        self.min_size = min_size
        self.min_visible = min_visible
        self.pad_val = pad_val
        self.skipped: list[str] = []  # unreadable images, while a sample is made

    def draw(self) -> Draw:
        """Random parameters of one picture."""
        uniform, centre, focus = np.random.uniform, None, None
        if uniform() < self.mosaic_prob:
            centre = tuple(int(uniform(*self.centre_range) * side) for side in self.input_size)
        elif uniform() < self.focus_prob:
            focus = uniform(*self.focus)
        return Draw(
            centre,
            gain=uniform(*self.scale),
            shift=tuple(uniform(-self.shift, self.shift, 2)),
            rotate=uniform(-self.rotate, self.rotate),
            shear=tuple(uniform(-self.shear, self.shear, 2)),
            flip=uniform() < self.flip_prob,
            focus=focus,
        )

    def transform(self, results: dict) -> dict:
        """Make the network's input of ``results`` and random partners."""
        dataset = results.get('dataset')
        draw = self.draw()
        self.skipped = []
        image, found = self.picture(results, dataset, draw)
        if np.random.uniform() < self.mixup_prob:
            second, others = self.picture(self.partner(dataset), dataset, self.draw())
            part = np.random.beta(32, 32)
            image = cv2.addWeighted(image, part, second, 1 - part, 0)
            found = people.join([found, others])
        if self.hsv is not None:
            apply_hsv(image, draw_hsv_factors(self.hsv))
        results.update(found)
        results['img'] = image
        results['img_shape'] = image.shape[:2]
        results['input_size'] = self.input_size
        results['flip'] = draw.flip
        if self.skipped:
            results['skipped_images'] = self.skipped
        return results

    def partner(self, dataset) -> dict:
        """A random other sample, loaded or not."""
        if dataset is None:
            raise UserError('MosaicAffine takes partners from the dataset, but there is none')
        if self.recent and len(self.recent) == self.recent.maxlen:
            return dict(self.recent[np.random.randint(len(self.recent))])
        return dataset.get_data_info(np.random.randint(len(dataset)))

    def picture(self, results: dict, dataset, draw: Draw) -> tuple[np.ndarray, dict]:
        """Pixels (H, W, 3) and people of one draw; ``results`` is its first image."""
        width, height = self.input_size
        output = np.full((height, width, 3), self.pad_val, np.uint8)
        size = self.input_size
        canvas = size if draw.centre is None else (2 * width, 2 * height)
        if draw.focus is not None:
            results = self.loaded(results, dataset)
            draw = self.focused(results, draw)
        matrix = geometry.affine_matrix(
            canvas, size, draw.gain, draw.shift, draw.rotate, draw.shear
        )
        seen = geometry.mirror_matrix(width) @ matrix if draw.flip else matrix
        groups = []
        for number in range(1 if draw.centre is None else 4):
            sample = results if number == 0 else self.partner(dataset)
            place = (
                (0, 0, *size)
                if draw.centre is None
                else geometry.quadrant_rectangle(number, size, draw.centre)
            )
            if geometry.is_seen(place, matrix, size):
                if draw.focus is None:  # else it had to be known before
                    sample = self.loaded(sample, dataset)
                tile, rectangle = self.place(number, sample['img'].shape[:2], draw)
                warp_into(output, sample['img'], tile, rectangle, seen)
                here = people.people_of(sample)
                if here is not None:
                    groups.append(people.move(here, tile))
        return output, self.people_in(groups, results, canvas, matrix, draw.flip)

    def loaded(self, sample: dict, dataset) -> dict:
        """The sample with its image, or another where the loading transform replaces it."""
        if RECENT in sample:
            return sample
        sample['dataset'] = dataset
        sample = self.load(sample)
        self.skipped += sample.pop('skipped_images', ())
        if self.recent.maxlen:
            kept = {name: sample[name] for name in KEPT if name in sample}
            self.recent.append({**kept, RECENT: True})
        return sample

    def focused(self, sample: dict, draw: Draw) -> Draw:
        """The draw that brings a random person of the loaded sample into the middle."""
        here = people.people_of(sample)
        boxes = np.zeros((0, 4)) if here is None else here['bbox']
        boxes = geometry.transform_boxes(
            boxes, geometry.letterbox_matrix(sample['img'].shape[:2], self.input_size)
        )
        sides = boxes[:, 2:] - boxes[:, :2]
        large = np.flatnonzero((sides > self.min_size).all(axis=1))
        if not len(large):
            return draw
        chosen = np.random.choice(large)
        size = np.asarray(self.input_size, float)
        gain = draw.focus * size.max() / sides[chosen].max()
        from_middle = boxes[chosen].reshape(2, 2).mean(axis=0) - size / 2
        shift = np.asarray(draw.shift) - gain * from_middle / size
        return replace(draw, gain=gain, shift=tuple(shift))

    def place(self, number: int, shape: Sequence[int], draw: Draw):
        """Matrix from an image (height, width) to the canvas, and what it covers there."""
        if draw.centre is not None:
            return geometry.tile_matrix(number, shape, self.input_size, draw.centre)
        matrix = geometry.letterbox_matrix(shape, self.input_size)
        # Area of the image's pixels, which reach half a pixel beyond their centres.
        first, last = geometry.transform_points(
            np.array([[-0.5, -0.5], [shape[1] - 0.5, shape[0] - 0.5]]), matrix
        )
        return matrix, (*(first + 0.5), *(last + 0.5))

    def people_in(self, groups: list[dict], results: dict, canvas, matrix, flip: bool) -> dict:
        """The people of all tiles, from the canvas into the output."""
        if not groups:
            return people.no_people(len(results['flip_indices']))
        found = people.join(groups)
        whole = geometry.transform_boxes(found['bbox'], matrix)
        found = people.move(people.cut_off(found, canvas), matrix)
        found = people.cut_off(found, self.input_size)
        if flip:
            found = people.mirrored(found, self.input_size, results['flip_indices'])
        return people.single(people.keep_visible(found, whole, self.min_size, self.min_visible))
