"""COCO-style annotations and detections."""

import copy
import json
import os
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO as PycocoCOCO


class COCO(PycocoCOCO):
    """pycocotools' ``COCO`` that accepts results without detections.

    A missing ``iscrowd`` of an annotation is set to False.

    Args:
        annotation_file (str, optional): a COCO-style JSON file.
        test_index (sequence[int], optional): the keypoints to evaluate; all others are removed
            from the annotations. None keeps all.
        ann_data (dict, optional): the content of such a file, instead of a file.
    """

    def __init__(self, annotation_file=None, test_index=None, ann_data=None):
        super().__init__(annotation_file)
        self.anno_file = [annotation_file]
        self.test_index = test_index
        if ann_data is not None:
            self.dataset = ann_data
            self.createIndex()
        for ann in self.dataset.get('annotations', ()):
            ann.setdefault('iscrowd', False)
            if test_index is not None and 'keypoints' in ann:
                kept = np.reshape(ann['keypoints'], (-1, 3))[test_index]
                ann['keypoints'] = kept.reshape(-1).tolist()

    def loadRes(self, resFile, resData=None):
        """Read detections.

        Args:
            resFile (str | list[dict] | np.ndarray): a JSON file, its content, or an (N, 7) array.
            resData (list[dict], optional): the content, instead of ``resFile``.

        Returns:
            COCO: the same images and categories, with the detections as annotations.
        """
        results = resFile if resData is None else resData
        if isinstance(results, (str, os.PathLike)):
            results = json.loads(Path(results).read_text())
        found = COCO()
        if len(results) > 0:
            vars(found).update(vars(super().loadRes(results)))
            return found
        # pycocotools takes the kind of the results from the first detection.
        found.dataset = {
            'images': list(self.dataset['images']),
            'categories': copy.deepcopy(self.dataset['categories']),
            'annotations': [],
        }
        found.createIndex()
        return found
