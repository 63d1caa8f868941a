"""Labels as COCO's annotators would give them: keypoints with visibility, boxes, masks."""

from dataclasses import dataclass

import cv2
import numpy as np

KEYPOINTS = (
    'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
    'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
    'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle',
)  # fmt: skip
SKELETON = (
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9),
    (8, 10), (9, 11), (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
)  # fmt: skip

# Flesh before the joint, metres at 1.75 m: how far behind the surface a visible joint may lie.
_FLESH = np.array([.04, .03, .03, .06, .06, .12, .12, .08, .08, .06, .06, .20, .20, .11, .11, .09,
                   .09])  # fmt: skip


@dataclass(frozen=True)
class PersonLabel:
    """One person's labels, in pixels.

    Args:
        keypoints (np.ndarray): x, y, v of the 17 COCO keypoints, (17, 3) float; v is 0 unlabelled
            (then x = y = 0), 1 labelled but hidden, 2 visible.
        bbox (np.ndarray): x, y, width, height of the visible silhouette, (4,).
        area (float): Pixels of ``mask``.
        mask (np.ndarray): Visible silhouette, (H, W) bool.
    """

    keypoints: np.ndarray
    bbox: np.ndarray
    area: float
    mask: np.ndarray


def silhouette(layer, owner, width, height):
    """Pixels (H, W) bool that belong to ``owner``: more than half, or half with the first part.

    So no pixel belongs to two.
    """
    mine = layer.owner == owner
    share = cv2.resize(mine.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return (share > 0.51) | ((share > 0.49) & mine[:: layer.scale, :: layer.scale])


def box_of(mask):
    """The box x, y, width, height that encloses a mask; zeros for an empty one."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return np.zeros(4)
    return np.array(
        [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1], float
    )


def _seen(layer, owner, xy, depth, flesh):
    """True where ``owner`` shows at most ``flesh`` before a joint at ``xy`` and ``depth``."""
    height, width = layer.owner.shape
    x, y = (int(np.rint(v)) for v in xy * layer.scale + (layer.scale - 1) / 2)
    window = np.s_[max(y - 1, 0) : min(y + 2, height), max(x - 1, 0) : min(x + 2, width)]
    mine = layer.owner[window] == owner
    front = 1 / np.maximum(layer.nearness[window], 1e-6)
    return bool((mine & (front > depth - flesh)).any())


def label_person(person, owner, layer, camera, reach=np.inf):
    """Labels of a person.

    Args:
        person (Person): In the world.
        owner (int): The person's number in ``layer.owner``.
        layer (Layer): What the camera sees.
        camera (Camera): The view.
        reach (float): A hidden joint farther than this share of the body height from anything
            seen of the person cannot be determined and gets v = 0.

    Returns:
        PersonLabel: labels; the mask is empty where nothing of the person shows.
    """
    mask = silhouette(layer, owner, camera.width, camera.height)
    xy, depth = camera.project(person.markers)
    keypoints = np.zeros((17, 3))
    tall = camera.focal * person.body.height / max(np.median(depth), 0.1)
    far = None
    bounded = np.isfinite(reach) and mask.any()
    view = person.markers[0] - camera.position
    turned = float(person.facing @ view) / max(float(np.linalg.norm(view)), 1e-6)
    sideways = person.rotation[4][:, 0] @ view / max(float(np.linalg.norm(view)), 1e-6)
    for k in range(17):
        x, y = xy[k]
        if depth[k] < 0.1 or not (0 <= x <= camera.width - 1 and 0 <= y <= camera.height - 1):
            continue
        flesh = _FLESH[k] * person.body.height / 1.75 * max(person.body.weight, 1.0)
        if _seen(layer, owner, xy[k], depth[k], flesh):
            keypoints[k] = x, y, 2
            continue
        # Hidden by one's own head: nobody can tell where the far eye or ear is.
        behind = (turned > 0.35, turned > 0.25, turned > 0.25)[k] if k < 3 else False
        if k in (1, 3):
            behind |= sideways > 0.55
        if k in (2, 4):
            behind |= sideways < -0.55
        if bounded and far is None:
            far = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
        if behind or (bounded and far[int(y), int(x)] > reach * tall):
            continue
        keypoints[k] = x, y, 1
    return PersonLabel(keypoints, box_of(mask), float(mask.sum()), mask)
