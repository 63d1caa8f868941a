"""Paint for what lies behind the people: grounds, walls, skies and clutter."""

import cv2
import numpy as np

from .appearance import cloth_colour, vivid
from .textures import grain, smooth_noise

KINDS = ('room', 'street', 'park', 'field', 'beach', 'snow', 'mess')
_SHARES = np.array([0.34, 0.18, 0.13, 0.12, 0.07, 0.05, 0.11])


def sample_kind(rng):
    """One of :data:`KINDS`, by how often people are photographed there."""
    return KINDS[rng.choice(len(KINDS), p=_SHARES / _SHARES.sum())]


def ground_texture(rng, kind):
    """The ground as a tile (256, 256, 3) float32 and its side in metres."""
    size = 256
    colours = {
        'park': (45, 105, 80), 'field': (50, 120, 70), 'beach': (150, 190, 214),
        'snow': (242, 236, 232), 'street': (120, 122, 126),
    }  # fmt: skip
    if kind in colours:
        base = np.array(colours[kind], float) * rng.uniform(0.65, 1.1) + rng.normal(0, 8, 3)
    else:
        base = vivid(rng, (0.05, 0.5), (0.25, 0.9))
    image = np.empty((size, size, 3), np.float32)
    tone = 1 + rng.uniform(0.02, 0.16) * smooth_noise(rng, size, size, rng.integers(6, 40))
    tone += rng.uniform(0.01, 0.10) * grain(rng, size, size)
    image[:] = tone[..., None] * base.astype(np.float32)
    y, x = np.mgrid[0:size, 0:size]
    style = rng.random()
    if kind in ('room', 'street', 'mess') and style < 0.75:
        cells = int(rng.integers(2, 9))
        step = size / cells
        line = max(int(size * 0.012), 1)
        if style < 0.35:
            tint = 1 + rng.uniform(0, 0.16) * rng.normal(0, 1, (cells, cells))
            if style < 0.1:
                tint = np.where(np.indices((cells, cells)).sum(0) % 2, 1.0, rng.uniform(0.2, 0.8))
            image *= cv2.resize(tint, (size, size), interpolation=cv2.INTER_NEAREST)[..., None]
            image[((x % step) < line) | ((y % step) < line)] *= rng.uniform(0.5, 1.2)
        else:
            tint = 1 + 0.12 * rng.normal(0, 1, cells)
            image *= tint[(x / step).astype(int) % cells][..., None]
            image[(x % step) < line] *= rng.uniform(0.4, 0.8)
    side = rng.uniform(1.2, 5.0)
    if kind == 'field' or (kind in ('room', 'street') and rng.random() < 0.15):
        side = rng.uniform(4, 12)
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(0, size))
            stripe = slice(at, at + max(int(size * 0.08 / side * 1.2), 2))
            target = image[stripe] if rng.random() < 0.5 else image[:, stripe]
            target[:] = (235, 238, 240)
        if rng.random() < 0.5:
            image[:, : size // 2] *= 1.12
    return np.clip(image, 3, 252), side


def clutter(rng, image, count, scale=1.0):
    """Draw ``count`` random things onto ``image``: boxes, poles, limbs, discs, pictures, words."""
    height, width = image.shape[:2]
    for _ in range(count):
        colour = (cloth_colour(rng) if rng.random() < 0.6 else vivid(rng)).tolist()
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        w = scale * width * np.exp(rng.uniform(-4.0, -1.2))
        h = scale * height * np.exp(rng.uniform(-3.5, -1.0))
        kind = rng.random()
        a, b = (int(x - w / 2), int(y - h / 2)), (int(x + w / 2), int(y + h / 2))
        if kind < 0.35:
            cv2.rectangle(image, a, b, colour, -1)
            if rng.random() < 0.5:
                cv2.rectangle(image, a, b, (np.array(colour) * 0.5).tolist(), 2)
        elif kind < 0.45:
            x2 = int(x + rng.normal(0, 0.15) * w)
            thick = int(max(w * 0.15, 1))
            cv2.line(image, (int(x), int(y - h)), (x2, int(y + h)), colour, thick, cv2.LINE_AA)
        elif kind < 0.60:
            # Bent limbs of skin or cloth, which are not people.
            points = np.array([x, y]) + np.cumsum(rng.normal(0, 0.35 * (w + h), (3, 2)), 0)
            thick = int(np.clip(w * 0.3, 1, 60))
            cv2.polylines(image, [points.astype(int)], False, colour, thick, cv2.LINE_AA)
            if rng.random() < 0.5:
                cv2.circle(image, points[-1].astype(int).tolist(), int(thick * 0.8), colour, -1)
        elif kind < 0.75:
            axes = (max(int(w / 2), 1), max(int(h / 2), 1))
            cv2.ellipse(image, (int(x), int(y)), axes, rng.uniform(0, 180), 0, 360, colour, -1)
        elif kind < 0.85:
            text = ''.join(chr(rng.integers(48, 91)) for _ in range(rng.integers(2, 9)))
            size = scale * rng.uniform(0.3, 1.6)
            cv2.putText(image, text, a, cv2.FONT_HERSHEY_DUPLEX, size, colour, 2, cv2.LINE_AA)
        else:
            points = np.array([x, y]) + rng.normal(0, 0.4, (5, 2)) * (w, h)
            cv2.fillPoly(image, [points.astype(int)], colour)
    return image


def _shelf(rng, image, x0, y0, x1, y1):
    """A shelf full of upright things."""
    image[y0:y1, x0:x1] = cloth_colour(rng) * 0.6
    rows = int(rng.integers(2, 6))
    for r in range(rows):
        low = y0 + (r + 1) * (y1 - y0) // rows - 3
        x = x0 + 2
        while x < x1 - 4:
            w = int(rng.integers(3, 12))
            h = int((y1 - y0) / rows * rng.uniform(0.3, 0.85))
            image[max(low - h, y0) : low, x : min(x + w, x1)] = cloth_colour(rng)
            x += w + int(rng.integers(0, 4))


def wall_texture(rng):
    """A wall of a room or house front, (256, 512, 3) float32, top row first."""
    height, width = 256, 512
    base = vivid(rng, (0.0, 0.45), (0.3, 0.98))
    image = np.empty((height, width, 3), np.float32)
    tone = 1 + rng.uniform(0.01, 0.07) * smooth_noise(rng, height, width, 10)
    image[:] = tone[..., None] * base
    y, x = np.mgrid[0:height, 0:width]
    style = rng.random()
    if style < 0.15:
        row = y // 10
        image[((y % 10) < 2) | (((x + 10 * (row % 2)) % 20) < 2)] *= 0.75
    elif style < 0.28:
        image[(x % rng.integers(12, 40)) < 2] *= 0.8
    elif style < 0.36:
        image[y > height * 0.55] = vivid(rng, (0, 0.6), (0.2, 0.8))
    for _ in range(rng.integers(0, 4)):
        w, h = int(rng.integers(40, 120)), int(rng.integers(50, 120))
        x0, y0 = int(rng.integers(0, width - w)), int(rng.integers(10, height - h))
        kind = rng.random()
        if kind < 0.3:
            glass = vivid(rng, (0.05, 0.4), (0.6, 1.0))
            image[y0 : y0 + h, x0 : x0 + w] = glass * np.linspace(1.1, 0.8, h)[:, None, None]
            cv2.rectangle(image, (x0, y0), (x0 + w, y0 + h), (245, 245, 245), 4)
            cv2.line(image, (x0 + w // 2, y0), (x0 + w // 2, y0 + h), (240, 240, 240), 3)
        elif kind < 0.55:
            _shelf(rng, image, x0, y0, x0 + w, y0 + h)
        elif kind < 0.8:
            picture = np.full((h, w, 3), 1.0, np.float32) * vivid(rng)
            image[y0 : y0 + h, x0 : x0 + w] = clutter(rng, picture, 6)
            cv2.rectangle(image, (x0, y0), (x0 + w, y0 + h), (cloth_colour(rng) * 0.7).tolist(), 3)
        else:
            image[y0:, x0 : x0 + w // 2 + 20] = cloth_colour(rng) * 0.8
    clutter(rng, image, int(rng.integers(0, 10)), 0.5)
    return np.clip(image, 3, 252)


def panorama(rng, kind):
    """Sky and far things, (256, 512, 3) float32; the horizon is at row 192."""
    height, width, horizon = 256, 512, 192
    top = vivid(rng, (0.1, 0.75), (0.55, 1.0))
    if rng.random() < 0.9:
        top = np.array([rng.uniform(170, 250), rng.uniform(130, 200), rng.uniform(70, 170)])
    low = top * 0.3 + np.array([245, 240, 235]) * 0.7
    t = np.clip(np.arange(height) / horizon, 0, 1)[:, None, None]
    image = np.repeat((top * (1 - t) + low * t).astype(np.float32), width, axis=1)
    clouds = smooth_noise(rng, height, width, 7) + 0.5 * smooth_noise(rng, height, width, 25)
    share = np.clip((clouds - rng.uniform(-0.5, 1.5)) * 0.6, 0, 0.9)[..., None]
    image = image * (1 - share) + share * 248
    if kind in ('beach', 'snow', 'field', 'park') and rng.random() < 0.7:
        hills = horizon - 25 - 14 * smooth_noise(rng, 1, width, rng.integers(4, 14))[0]
        colour = np.array([110, 120, 95]) * rng.uniform(0.5, 1.2) + rng.normal(0, 10, 3)
        image[np.arange(height)[:, None] > hills[None]] = colour
    if kind == 'beach' and rng.random() < 0.7:
        image[horizon - 16 :] = np.array([150, 120, 60]) * rng.uniform(0.6, 1.3)
    if kind == 'street' or rng.random() < 0.25:
        for _ in range(rng.integers(4, 14)):
            w, h = int(rng.integers(20, 110)), int(rng.integers(30, 170))
            x0 = int(rng.integers(-20, width))
            colour = vivid(rng, (0.0, 0.4), (0.25, 0.9))
            cv2.rectangle(image, (x0, horizon - h), (x0 + w, height), colour.tolist(), -1)
            pane = (colour * rng.uniform(0.3, 0.8)).tolist()
            step = int(rng.integers(8, 18))
            for y in range(horizon - h + 5, horizon, step):
                for x in range(x0 + 4, x0 + w - 5, step):
                    cv2.rectangle(image, (x, y), (x + step // 2, y + step // 2), pane, -1)
    if kind in ('park', 'street', 'field'):
        for _ in range(rng.integers(2, 14) if kind == 'park' else rng.integers(0, 5)):
            x, h = int(rng.integers(0, width)), int(rng.integers(30, 130))
            green = np.array([40, 95, 60]) * rng.uniform(0.4, 1.2) + rng.normal(0, 10, 3)
            bark = (45, 60, 80)
            cv2.line(image, (x, horizon + 8), (x, horizon - h // 2), bark, max(h // 14, 1))
            for _ in range(10):
                at = (int(x + rng.normal(0, h / 6)), int(horizon - h * rng.uniform(0.45, 1)))
                tint = np.clip(green * rng.uniform(0.6, 1.3), 0, 255).tolist()
                cv2.circle(image, at, int(h * rng.uniform(0.08, 0.2)), tint, -1)
    if kind == 'field' and rng.random() < 0.6:
        crowd = rng.uniform(20, 230, (10, 120, 3)).astype(np.float32)
        image[horizon - 55 : horizon - 8] = cv2.resize(crowd, (width, 47))
        image[horizon - 12 : horizon + 2] = vivid(rng)
    clutter(rng, image[horizon - 60 : horizon + 20], int(rng.integers(0, 8)), 0.4)
    return np.clip(image, 3, 252)
