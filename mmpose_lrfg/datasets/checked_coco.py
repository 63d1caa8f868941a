"""COCO-style data, checked and completed while it is loaded."""

import itertools
import json
import logging
import os
import tempfile
import weakref
from collections import Counter, defaultdict
from functools import cached_property
from pathlib import Path

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.logging import MessageHub, print_log
from mmpose.datasets import CocoDataset
from mmpose.registry import DATASETS

from mmpose_lrfg.datasets.annotations import AnnotationChecks
from mmpose_lrfg.datasets.classes import Classes
from mmpose_lrfg.datasets.coco_json import check_coco
from mmpose_lrfg.datasets.data_files import check_data_files, is_remote
from mmpose_lrfg.datasets.transforms.people import no_people
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import read_metainfo

IMAGES_LOOKED_AT = 20
# What MMPose's BaseCocoStyleDataset adds to every sample.
SCHEMA_KEYS = (
    'dataset_name',
    'upper_body_ids',
    'lower_body_ids',
    'flip_pairs',
    'dataset_keypoint_weights',
    'flip_indices',
    'skeleton_links',
)


@DATASETS.register_module()
class CheckedCocoDataset(CocoDataset):
    """``CocoDataset`` that says what is wrong with the data, and mends what is clear.

    Any keypoints and any classes: ``metainfo.classes`` names the categories that are learnt, in
    the order of their labels; without it, all of the file, by their ids. Annotations of other
    categories are left out. After loading, ``metainfo`` has ``classes`` (names) and
    ``category_ids``. A sample's ``category_id`` is its label + 1, as MMPose's codecs take it; the
    one of the file stays in ``raw_ann_info``.

    Mended, each with one warning: missing or non-positive ``area`` (0.53 of the box, as in
    MMPose), ``num_keypoints``, ``iscrowd``, ``categories``, an annotation id 0 (COCO's evaluation
    takes it for "unmatched"). In test mode the mended annotations are written to a temporary file,
    which ``CocoMetric`` reads unless its config names an ``ann_file`` of its own.

    In training (``data_mode='bottomup'``), targets are the people with annotated keypoints, as in
    YOLO-Pose and MMPose. Crowd regions never are. Images without a target are left out.

    Args:
        boxes_without_keypoints (bool): People without annotated keypoints are targets too, for box,
            objectness and class; their ``keypoints_visible`` is -1.
        background_images (bool): Images without a target stay in the training list; MMPose's own
            mosaic and affine transforms cannot take them, :class:`MosaicAffine` can.
        **kwargs: Those of :class:`mmpose.datasets.CocoDataset`.

    Raises:
        UserError: If files are missing, JSON is broken (with line and column), there are no
            people, keypoints are not as many as the metainfo has, ids are repeated, a class is of
            no category, or the metainfo is not what it should be.
    """

    def __init__(
        self,
        *args,
        boxes_without_keypoints: bool = False,
        background_images: bool = False,
        **kwargs,
    ):
        self.boxes_without_keypoints = boxes_without_keypoints
        self.background_images = background_images
        super().__init__(*args, **kwargs)

    @classmethod
    def _load_metainfo(cls, metainfo: dict | None = None) -> dict:
        return read_metainfo(cls.METAINFO if metainfo is None else metainfo)

    def load_data_list(self) -> list[dict]:
        """Load, check and complete the annotations."""
        check_data_files(self.ann_file, self.data_prefix.get('img') or '', self.data_root)
        if not is_remote(self.ann_file):
            check_coco(self.ann_file)
        self.checks = AnnotationChecks(self.ann_file, self._metainfo['num_keypoints'])
        data_list = super().load_data_list()
        if not self.bbox_file:
            for info in data_list:
                if info['img_id'] in self._shapes:
                    info['annotated_shape'] = self._shapes[info['img_id']]
            del self._shapes
        self._check_images(data_list)
        return data_list

    def _load_annotations(self):
        loaded = super()._load_annotations()
        self.checks.after_loading(self.coco)
        self._metainfo['classes'], self._metainfo['category_ids'] = self._classes
        for warning in self.checks.warnings():
            print_log(f'{self.ann_file}: {warning}', 'current', logging.WARNING)
        self._shapes = {
            i: (img['height'], img['width'])
            for i, img in self.coco.imgs.items()
            if 'height' in img and 'width' in img
        }
        if self.test_mode and self.checks.mended and not is_remote(self.ann_file):
            self._write_mended()
        return loaded

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Check and complete one annotation, then parse it as MMPose does."""
        self.checks.look_at_image(raw_data_info['raw_img_info'])
        annotation = raw_data_info['raw_ann_info']
        self.checks.look_at(annotation, self.coco.cats)
        parsed = super().parse_data_info(raw_data_info)
        if parsed is None:
            return None
        if annotation['category_id'] not in self._classes.category_ids:
            self.checks.seen['other class'] += 1
            return None
        label = self._classes.category_ids.index(annotation['category_id'])
        parsed['category_id'] = np.array(label + 1)
        return parsed

    def _get_bottomup_data_infos(self, instance_list: list[dict], image_list: list[dict]):
        """Group the targets by image."""
        if self.test_mode:
            return super()._get_bottomup_data_infos(instance_list, image_list)
        targets, left_out, ignored = [], Counter(), defaultdict(list)
        for instance in instance_list:
            valid = self._is_valid_instance(instance)
            if not valid:
                ignored[instance['img_id']].append(instance['segmentation'])
            if valid or self._is_box(instance):
                targets.append(instance)
            else:
                kind = 'crowd regions' if instance['iscrowd'] else 'people without keypoints'
                left_out[kind] += 1
        data_list = super()._get_bottomup_data_infos(targets, image_list)
        for info in data_list:  # regions that heatmaps are not to learn from
            info['invalid_segs'] = ignored[info['img_id']]
        used = {info['img_id'] for info in data_list}
        empty = [image for image in image_list if image['img_id'] not in used]
        if self.background_images:
            data_list += [self._background(image) for image in empty]
        else:
            left_out['images without a target'] = len(empty)
        listed = ', '.join(f'{n} {what}' for what, n in left_out.items() if n) or 'nothing'
        found = f'{len(data_list)} images with {len(targets)} objects; left out: {listed}'
        print_log(f'{self.checks.ann_file}: {found}', 'current')
        return data_list

    def _is_box(self, instance: dict) -> bool:
        """Whether an instance is a target as a box; its keypoints are marked as not annotated."""
        x1, y1, x2, y2 = instance['bbox'][0]
        if not self.boxes_without_keypoints or instance['iscrowd'] or x2 <= x1 or y2 <= y1:
            return False
        instance['keypoints_visible'] = np.full_like(instance['keypoints_visible'], -1)
        return True

    def _background(self, image: dict) -> dict:
        """A training sample without a target."""
        return {
            'img_id': image['img_id'],
            'img_path': image['img_path'],
            'id': [],
            'raw_ann_info': None,
            'iscrowd': [],
            'invalid_segs': [],
            **no_people(self._metainfo['num_keypoints']),
        }

    @cached_property
    def _classes(self) -> Classes:
        """Made when the file has been read, before its first annotation is parsed."""
        self.checks.name_categories(self.coco)
        names = self._metainfo.get('classes')
        return Classes.choose(self.coco.cats.values(), names, self.checks.ann_file)

    def get_data_info(self, idx: int) -> dict:
        """One sample's annotations and the schema's parts that transforms read.

        MMPose copies those parts deeply for every sample, which costs as much as warping an
        image; here all samples share them.
        """
        data_info = BaseDataset.get_data_info(self, idx)
        return {**data_info, **{key: self._metainfo[key] for key in SCHEMA_KEYS}}

    def _write_mended(self) -> None:
        handle, path = tempfile.mkstemp(prefix=f'{Path(self.ann_file).stem}_', suffix='.json')
        with os.fdopen(handle, 'w') as file:
            json.dump(self.coco.dataset, file)
        # CocoMetric finds the file by the name of the dataset; MMPose sets it after loading,
        # from self.ann_file.
        self.ann_file = path
        weakref.finalize(self, _remove, path, os.getpid())

    def _check_images(self, data_list: list[dict]) -> None:
        """Is it the right folder? One missing image is skipped later, all of them are not."""
        paths = [info['img_path'] for info in itertools.islice(data_list, IMAGES_LOOKED_AT)]
        if paths and not any(is_remote(p) or Path(p).is_file() for p in paths):
            raise UserError(
                f'none of the first {len(paths)} images of {self.checks.ann_file} exists, e.g. '
                f'{paths[0]}; is data_prefix.img ({self.data_prefix.get("img")}) the folder that '
                'their file_name is relative to?'
            )

    def full_init(self):
        """Also tell ``CocoMetric`` when the annotations are loaded late (``lazy_init``)."""
        super().full_init()
        if self.test_mode:
            name = f'{self._metainfo["dataset_name"]}_ann_file'
            MessageHub.get_current_instance().update_info(name, self.ann_file)


def _remove(path: str, owner: int) -> None:
    """Remove the temporary file, but not from a forked data loader process."""
    if os.getpid() == owner:
        Path(path).unlink(missing_ok=True)
