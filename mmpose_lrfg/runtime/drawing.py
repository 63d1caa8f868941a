"""Draws poses on pictures. Left, right and central parts differ in hue and in lightness.

Where no keypoint has a side (a hand's fingers), the parts that links join have hues of their own.
Where people are followed, everybody has a hue of their own instead, and the sides differ in
lightness alone.
"""

import colorsys
from functools import cache

import cv2
import numpy as np

from .skeleton import CENTRE, LEFT, RIGHT

# Okabe and Ito's palette, which colour-blind people can tell apart; BGR.
COLOURS = {LEFT: (233, 180, 86), RIGHT: (0, 130, 238), CENTRE: (236, 236, 236)}
INK = (32, 26, 22)  # outlines and label plates
BOX = (226, 220, 212)

GOLDEN = 0.618034  # of the circle of hues: what follows is far from all that came before

FRACTION = 4  # bits of a pixel's fraction that OpenCV is told
ROUND = np.linspace(-np.pi / 2, np.pi / 2, 9)
FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 22.0  # of a digit at scale 1


def draw_poses(
    image: np.ndarray,
    poses,
    keypoint_thr: float = 0.3,
    boxes: bool = True,
    scores: bool = True,
) -> np.ndarray:
    """Draw poses, the best last and so on top.

    Args:
        image (ndarray): (H, W, 3) or (H, W), uint8 BGR; left as it is.
        poses (Poses): In pixels of ``image``.
        keypoint_thr (float): Keypoints that score less, and their links, are left out.
        boxes (bool): Draw the boxes.
        scores (bool): Write the scores above them.

    Returns:
        ndarray: (H, W, 3) uint8 BGR.

    Raises:
        ValueError: If the image is of another kind.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3):
        raise ValueError(f'a picture is (H, W, 3) uint8, not {image.shape} {image.dtype}')
    if image.ndim == 2:
        canvas = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    else:
        canvas = np.array(image[..., :3], order='C')
    order = np.argsort(poses.scores, kind='stable')
    unit = max(canvas.shape[:2]) / 1000
    for i in order:
        size = person_size(poses.boxes[i], poses.keypoints[i], poses.keypoint_scores[i])
        if not np.isfinite(size) or size <= 0:
            continue
        colours = COLOURS if poses.ids is None else id_colours(int(poses.ids[i]))
        if boxes and np.isfinite(poses.boxes[i]).all():
            draw_box(canvas, poses.boxes[i], unit, BOX if poses.ids is None else colours[RIGHT])
        shown = poses.keypoint_scores[i] >= keypoint_thr
        width = bone_width(size, unit)
        draw_skeleton(canvas, poses.keypoints[i], shown, poses.skeleton, width, colours)
    # Labels come last: no limb of another person crosses a number.
    if boxes and scores:
        for i in order:
            size = person_size(poses.boxes[i], poses.keypoints[i], poses.keypoint_scores[i])
            if np.isfinite(size) and size >= 40 and np.isfinite(poses.boxes[i]).all():
                text = f'{class_name(poses, i)}{poses.scores[i]:.2f}'
                if poses.ids is not None and poses.ids[i] >= 0:
                    text = f'#{poses.ids[i]} {text}'
                draw_label(canvas, text, poses.boxes[i], size, unit)
    return canvas


def class_name(poses, index: int) -> str:
    """The class of a pose and a space; nothing where there is only one class."""
    classes, label = poses.skeleton.classes, int(poses.labels[index])
    if len(classes) < 2:
        return ''
    return f'{classes[label] if label < len(classes) else label} '


def part_colours(skeleton, colours: dict) -> tuple[list, list]:
    """BGR of the links and of the keypoints: by their sides, or by their chains without sides."""
    if colours is not COLOURS or set(skeleton.sides) != {CENTRE}:
        sides = ([colours[side] for side in part] for part in (skeleton.link_sides, skeleton.sides))
        return next(sides), next(sides)

    def by_chain(chains):
        return [id_colours(chain)[RIGHT] if chain >= 0 else colours[CENTRE] for chain in chains]

    return by_chain(skeleton.chains), by_chain(skeleton.keypoint_chains)


@cache
def id_colours(person: int) -> dict[str, tuple[int, int, int]]:
    """BGR of the sides of a followed person; grey for one without an id (-1)."""
    red, green, blue = colorsys.hsv_to_rgb(person * GOLDEN % 1, 0.85 if person >= 0 else 0, 0.9)
    full = np.array([blue, green, red]) * 255

    def paler(white: float) -> tuple[int, int, int]:
        return tuple(round(float(v)) for v in full + (255 - full) * white)

    return {RIGHT: paler(0), LEFT: paler(0.45), CENTRE: paler(0.75)}


def person_size(box: np.ndarray, keypoints: np.ndarray, keypoint_scores: np.ndarray) -> float:
    """Side in pixels of the square as large as the box, or as the keypoints' extent without one."""
    sides = box[2:] - box[:2]
    if not (sides > 0).all():
        seen = keypoints[keypoint_scores > 0]
        sides = np.ptp(seen, axis=0) if len(seen) else np.zeros(2)
    return float(np.sqrt(max(float(sides[0]) * float(sides[1]), 0)))


def bone_width(size: float, unit: float) -> float:
    """Pixels; in proportion to the person, but fine on one who fills the picture."""
    return float(np.clip(0.026 * size, 1.3, max(7.5 * unit, 2.2)))


def draw_skeleton(canvas, keypoints, shown, skeleton, width: float, colours=COLOURS) -> None:
    """Draw the shown keypoints (K, 2) and their links: a dark silhouette, then colour on it."""
    shown = shown & np.isfinite(keypoints).all(axis=1)
    of_links, of_points = part_colours(skeleton, colours)
    bones, reach = [], np.full(len(keypoints), np.inf)
    for (a, b), colour in zip(skeleton.links, of_links):
        if not (shown[a] and shown[b]):
            continue
        length = float(np.linalg.norm(keypoints[a] - keypoints[b]))
        # Short ones, mostly in the face, stay slender.
        bones.append((a, b, colour, min(width, max(0.3 * length, 1.0))))
        reach[[a, b]] = np.minimum(reach[[a, b]], length)
    radii = np.minimum(0.85 * width, np.maximum(0.28 * reach, 1.0))
    edge = max(0.28 * width, 0.7)
    for a, b, _, thick in bones:
        fill(canvas, capsule(keypoints[a], keypoints[b], thick / 2 + edge), INK)
    for k in np.flatnonzero(shown):
        disc(canvas, keypoints[k], radii[k] + edge, INK)
    # Central links lie under those of the limbs.
    for a, b, colour, thick in sorted(bones, key=lambda bone: bone[2] != colours[CENTRE]):
        fill(canvas, capsule(keypoints[a], keypoints[b], thick / 2), colour)
    for k in np.flatnonzero(shown):
        disc(canvas, keypoints[k], radii[k], of_points[k])
        if radii[k] >= 2.4:
            disc(canvas, keypoints[k], 0.45 * radii[k], INK)


def capsule(start: np.ndarray, end: np.ndarray, radius: float) -> np.ndarray:
    """Outline (18, 2) of a line with round ends."""
    along = end - start
    angle = np.arctan2(along[1], along[0])
    arc = angle + ROUND
    cap = radius * np.stack([np.cos(arc), np.sin(arc)], axis=1)
    return np.concatenate([end + cap, start - cap])


def fill(canvas: np.ndarray, outline: np.ndarray, colour: tuple) -> None:
    """Fill a convex polygon (P, 2), anti-aliased, to a fraction of a pixel."""
    points = np.round(outline * 2**FRACTION)
    if np.abs(points).max() < 2**28:  # far outside, OpenCV overflows
        cv2.fillConvexPoly(canvas, points.astype(np.int32), colour, cv2.LINE_AA, FRACTION)


def disc(canvas: np.ndarray, centre: np.ndarray, radius: float, colour: tuple) -> None:
    """Fill a circle, as precisely."""
    fill(canvas, capsule(centre, centre + (1e-3, 0), radius), colour)


def draw_box(canvas: np.ndarray, box: np.ndarray, unit: float, colour: tuple = BOX) -> None:
    """Draw a thin box with a shadow, kept inside the picture."""
    height, width = canvas.shape[:2]
    thick = max(1, round(1.3 * unit))
    # Python numbers: OpenCV takes them on every NumPy.
    x1, y1, x2, y2 = (int(v) for v in np.floor(np.clip(box, 0, [width, height] * 2)))
    x2, y2 = min(x2, width - thick), min(y2, height - thick)
    cv2.rectangle(canvas, (x1 + thick, y1 + thick), (x2 + thick, y2 + thick), INK, thick)
    cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, thick)


def draw_label(canvas: np.ndarray, text: str, box: np.ndarray, size: float, unit: float) -> None:
    """Write ``text`` on a plate that stands on the box, or hangs in it where there is no room."""
    height, width = canvas.shape[:2]
    tall = float(np.clip(0.055 * size, 8.5, max(17 * unit, 8.5)))
    scale, stroke = tall / FONT_HEIGHT, max(1, round(tall / 11))
    (text_width, text_height), _ = cv2.getTextSize(text, FONT, scale, stroke)
    pad = max(2, round(0.35 * tall))
    plate = text_width + 2 * pad, text_height + 2 * pad
    x = int(np.clip(box[0], 0, max(width - plate[0], 0)))
    y = int(np.floor(box[1])) - plate[1]
    if y < 0:
        y = int(np.clip(box[1], 0, max(height - plate[1], 0)))
    area = canvas[y : y + plate[1], x : x + plate[0]]
    area[:] = (0.22 * area + 0.78 * np.array(INK)).astype(np.uint8)
    cv2.putText(
        canvas,
        text,
        (x + pad, y + pad + text_height),
        FONT,
        scale,
        (255, 255, 255),
        stroke,
        cv2.LINE_AA,
    )
