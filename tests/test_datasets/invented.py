"""Invented samples of pictures with people, and a dataset of them."""

import cv2
import numpy as np

FLIP = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def picture(rng, height, width, smooth=True):
    """Noise (height, width, 3) uint8 without sharp edges, so that interpolations agree."""
    noise = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 6) if smooth else noise


def sample(rng, height, width, people=4):
    """What ``get_data_info`` returns, with the image already in it."""
    low = rng.uniform(0, 0.6, (people, 2)) * (width, height)
    high = low + rng.uniform(0.1, 0.4, (people, 2)) * (width, height)
    keypoints = rng.uniform(low[:, None], high[:, None], (people, 17, 2))
    visible = rng.integers(0, 2, (people, 17))
    return dict(
        img=picture(rng, height, width),
        img_shape=(height, width),
        ori_shape=(height, width),
        bbox=np.concatenate([low, high], axis=1).astype(np.float32),
        bbox_score=np.ones(people, np.float32),
        category_id=np.arange(1, people + 1),
        keypoints=keypoints.astype(np.float32),
        keypoints_visible=visible.astype(np.float32),
        area=rng.uniform(10, 100, people).astype(np.float32),
        flip_indices=list(FLIP),
    )


class Invented:
    """A dataset that hands out its samples in turn, whatever is asked for."""

    test_mode = False

    def __init__(self, samples):
        self.samples = samples
        self.given = 0

    def __len__(self):
        return len(self.samples)

    def get_data_info(self, index):
        info = self.samples[self.given % len(self.samples)]
        self.given += 1
        return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in info.items()}
