"""Mosaic, affine transform, flip and colour augmentation in one transform."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.datasets.transforms import geometry, instances
from mmpose_lrfg.datasets.transforms.loading import PADDING
from mmpose_lrfg.datasets.transforms.pixels import apply_hsv, warp_into
from mmpose_lrfg.utils.errors import UserError

KEPT = ('img', *instances.FIELDS)  # keys of a recent sample
RECENT = 'recent'  # marks a sample that is already loaded


@dataclass
class Draw:
    """Random parameters of one output image.

    Attributes:
        centre: Point where the four tiles meet, in pixels of the mosaic; None for a single image.
        gain: Output pixels per pixel of the canvas.
        shift: Shift right and down, in parts of the output.
        rotate: Degrees, counter-clockwise.
        shear: Degrees along x and y.
        flip: Whether the image is mirrored horizontally.
        focus: Longer side of a person's box, in parts of the output's, if the image is zoomed to a
            person; overrides ``gain``.
    """

    centre: tuple[int, int] | None
    gain: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    rotate: float = 0.0
    shear: tuple[float, float] = (0.0, 0.0)
    flip: bool = False
    focus: float | None = None


@TRANSFORMS.register_module()
@dataclass(eq=False, repr=False)
class MosaicAffine(BaseTransform):
    """Load one image or a mosaic of four and warp it to the network's input.

    Equivalent to MMPose's ``Mosaic``, ``BottomupRandomAffine`` and ``RandomFlip`` in sequence, but
    without a canvas of twice the input: every tile is warped once, directly to its part of the
    output, and images that would not be visible are not loaded. The output is uint8.

    The mosaic's canvas is twice the input; the output shows its middle. A single image (by
    ``mosaic_prob``) is letterboxed on a canvas of the input's size and warped likewise.

    Keypoints outside become not annotated (position and visibility 0). Boxes are clipped; people
    are kept if enough of the box is visible, also without annotated keypoints.

    Required Keys: ``img_path``, and ``dataset`` for a mosaic; annotations (``bbox``,
    ``keypoints``, ``keypoints_visible``, and, where present, ``area``, ``bbox_score``,
    ``category_id``), ``flip_indices``.

    Added and modified Keys: ``img`` (H, W, 3) uint8, ``img_shape``, ``input_size``, ``flip``,
    the annotations.

    Args:
        input_size (Sequence[int]): Width and height of the output.
        load (Sequence[dict]): Transforms that load an image, for every tile.
        mosaic_prob (float): Probability of a mosaic.
        centre_range (Sequence[float]): Range of the mosaic's centre, in parts of the input's size.
        focus_prob (float): Probability that a single image is zoomed to a random person, so that
            people of all sizes in the images are learnt.
        focus (Sequence[float]): Range of the longer side of that person's box, in parts of the
            input's longer side.
        scale (Sequence[float]): Range of output pixels per canvas pixel.
        shift (float): Largest shift, in parts of the input's size.
        rotate (float): Largest rotation in degrees.
        shear (float): Largest shear in degrees.
        flip_prob (float): Probability of a horizontal flip.
        hsv (Sequence[float], optional): Largest relative change of hue, saturation and value.
        recent (int): Number of images, last loaded by this process, that partners are taken from,
            so that one image per sample is decoded; 0 takes partners from the whole data set. For
            data that do not fit into a cache.
        min_size (float): People whose box is not wider and higher than this are dropped.
        min_visible (float): Least visible part of the area of a person's box.
        pad_val (int): Grey value around the images.

    Raises:
        UserError: If a range is empty, or the sample has no dataset to take partners from.
    """

    input_size: Sequence[int]
    load: Sequence[dict] = (dict(type='LoadImageOrSkip'),)
    mosaic_prob: float = 1.0
    centre_range: Sequence[float] = (0.5, 1.5)
    focus_prob: float = 0.0
    focus: Sequence[float] = (0.4, 1.0)
    scale: Sequence[float] = (0.5, 1.5)
    shift: float = 0.1
    rotate: float = 0.0
    shear: float = 0.0
    flip_prob: float = 0.5
    hsv: Sequence[float] | None = (0.015, 0.7, 0.4)
    recent: int = 0
    min_size: float = 4
    min_visible: float = 0.1
    pad_val: int = PADDING

    def __post_init__(self):
        for name, ends in (('scale', self.scale), ('focus', self.focus)):
            if not 0 < ends[0] <= ends[1]:
                raise UserError(
                    f'MosaicAffine: {name} must be (min, max), both positive, got {ends}'
                )
        self.input_size = tuple(int(side) for side in self.input_size)
        # Built here, so that no default scope is needed.
        steps = [TRANSFORMS.build(t) if isinstance(t, dict) else t for t in self.load]
        self.load = Compose(steps)
        self.loaded_samples: deque[dict] = deque(maxlen=self.recent)
        self.skipped: list[str] = []  # unreadable images, while a sample is made

    def draw(self) -> Draw:
        """Return random parameters."""
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
        """Return the network's input from ``results`` and random partners."""
        dataset = results.get('dataset')
        draw = self.draw()
        self.skipped = []
        image, found = self.compose(results, dataset, draw)
        if self.hsv is not None:
            apply_hsv(image, 1 + np.random.uniform(-1, 1, 3) * np.asarray(self.hsv))
        results.update(found, img=image, img_shape=image.shape[:2])
        results.update(input_size=self.input_size, flip=draw.flip)
        if self.skipped:
            results['skipped_images'] = self.skipped
        return results

    def partner(self, dataset) -> dict:
        """Return a random other sample, loaded or not."""
        if dataset is None:
            raise UserError('MosaicAffine needs partners from the dataset, but the sample has none')
        if self.recent and len(self.loaded_samples) == self.recent:
            return dict(self.loaded_samples[np.random.randint(self.recent)])
        return dataset.get_data_info(np.random.randint(len(dataset)))

    def compose(self, results: dict, dataset, draw: Draw) -> tuple[np.ndarray, dict]:
        """Return image (H, W, 3) and annotations of one draw; ``results`` is its first image."""
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
            place = (0, 0, *size)
            if draw.centre is not None:
                place = geometry.quadrant_rectangle(number, size, draw.centre)
            if geometry.is_visible(place, matrix, size):
                if draw.focus is None:  # otherwise loaded before
                    sample = self.loaded(sample, dataset)
                shape = sample['img'].shape[:2]
                if draw.centre is None:
                    tile, rectangle = geometry.letterbox(shape, size)
                else:
                    tile, rectangle = geometry.tile_matrix(number, shape, size, draw.centre)
                warp_into(output, sample['img'], tile, rectangle, seen)
                here = instances.instances_of(sample)
                if here is not None:
                    groups.append(instances.move(here, tile))
        return output, self.annotations_in(groups, results, canvas, matrix, draw.flip)

    def loaded(self, sample: dict, dataset) -> dict:
        """Return the sample, or its replacement, with the image."""
        if RECENT in sample:
            return sample
        sample['dataset'] = dataset
        sample = self.load(sample)
        self.skipped += sample.pop('skipped_images', ())
        if self.recent:
            kept = {name: sample[name] for name in KEPT if name in sample}
            self.loaded_samples.append({**kept, RECENT: True})
        return sample

    def focused(self, sample: dict, draw: Draw) -> Draw:
        """Return the draw that zooms to a random person of the loaded sample."""
        here = instances.instances_of(sample)
        boxes = np.zeros((0, 4)) if here is None else here['bbox']
        letterbox, _ = geometry.letterbox(sample['img'].shape[:2], self.input_size)
        boxes = geometry.transform_boxes(boxes, letterbox)
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

    def annotations_in(self, groups: list[dict], results: dict, canvas, matrix, flip: bool) -> dict:
        """Transform the annotations of all tiles from the canvas to the output."""
        if not groups:
            return instances.no_instances(len(results['flip_indices']))
        found = instances.concatenate(groups)
        whole = geometry.transform_boxes(found['bbox'], matrix)
        found = instances.move(instances.clip(found, canvas), matrix)
        found = instances.clip(found, self.input_size)
        if flip:
            found = instances.flip(found, self.input_size, results['flip_indices'])
        return instances.to_float32(
            instances.filter_visible(found, whole, self.min_size, self.min_visible)
        )
