"""COCO-style data, checked and completed while it is loaded."""

import logging
import os
import tempfile
import weakref
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.fileio import get_local_path
from mmengine.logging import MessageHub, print_log
from mmpose.datasets import CocoDataset
from mmpose.registry import DATASETS

from mmpose_lrfg.datasets.checks.annotations import check, complete
from mmpose_lrfg.datasets.checks.rules import FILL, RULES, refuse_errors
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.data_files import check_data_files, image_size, is_remote, joined
from mmpose_lrfg.datasets.transforms.instances import no_instances
from mmpose_lrfg.datasets.yolo_folder import read_labels
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.data_yaml import is_data_yaml, split_of_mode
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import Classes, read_metainfo

IMAGES_LOOKED_FOR = 20
# Added to every sample by MMPose's BaseCocoStyleDataset.
SCHEMA_KEYS = (
    'dataset_name', 'upper_body_ids', 'lower_body_ids', 'flip_pairs', 'dataset_keypoint_weights',
    'flip_indices', 'skeleton_links',
)  # fmt: skip


@DATASETS.register_module()
class CheckedCocoDataset(CocoDataset):
    """``CocoDataset`` that refuses wrong annotations and completes incomplete ones.

    Any keypoints and any classes: ``metainfo.classes`` names the categories to learn, in the order
    of their labels; without it, all categories are learnt, in the order of their ids. Annotations
    of other categories are ignored. After loading, ``metainfo`` has ``classes`` (names) and
    ``category_ids``. A sample's ``category_id`` is its label + 1, as MMPose's codecs expect; the
    one of the file is in ``raw_ann_info``.

    Text labels of a ``data.yaml`` are read by :func:`read_labels`. The file names its images, so
    ``data_prefix`` is not used, and its keypoints and classes are the default of ``metainfo``.

    Annotations are checked and completed by :mod:`.checks`, with one warning for each rule.
    In test mode, text labels and completed annotations are written to a temporary file, which
    ``CocoMetric`` reads unless its config has an ``ann_file``.

    In training (``data_mode='bottomup'``), targets are the objects with annotated keypoints, as in
    YOLO-Pose and MMPose. Crowd regions are never targets. Images without a target are left out.

    Args:
        ann_file (str): COCO-style JSON, or a ``data.yaml``.
        boxes_without_keypoints (bool): Objects without annotated keypoints are targets too, for
            box, objectness and class; their ``keypoints_visible`` is -1.
        background_images (bool): Keep images without a target for training. MMPose's own mosaic
            and affine transforms do not support them, :class:`MosaicAffine` does.
        split (str, optional): Of a ``data.yaml``: 'train', 'val' or 'test' (default: 'val' in test
            mode, else 'train').
        **kwargs: Those of :class:`mmpose.datasets.CocoDataset`.

    Raises:
        UserError: If files are missing or not JSON (with line and column), annotations break a
            rule of level 'error', a class is no category of the file, or the metainfo is wrong.
    """

    def __init__(
        self,
        ann_file: str = '',
        *,
        boxes_without_keypoints: bool = False,
        background_images: bool = False,
        split: str | None = None,
        **kwargs,
    ):
        self.boxes_without_keypoints = boxes_without_keypoints
        self.background_images = background_images
        self.split = split or split_of_mode(kwargs.get('test_mode'))
        if is_data_yaml(ann_file):
            path = joined(kwargs.get('data_root'), ann_file)
            check_data_files(path, '', kwargs.get('data_root'))
            kwargs['data_prefix'] = dict(img='')
            kwargs['metainfo'] = kwargs.get('metainfo') or dict(from_file=path)
        super().__init__(ann_file, **kwargs)

    @classmethod
    def _load_metainfo(cls, metainfo: dict | None = None) -> dict:
        return read_metainfo(cls.METAINFO if metainfo is None else metainfo)

    def load_data_list(self) -> list[dict]:
        """Load, check and complete the annotations."""
        check_data_files(self.ann_file, self.data_prefix.get('img') or '', self.data_root)
        self._shapes, self._completed = {}, None
        data_list = super().load_data_list()
        for info in data_list:
            if info['img_id'] in self._shapes:
                info['annotated_shape'] = self._shapes[info['img_id']]
        self._check_images(data_list)
        if self.test_mode and self._completed:
            self._write_completed()
        del self._shapes, self._completed
        return data_list

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        """Return the parsed annotations and the images, as MMPose does."""
        if is_data_yaml(self.ann_file):
            content, folder, notes = read_labels(self.ann_file, self.split)
            self.data_prefix['img'] = str(folder)
            for note in notes:
                self._warn(note)
            self._completed = content
        else:
            with get_local_path(self.ann_file) as path:
                content = read_coco(path)
        self._complete(content)
        chosen = Classes.choose(content['categories'], self._metainfo.get('classes'), self.ann_file)
        self._metainfo.update(
            CLASSES=content['categories'], classes=chosen.names, category_ids=chosen.category_ids
        )
        labels = {category: label for label, category in enumerate(chosen.category_ids, 1)}
        annotations = defaultdict(list)
        for ann in content['annotations']:
            annotations[ann['image_id']].append(ann)
        images, instances, ignored = [], [], 0
        for image in content['images']:
            if image['id'] % self.sample_interval != 0:
                continue
            path = joined(self.data_prefix['img'], image['file_name'])
            image = {**image, 'img_id': image['id'], 'img_path': path}
            images.append(image)
            known = image.get('width') and image.get('height')
            if annotations[image['id']] and not known:
                known = image['width'], image['height'] = image_size(path)
            if known:
                self._shapes[image['id']] = image['height'], image['width']
            for ann in annotations[image['id']]:
                if ann['category_id'] not in labels:
                    ignored += 1
                    continue
                parsed = self.parse_data_info(dict(raw_ann_info=ann, raw_img_info=image))
                if parsed is not None:
                    parsed['category_id'] = np.array(labels[ann['category_id']])
                    instances.append(parsed)
        if ignored:
            self._warn(f'categories that metainfo.classes does not name: {ignored} annotations')
        return instances, images

    def _complete(self, content: dict) -> None:
        """Refuse errors, warn of the rest and fill in what is missing."""
        findings = check(content, self._metainfo['num_keypoints'])
        refuse_errors(self.ann_file, findings)
        for finding in findings:
            self._warn(finding)
        complete(content)
        if any(f.kind == 'no categories' or RULES[f.kind].repair == FILL for f in findings):
            self._completed = content

    def _warn(self, what) -> None:
        print_log(f'{self.ann_file}: {what}', 'current', logging.WARNING)

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
                kind = 'crowd regions' if instance['iscrowd'] else 'objects without keypoints'
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
        print_log(f'{self.ann_file}: {found}', 'current')
        return data_list

    def _is_box(self, instance: dict) -> bool:
        """Whether an instance is a target as a box; its keypoints are marked as not annotated."""
        x1, y1, x2, y2 = instance['bbox'][0]
        if not self.boxes_without_keypoints or instance['iscrowd'] or x2 <= x1 or y2 <= y1:
            return False
        instance['keypoints_visible'] = np.full_like(instance['keypoints_visible'], -1)
        return True

    def _background(self, image: dict) -> dict:
        """Return a training sample without a target."""
        sample = no_instances(self._metainfo['num_keypoints'])
        sample.update(img_id=image['img_id'], img_path=image['img_path'], raw_ann_info=None)
        return {**sample, 'id': [], 'iscrowd': [], 'invalid_segs': []}

    def get_data_info(self, idx: int) -> dict:
        """Return a sample's annotations and the parts of the metainfo that transforms read.

        MMPose copies those parts for every sample, which costs as much as warping an image.
        """
        data_info = BaseDataset.get_data_info(self, idx)
        return {**data_info, **{key: self._metainfo[key] for key in SCHEMA_KEYS}}

    def _write_completed(self) -> None:
        """Write the completed annotations for ``CocoMetric``, which takes ``self.ann_file``."""
        handle, path = tempfile.mkstemp(prefix=f'{Path(self.ann_file).stem}_', suffix='.json')
        os.close(handle)
        write_json(path, self._completed)
        self.ann_file = path
        weakref.finalize(self, _remove, path, os.getpid())

    def _check_images(self, data_list: list[dict]) -> None:
        """Refuse a folder that has none of the first images; single ones are skipped later."""
        paths = [info['img_path'] for info in data_list[:IMAGES_LOOKED_FOR]]
        if paths and not any(is_remote(p) or Path(p).is_file() for p in paths):
            raise UserError(
                f'none of the first {len(paths)} images of {self.ann_file} exists, e.g. '
                f'{paths[0]}; is data_prefix.img ({self.data_prefix.get("img")}) the folder that '
                'their file_name is relative to?'
            )

    def full_init(self):
        """Also name the file for ``CocoMetric`` if annotations are loaded late (``lazy_init``)."""
        super().full_init()
        if self.test_mode:
            name = f'{self._metainfo["dataset_name"]}_ann_file'
            MessageHub.get_current_instance().update_info(name, self.ann_file)


def _remove(path: str, owner: int) -> None:
    """Remove the temporary file, but not from a forked data loader process."""
    if os.getpid() == owner:
        Path(path).unlink(missing_ok=True)
