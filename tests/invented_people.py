"""Invented people and detections of them, with everything that makes an evaluation hard."""

import numpy as np

SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000


def invent(seed, images=12, keypoints=17, boxes=True):
    """Truth and detections with crowds, ties, misses, empty images, people without keypoints."""
    rng = np.random.default_rng(seed)
    truth, found = [], []

    def detect(image, points):
        scored = np.column_stack([points, rng.uniform(0, 1, keypoints)]).ravel().tolist()
        score = round(float(rng.uniform()), 1)  # ties
        found.append(dict(image_id=image, category_id=1, keypoints=scored, score=score))
        if boxes:
            size = np.ptp(points, axis=0) * rng.uniform(0.5, 1.5)
            found[-1]['bbox'] = [*points.min(axis=0).tolist(), *size.tolist()]

    for image in range(1, images + 1):
        for _ in range(rng.integers(0, 5)):
            corner = rng.uniform(0, 300, 2)
            side = rng.choice([20, 60, 200]) * rng.uniform(0.6, 1.4, 2)
            points = corner + rng.uniform(0, 1, (keypoints, 2)) * side
            visible = rng.integers(0, 3, keypoints) * (rng.uniform() > 0.15)
            ann = dict(id=len(truth) + 1, image_id=image, category_id=1)
            ann.update(
                bbox=[*corner.tolist(), *side.tolist()],
                area=float(side.prod() * rng.uniform(0.3, 0.9)),
                iscrowd=int(rng.uniform() < 0.15),
                num_keypoints=int((visible > 0).sum()),
                keypoints=np.column_stack([points, visible]).ravel().tolist(),
            )
            truth.append(ann)
            for _ in range(rng.integers(0, 3)):
                noise = rng.choice([0.01, 0.05, 0.3]) * side.mean()
                detect(image, points + rng.normal(0, noise, points.shape))
        # More than the 20 that count, in some images.
        for _ in range(25 if image % 5 == 0 else rng.integers(0, 3)):
            detect(image, rng.uniform(0, 400, (keypoints, 2)))
    content = dict(
        images=[dict(id=i, width=640, height=480) for i in range(1, images + 1)],
        annotations=truth,
        categories=[dict(id=1, name='person')],
    )
    return content, found
