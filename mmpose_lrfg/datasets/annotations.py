"""Checks of COCO-style keypoint annotations, one annotation at a time."""

from collections import Counter
from typing import Any

from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.errors import UserError

OPTIONAL = ('category_id', 'bbox', 'keypoints', 'num_keypoints', 'area', 'iscrowd')
FARTHEST = 1_000_000  # pixels; larger numbers overflow in single precision


class AnnotationChecks:
    """Looks at annotations while a dataset parses them.

    Args:
        ann_file (str): The file, named in messages.
        num_keypoints (int): Keypoints a person has by the metainfo of the dataset.
    """

    def __init__(self, ann_file: str, num_keypoints: int):
        self.ann_file = ann_file
        self.num_keypoints = num_keypoints
        self.seen: Counter[str] = Counter()

    @property
    def mended(self) -> bool:
        """Whether anything was filled in."""
        return any(
            self.seen[what] for what in ('area', 'num_keypoints', 'iscrowd', 'id 0', 'categories')
        )

    def name_categories(self, coco) -> None:
        """List the categories that annotations use, in place, where the file lists none."""
        if coco.cats:
            return
        used = sorted({ann.get('category_id', 1) for ann in coco.anns.values()})
        coco.cats.update({i: {'id': i, 'name': f'category {i}'} for i in used})
        coco.dataset['categories'] = list(coco.cats.values())
        self.seen['categories'] = len(used)

    def look_at_image(self, img: dict[str, Any]) -> None:
        """Check the entry of one image; fill in its size from the file if it has none."""
        if 'width' in img and 'height' in img:
            return
        from PIL import Image

        try:
            with Image.open(img['img_path']) as file:
                img['width'], img['height'] = file.size
        except OSError as error:
            raise UserError(
                f'{self.ann_file}: image {img["file_name"]} has no width and height, and '
                f'{img["img_path"]} cannot be opened to look'
            ) from error
        self.seen['size'] += 1

    def look_at(self, ann: dict[str, Any], categories: dict) -> None:
        """Check one annotation and fill in, in place, what COCO's evaluation needs.

        Args:
            ann (dict): The annotation as it is in the file.
            categories (dict): The categories of the file by id; empty: not checked.

        Raises:
            UserError: Naming the annotation, what it has and what it should have.
        """
        self.seen['annotations'] += 1
        for key in [key for key in OPTIONAL if key in ann and ann[key] is None]:
            del ann[key]
        where = f'{self.ann_file}: annotation {ann.get("id")} (image {ann.get("image_id")})'
        category = ann.setdefault('category_id', 1)
        if categories and category not in categories:
            raise UserError(
                f'{where} has category_id {category}, but the categories of the file are '
                f'{sorted(categories)}'
            )
        if 'keypoints' not in ann or 'bbox' not in ann:
            self.seen['no keypoints' if 'keypoints' not in ann else 'no bbox'] += 1
            return
        keypoints = ann['keypoints']
        if len(keypoints) != 3 * self.num_keypoints:
            raise UserError(
                f'{where} has {len(keypoints)} numbers in "keypoints", that is '
                f'{len(keypoints) / 3:g} keypoints of (x, y, v), but the metainfo of the config '
                f'has {self.num_keypoints}; set metainfo.from_file to a schema with the right '
                'number'
            )
        if len(ann['bbox']) != 4:
            raise UserError(f'{where} has a "bbox" of {len(ann["bbox"])} numbers, not 4')
        if min(ann['bbox'][2:]) < 0:
            raise UserError(f'{where} has a "bbox" of negative size: {ann["bbox"]}')
        if max(map(abs, ann['bbox'])) > FARTHEST or max(map(abs, keypoints)) > FARTHEST:
            raise UserError(f'{where} has coordinates beyond {FARTHEST:,} pixels')
        visible = keypoints[2::3]
        if not 0 <= min(visible) <= max(visible) <= 2:
            wrong = next(v for v in visible if not 0 <= v <= 2)
            raise UserError(f'{where} has a visibility of {wrong:g}; expected 0, 1 or 2')
        self._complete(ann, keypoints)
        if ann['num_keypoints'] and not ann['iscrowd'] and min(ann['bbox'][2:]) > 0:
            self.seen['people'] += 1

    def _complete(self, ann: dict[str, Any], keypoints: list) -> None:
        if not ann.get('area') or ann['area'] < 0:
            # At least 1, so that an empty box does not divide by zero.
            ann['area'] = max(AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3], 1.0)
            self.seen['area'] += 1
        if 'num_keypoints' not in ann:
            ann['num_keypoints'] = sum(v > 0 for v in keypoints[2::3])
            self.seen['num_keypoints'] += 1
        if 'iscrowd' not in ann:
            ann['iscrowd'] = 0
            self.seen['iscrowd'] += 1

    def after_loading(self, coco) -> None:
        """Check the file as a whole.

        Args:
            coco (COCO): The loaded annotations; an id 0 is renumbered in place.

        Raises:
            UserError: If ids are repeated or nobody is annotated.
        """
        lacks = [key for key in ('images', 'annotations') if not coco.dataset.get(key)]
        if 'images' in lacks or 'annotations' not in coco.dataset:
            raise UserError(f'annotation file {self.ann_file} has no {" and no ".join(lacks)}')
        annotations = coco.dataset['annotations']
        repeated = [i for i, n in Counter(ann['id'] for ann in annotations).items() if n > 1]
        if repeated:
            raise UserError(
                f'{self.ann_file}: {len(repeated)} annotation ids are repeated, e.g. '
                f'{repeated[0]}; every annotation needs its own'
            )
        if not self.seen['people']:
            raise UserError(
                f'{self.ann_file} has no annotated person: {len(coco.imgs)} images, '
                f'{len(annotations)} annotations, {self.seen["no keypoints"]} of them without '
                f'"keypoints", {self.seen["no bbox"]} without "bbox", the rest crowds, empty boxes '
                'or without a visible keypoint'
            )
        if 0 in coco.anns:
            coco.anns[0]['id'] = max(coco.anns) + 1
            self.seen['id 0'] += 1
        self.seen['dangling'] = sum(ann['image_id'] not in coco.imgs for ann in annotations)

    def warnings(self) -> list[str]:
        """What was filled in or left out, one sentence each."""
        seen, total = self.seen, self.seen['annotations']
        sentences = {
            'area': f'"area" is missing in {{}} of {total} annotations; {AREA_OF_BOX} of the box '
            'is taken (OKS and AP depend on it)',
            'num_keypoints': f'"num_keypoints" is missing in {{}} of {total} annotations; counted',
            'iscrowd': f'"iscrowd" is missing in {{}} of {total} annotations; 0 is taken',
            'id 0': 'an annotation has id 0, which COCO evaluation takes for "unmatched"; '
            'it got another id',
            'categories': 'no "categories" are listed; {} are used by the annotations',
            'other class': f'{{}} of {total} annotations are of categories that metainfo.classes '
            'does not name; left out',
            'size': 'width and height of {} images are missing; read from the files',
            'no keypoints': f'{{}} of {total} annotations have no "keypoints"; left out',
            'no bbox': f'{{}} of {total} annotations have no "bbox"; left out',
            'dangling': '{} annotations belong to images that the file does not list; left out',
        }
        return [text.format(seen[key]) for key, text in sentences.items() if seen[key]]
