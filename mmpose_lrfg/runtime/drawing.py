"""Draws poses on images.

Left, right and central parts differ in hue and lightness. Without sides (a hand), each chain of
links has a hue; tracked people have a hue each, and their sides differ in lightness only. Keypoints
other than COCO's have a colour each, and their names: beside them if they are few, or in a legend.
"""

import colorsys
from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from .skeleton import CENTRE, LEFT, RIGHT, Skeleton

COLOURS = {LEFT: (233, 180, 86), RIGHT: (0, 130, 238), CENTRE: (236, 236, 236)}
"""BGR, of Okabe and Ito's palette for colour-blind people."""
INK = (32, 26, 22)  # outlines and labels
BOX = (226, 220, 212)
GOLDEN = 0.618034  # of the circle of hues between one id and the next: all differ

FRACTION = 4  # bits of a pixel's fraction in OpenCV's coordinates
HALF_CIRCLE = np.linspace(-np.pi / 2, np.pi / 2, 9)
FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 22.0  # pixels of a digit at scale 1
SMALLEST_LABELLED = 40  # pixels
FEW = 8  # keypoints whose names are written beside them


def draw_poses(
    image: np.ndarray,
    poses,
    keypoint_thr: float = 0.3,
    boxes: bool = True,
    labels: bool = True,
    scores: bool = True,
    names: bool = True,
    keypoints: bool = True,
    skeleton: bool = True,
    line_width: float | None = None,
) -> np.ndarray:
    """Draw poses on a copy of an image, the best on top.

    Args:
        image (ndarray): (H, W, 3) BGR or (H, W), uint8.
        poses (Poses): In pixels of ``image``.
        keypoint_thr (float): Keypoints with a lower score and their links are not drawn.
        boxes, keypoints, skeleton (bool): Draw boxes; keypoints; the links between them.
        labels, scores (bool): Write id and class above the box; the score too.
        names (bool): Write the names of keypoints other than COCO's.
        line_width (float, optional): Width of links in pixels (default: by the person's size).

    Returns:
        ndarray: (H, W, 3) uint8 BGR.

    Raises:
        ValueError: If the image has another shape or type.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3):
        raise ValueError(f'image must be (H, W, 3) uint8, got {image.shape} {image.dtype}')
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    canvas = np.array(image[..., :3], order='C')
    unit = max(canvas.shape[:2]) / 1000
    texts, places = [], []
    for i in np.argsort(poses.scores, kind='stable'):
        box, points = poses.boxes[i], poses.keypoints[i]
        size = person_size(box, points, poses.keypoint_scores[i])
        if not 0 < size < np.inf:
            continue
        colours = COLOURS if poses.ids is None else id_colours(int(poses.ids[i]))
        if boxes and np.isfinite(box).all():
            draw_box(canvas, box, unit, BOX if poses.ids is None else colours[RIGHT])
        shown = poses.keypoint_scores[i] >= keypoint_thr
        width = line_width or bone_width(size, unit)
        links = poses.skeleton if skeleton else replace(poses.skeleton, links=())
        draw_skeleton(canvas, points, shown, links, width, colours, keypoints)
        if size >= SMALLEST_LABELLED:
            text = label_text(poses, i, scores) if labels else ''
            if text and np.isfinite(box).all():
                texts.append((text, box, size, unit))
            places += [(k, points[k]) for k in np.flatnonzero(shown)]
    if names and keypoints and poses.skeleton.named and poses.ids is None:
        if len(poses.skeleton) <= FEW:
            for k, place in places:
                draw_name(canvas, poses.skeleton.names[k], place, unit)
        elif places:
            draw_legend(canvas, poses.skeleton, unit)
    for text in texts:  # last: no limb of another person covers a number
        draw_label(canvas, *text)
    return canvas


def label_text(poses, index: int, score: bool = True) -> str:
    """Return id, class (other than one of persons) and score of a pose: '#3 dog 0.87'."""
    parts = []
    if poses.ids is not None and poses.ids[index] >= 0:
        parts.append(f'#{poses.ids[index]}')
    if poses.skeleton.classes != ('person',):
        parts.append(poses.skeleton.class_name(poses.labels[index]))
    return ' '.join([*parts, f'{poses.scores[index]:.2f}'] if score else parts)


def part_colours(skeleton: Skeleton, colours: dict) -> tuple[list, list]:
    """Return BGR of the links by side, or by chain without sides, and of the keypoints.

    Keypoints other than COCO's have a colour each, unless ``colours`` are a tracked person's.
    """
    if colours is not COLOURS or set(skeleton.sides) != {CENTRE}:
        links = [colours[side] for side in skeleton.link_sides]
    else:
        links = [id_colours(chain)[RIGHT] for chain in skeleton.chains]
    if colours is COLOURS and skeleton.named:
        return links, [keypoint_colour(k) for k in range(len(skeleton))]
    return links, [colours[side] for side in skeleton.sides]


def keypoint_colour(index: int) -> tuple[int, int, int]:
    """Return the BGR of a keypoint by its number: hues far apart, in three tones."""
    saturation, value = ((0.9, 1.0), (0.5, 1.0), (1.0, 0.7))[index % 3]
    rgb = colorsys.hsv_to_rgb(index * GOLDEN % 1, saturation, value)
    return tuple(round(255 * channel) for channel in rgb[::-1])


@cache
def id_colours(person: int) -> dict[str, tuple[int, int, int]]:
    """Return BGR by side for the id of a person; grey for -1."""
    rgb = colorsys.hsv_to_rgb(person * GOLDEN % 1, 0.85 if person >= 0 else 0, 0.9)
    full = np.array(rgb[::-1]) * 255
    whiteness = {RIGHT: 0, LEFT: 0.45, CENTRE: 0.75}
    return {
        side: tuple(round(float(v)) for v in full + (255 - full) * white)
        for side, white in whiteness.items()
    }


def person_size(box: np.ndarray, keypoints: np.ndarray, keypoint_scores: np.ndarray) -> float:
    """Return the square root of the box's area, or of the keypoints' extent for an empty box."""
    sides = box[2:] - box[:2]
    if not (sides > 0).all():
        seen = keypoints[keypoint_scores > 0]
        sides = np.ptp(seen, axis=0) if len(seen) else np.zeros(2)
    return float(np.sqrt(max(float(sides[0]) * float(sides[1]), 0)))


def bone_width(size: float, unit: float) -> float:
    """Return the width of links in pixels: in proportion to the person, within limits."""
    return float(np.clip(0.026 * size, 1.3, max(7.5 * unit, 2.2)))


def draw_skeleton(
    canvas, keypoints, shown, skeleton, width: float, colours: dict, points: bool = True
) -> None:
    """Draw links and ``points``, the shown ones of keypoints (K, 2): colour on a dark outline."""
    shown = shown & np.isfinite(keypoints).all(axis=1)
    link_colours, point_colours = part_colours(skeleton, colours)
    bones, shortest = [], np.full(len(keypoints), np.inf)
    for (a, b), colour in zip(skeleton.links, link_colours):
        if shown[a] and shown[b]:
            length = float(np.linalg.norm(keypoints[a] - keypoints[b]))
            # Short links, mostly in the face, stay slender.
            radius = min(width, max(0.3 * length, 1.0)) / 2
            bones.append((keypoints[a], keypoints[b], radius, colour))
            shortest[[a, b]] = np.minimum(shortest[[a, b]], length)
    radii = np.minimum(0.85 * width, np.maximum(0.28 * shortest, 1.0))
    edge = max(0.28 * width, 0.7)
    for start, end, radius, _ in bones:
        fill(canvas, capsule(start, end, radius + edge), INK)
    discs = np.flatnonzero(shown & points)
    for k in discs:
        disc(canvas, keypoints[k], radii[k] + edge, INK)
    # Central links lie under those of the limbs.
    for start, end, radius, colour in sorted(bones, key=lambda bone: bone[3] != colours[CENTRE]):
        fill(canvas, capsule(start, end, radius), colour)
    for k in discs:
        disc(canvas, keypoints[k], radii[k], point_colours[k])
        if radii[k] >= 2.4:
            disc(canvas, keypoints[k], 0.45 * radii[k], INK)


def capsule(start: np.ndarray, end: np.ndarray, radius: float) -> np.ndarray:
    """Return the outline (18, 2) of a line with round ends."""
    angle = np.arctan2(*(end - start)[::-1]) + HALF_CIRCLE
    cap = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([end + cap, start - cap])


def fill(canvas: np.ndarray, outline: np.ndarray, colour: tuple) -> None:
    """Fill a convex polygon (P, 2), anti-aliased, to a fraction of a pixel."""
    points = np.round(outline * 2**FRACTION)
    if np.abs(points).max() < 2**28:  # far outside, OpenCV overflows
        cv2.fillConvexPoly(canvas, points.astype(np.int32), colour, cv2.LINE_AA, FRACTION)


def disc(canvas: np.ndarray, centre: np.ndarray, radius: float, colour: tuple) -> None:
    """Fill a circle, anti-aliased, to a fraction of a pixel."""
    fill(canvas, capsule(centre, centre + (1e-3, 0), radius), colour)


def draw_box(canvas: np.ndarray, box: np.ndarray, unit: float, colour: tuple) -> None:
    """Draw a thin box with a shadow, clipped to the image."""
    height, width = canvas.shape[:2]
    thick = max(1, round(1.3 * unit))
    x1, y1, x2, y2 = np.floor(np.clip(box, 0, [width, height] * 2)).astype(int).tolist()
    x2, y2 = min(x2, width - thick), min(y2, height - thick)
    cv2.rectangle(canvas, (x1 + thick, y1 + thick), (x2 + thick, y2 + thick), INK, thick)
    cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, thick)


def draw_label(canvas: np.ndarray, text: str, box: np.ndarray, size: float, unit: float) -> None:
    """Write ``text`` on a dark plate above the box, or inside it at the image's upper edge."""
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
    origin = x + pad, y + pad + text_height
    cv2.putText(canvas, text, origin, FONT, scale, (255, 255, 255), stroke, cv2.LINE_AA)


def draw_name(canvas: np.ndarray, name: str, place: np.ndarray, unit: float) -> None:
    """Write the name of a keypoint below its right, inside the image, in white on a dark edge."""
    if not np.isfinite(place).all() or np.abs(place).max() > 1e6:
        return
    tall = max(12 * unit, 8.5)
    scale, stroke = tall / FONT_HEIGHT, max(1, round(tall / 11))
    width = cv2.getTextSize(name, FONT, scale, stroke)[0][0]
    x, y = (place + (0.5 * tall, 1.4 * tall)).astype(int).tolist()
    x, y = min(x, canvas.shape[1] - width - 2), min(y, canvas.shape[0] - 3)
    for colour, thick in ((INK, stroke + 3), ((255, 255, 255), stroke)):
        cv2.putText(canvas, name, (x, y), FONT, scale, colour, thick, cv2.LINE_AA)


def draw_legend(canvas: np.ndarray, skeleton: Skeleton, unit: float) -> None:
    """List the keypoints with their colours at the left, where that covers less than a third."""
    tall = max(12 * unit, 8.5)
    line, scale = 1.5 * tall, tall / FONT_HEIGHT
    rows = max(int((canvas.shape[0] - tall) / line), 1)
    widths = [cv2.getTextSize(name, FONT, scale, 1)[0][0] for name in skeleton.names]
    column = max(widths) + 3 * tall
    columns = -(-len(skeleton) // rows)
    if columns * column > canvas.shape[1] / 3:
        return
    rows = -(-len(skeleton) // columns)
    area = canvas[: int((rows + 0.5) * line), : int(columns * column)]
    area[:] = (0.3 * area + 0.7 * np.array(INK)).astype(np.uint8)
    for k, name in enumerate(skeleton.names):
        left, middle = k // rows * column, (k % rows + 0.75) * line
        disc(canvas, np.array([left + tall, middle]), 0.4 * tall, keypoint_colour(k))
        origin = int(left + 2 * tall), int(middle + 0.4 * tall)
        cv2.putText(canvas, name, origin, FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)
