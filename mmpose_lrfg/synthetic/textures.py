"""Paint: cloth, skin, faces and hair, as small BGR images that wrap around a mesh.

Columns run around the body with the front in the middle; rows run as each mesh says (torso from
crotch to neck, limbs from root to tip, head from chin to crown).
"""

from functools import lru_cache

import cv2
import numpy as np

from .appearance import cloth_colour, vivid
from .figures import MATERIALS


def smooth_noise(rng, height, width, cells):
    """Noise (height, width) of standard deviation about 1 and ``cells`` bumps across."""
    rows = max(round(cells * height / width), 1)
    coarse = rng.normal(0, 1, (rows + 2, int(cells) + 2)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@lru_cache(maxsize=1)
def _grain_bank():
    """White noise to cut pieces from: drawing new noise for every texture would cost too much."""
    return np.random.default_rng(0).standard_normal((512, 512), np.float32)


def grain(rng, height, width):
    """White noise (height, width) float32 of standard deviation 1, for textures up to 256 wide."""
    top, left = rng.integers(0, 512 - height), rng.integers(0, 512 - width)
    return _grain_bank()[top : top + height, left : left + width]


def plain(rng, height, width, colour, rough=0.03, folds=0.06):
    """One colour with a fine grain and broad folds, (height, width, 3) float32."""
    tone = np.float32(rough) * grain(rng, height, width)
    tone += 1
    if folds:
        tone += np.float32(folds) * smooth_noise(rng, height, width, int(rng.integers(4, 9)))
        tone += np.float32(0.5 * folds) * smooth_noise(rng, height, width, 14)
    # The end runs into the mirrored start: cloth has no step at the seam.
    edge = width // 8
    fade = np.linspace(0, 1, edge, dtype=np.float32)
    tone[:, -edge:] += fade * (tone[:, edge - 1 :: -1] - tone[:, -edge:])
    return cv2.merge([tone * np.float32(c) for c in colour])


@lru_cache(maxsize=8)
def _grid(height, width):
    y, x = np.mgrid[0:height, 0:width]
    return y, x


@lru_cache(maxsize=1)
def _face_tones():
    """What light and blood do to any face: factors (128, 192, 3) on the skin."""
    y, x = _grid(128, 192)
    u, t = np.abs(x / 192 - 0.5), y / 128
    blush = np.exp(-(((u - 0.085) / 0.04) ** 2) - ((t - 0.36) / 0.08) ** 2)
    tones = 1 + blush[..., None] * np.array([-0.10, -0.08, 0.03])
    tones *= 1 - 0.22 * np.exp(-(((u - 0.065) / 0.035) ** 2) - ((t - 0.55) / 0.06) ** 2)[..., None]
    tones *= 1 - 0.25 * np.exp(-((u / 0.03) ** 2) - ((t - 0.315) / 0.025) ** 2)[..., None]
    return tones.astype(np.float32)


def _letters(rng, image, centre, scale, colour):
    text = ''.join(chr(rng.integers(65, 91)) for _ in range(rng.integers(1, 6)))
    if rng.random() < 0.35:
        text = str(rng.integers(1, 99))
    size, _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 2)
    at = (int(centre[0] - size[0] / 2), int(centre[1] + size[1] / 2))
    # Rows of the torso run upwards, so the letters are drawn on a flipped picture.
    flipped = np.ascontiguousarray(image[::-1])
    at = (at[0], image.shape[0] - 1 - int(centre[1]) + size[1] // 2)
    cv2.putText(flipped, text, at, cv2.FONT_HERSHEY_DUPLEX, scale, colour.tolist(), 2, cv2.LINE_AA)
    image[:] = flipped[::-1]


def cloth(rng, height, width, colour=None):
    """A random cloth, (height, width, 3) float32: plain, striped, checked, dotted or mottled."""
    colour = cloth_colour(rng) if colour is None else colour
    image = plain(rng, height, width, colour, folds=rng.uniform(0.03, 0.12))
    second = cloth_colour(rng)
    kind = rng.random()
    y, x = _grid(height, width)
    if kind < 0.11:
        period = height / rng.integers(7, 28)
        image[(y % period) < period * rng.uniform(0.2, 0.6)] = second
    elif kind < 0.16:
        period = width / rng.integers(8, 26)
        image[(x % period) < period * rng.uniform(0.15, 0.5)] = second
    elif kind < 0.25:
        period = width / rng.integers(6, 18)
        band = rng.uniform(0.25, 0.55) * period
        image[(x % period) < band] = 0.5 * image[(x % period) < band] + 0.5 * second
        image[(y % period) < band] = 0.5 * image[(y % period) < band] + 0.5 * second
    elif kind < 0.29:
        period = width / rng.integers(8, 20)
        dots = ((x % period) - period / 2) ** 2 + ((y % period) - period / 2) ** 2
        image[dots < (0.28 * period) ** 2] = second
    elif kind < 0.34:
        noise = smooth_noise(rng, height, width, rng.integers(8, 22))
        image[noise > 0.3] = second
        image[noise < -0.7] = cloth_colour(rng)
    elif kind < 0.39:
        image[y > height * rng.uniform(0.4, 0.8)] = second
    return image


def torso_texture(rng, outfit, top, bottom):
    """Trunk, (160, 160, 3): trousers, belt, shirt or bare skin, collar."""
    height, width = top.shape[:2]
    image = plain(rng, height, width, outfit.skin, 0.02, 0.03)
    rows = np.arange(height) / height * 1.39 - 0.17
    y, x = _grid(height, width)
    t = rows[y]
    front = np.abs(x / width - 0.5)
    if outfit.top == 'bare':
        # Chest and belly: nipples, navel and a shade under the ribs.
        for u in (0.43, 0.57):
            at = (int(u * width), int(0.63 * height))
            cv2.circle(image, at, 2, (outfit.skin * 0.7).tolist(), -1)
        cv2.circle(image, (width // 2, int(0.36 * height)), 1, (outfit.skin * 0.6).tolist(), -1)
    else:
        if rng.random() < 0.3 and outfit.top == 'shirt':
            colour = vivid(rng, (0.5, 1), (0.3, 1)) if rng.random() < 0.5 else cloth_colour(rng)
            centre = (width // 2, int(rng.uniform(0.58, 0.72) * height))
            if rng.random() < 0.6:
                _letters(rng, top, centre, rng.uniform(0.5, 1.0), colour)
            else:
                size = (int(rng.integers(6, 20)), int(rng.integers(6, 20)))
                cv2.ellipse(top, centre, size, rng.uniform(0, 90), 0, 360, colour.tolist(), -1)
            if rng.random() < 0.4:
                back = np.roll(top, width // 2, axis=1)
                _letters(rng, back, (width // 2, int(0.68 * height)), 0.9, colour)
                top[:] = np.roll(back, -(width // 2), axis=1)
        neck = {'tank': 0.90, 'dress': 0.91}.get(outfit.top, 0.965)
        dip = rng.uniform(0.0, 0.16) * (outfit.top != 'jacket')
        edge = neck - dip * np.clip(1 - front / rng.uniform(0.07, 0.16), 0, 1)
        if outfit.top == 'tank':
            # Two straps, each over front and back.
            strap = np.abs(np.minimum(front, 0.5 - front) - 0.115) < rng.uniform(0.012, 0.04)
            edge = np.where(strap, 0.95, np.minimum(edge, rng.uniform(0.78, 0.84)))
        low = outfit.hem if outfit.top != 'dress' else -0.2
        shirt = (t < edge) & (t >= low)
        image[shirt] = top[shirt]
        if outfit.top in ('jacket', 'suit') or rng.random() < 0.12:
            inner = cloth_colour(rng)
            opening = np.clip((t - rng.uniform(0.1, 0.5)) * rng.uniform(0.05, 0.2), 0.0, 0.12)
            gap = (front < opening) & shirt
            image[gap] = inner
            if outfit.top == 'suit':
                tie = (front < 0.012 + 0.012 * (0.9 - t)) & gap
                image[tie] = vivid(rng, (0.4, 1), (0.2, 0.8))
            line = (np.abs(front - opening) < 0.006) & shirt
            image[line] *= 0.6
        rim = shirt & (np.abs(t - edge) < 0.012)
        image[rim] = image[rim] * rng.uniform(0.6, 1.1)
    waist = rng.uniform(0.16, 0.30) if outfit.bottom != 'swim' else 0.12
    if outfit.top != 'dress':
        waist = max(min(waist, outfit.hem + 0.02), outfit.hem) if outfit.top != 'bare' else waist
        below = t < waist
        image[below] = bottom[below]
        if rng.random() < 0.4:
            belt = (t < waist) & (t > waist - 0.035)
            image[belt] = cloth_colour(rng) * 0.5
        image[(np.abs(t - waist) < 0.008)] *= 0.6
    return image


def limb_texture(rng, skin, cloth_image, end, sock=None):
    """Arm or leg, (128, 64, 3): cloth down to share ``end``, then skin, then a sock."""
    height, width = 128, 64
    image = plain(rng, height, width, skin, 0.02, 0.03)
    share = np.arange(height) / height * 1.18 - 0.13
    covered = share <= end
    source = cv2.resize(cloth_image, (width, height), interpolation=cv2.INTER_AREA)
    image[covered] = source[covered]
    image[np.abs(share - end) < 0.012] *= 0.72
    if sock is not None:
        image[share > sock[0]] = sock[1]
    return image


def face_texture(rng, outfit):
    """Head, (128, 192, 3): eyes, brows, lips, beard; the scalp is hair where hair grows thin."""
    height, width = 128, 192
    skin = outfit.skin
    image = plain(rng, height, width, skin, 0.015, 0.025)

    def at(u, t):
        return round((0.5 + u) * width), round(t * height)

    y, x = _grid(height, width)
    u, t = np.abs(x / width - 0.5), y / height
    image *= _face_tones()
    if outfit.beard:
        beard = (t < 0.33 + 0.10 * np.clip((u - 0.05) / 0.1, 0, 1)) & (u < 0.25)
        beard &= ~((u < 0.035) & (np.abs(t - 0.225) < 0.03))
        share = rng.uniform(0.35, 0.95)
        image[beard] = (1 - share) * image[beard] + share * outfit.hair_colour
    brow = np.minimum(outfit.hair_colour * 0.8, skin * 0.75)
    iris = [(60, 40, 30), (20, 30, 50), (120, 90, 60), (60, 90, 70)][rng.integers(4)]
    open_eye = rng.random() < 0.92
    look = rng.uniform(-1.2, 1.2)
    for sign in (-1, 1):
        eye = at(sign * 0.066, 0.535)
        if open_eye:
            cv2.ellipse(image, eye, (7, 4), 0, 0, 360, (skin * 0.55).tolist(), -1, cv2.LINE_AA)
            cv2.ellipse(image, eye, (6, 3), 0, 0, 360, (222, 226, 230), -1, cv2.LINE_AA)
            pupil = (round(eye[0] + look), eye[1])
            cv2.circle(image, pupil, 3, iris, -1, cv2.LINE_AA)
            cv2.circle(image, pupil, 1, (8, 8, 8), -1, cv2.LINE_AA)
            cv2.ellipse(image, (eye[0], eye[1] + 3), (7, 2), 0, 0, 180, (skin * 0.4).tolist(), 1)
        else:
            cv2.ellipse(image, eye, (6, 2), 0, 180, 360, (skin * 0.4).tolist(), 1, cv2.LINE_AA)
        inner, outer = at(sign * 0.035, 0.615), at(sign * 0.10, 0.625)
        middle = at(sign * 0.07, 0.645)
        points = np.array([inner, middle, outer])
        cv2.polylines(image, [points], False, brow.tolist(), 3, cv2.LINE_AA)
    lips = skin * np.array([0.68, 0.58, 0.82])
    mouth, wide = at(0, 0.225), int(rng.integers(8, 13))
    if rng.random() < 0.35:
        cv2.ellipse(image, mouth, (wide, 4), 0, 0, 360, lips.tolist(), -1, cv2.LINE_AA)
        cv2.ellipse(image, mouth, (wide - 3, 2), 0, 0, 360, (225, 230, 232), -1, cv2.LINE_AA)
    else:
        cv2.ellipse(image, mouth, (wide, 3), 0, 0, 360, lips.tolist(), -1, cv2.LINE_AA)
        cv2.line(image, at(-0.05, 0.225), at(0.05, 0.225), (lips * 0.6).tolist(), 1, cv2.LINE_AA)
    if outfit.glasses:
        dark = rng.random() < 0.5
        for sign in (-1, 1):
            eye = at(sign * 0.068, 0.535)
            fill = -1 if dark else 2
            cv2.ellipse(image, eye, (11, 9), 0, 0, 360, (25, 25, 25), fill, cv2.LINE_AA)
        cv2.line(image, at(-0.01, 0.55), at(0.01, 0.55), (25, 25, 25), 2)
    if outfit.hair_style != 'bald':
        scalp = (t > 0.80 - 0.3 * np.clip((u - 0.14) / 0.1, 0, 1)) & (u > 0.0)
        scalp &= (t > 0.82) | (u > 0.22)
        image[scalp] = outfit.hair_colour
    return image


def paint(rng, outfit, size=128):
    """All textures of one person, a list of (H, W, 3) float32 in the order of MATERIALS."""
    top = cloth(rng, size, size)
    bottom = cloth(rng, size, size) if rng.random() < 0.25 else None
    if bottom is None:
        bottom = plain(rng, size, size, cloth_colour(rng), 0.04, 0.10)
    sleeve = cloth(rng, size, size) if rng.random() < 0.08 else top
    sock = None
    if outfit.shoes and outfit.leg < 0.9 and rng.random() < 0.55:
        sock = (rng.choice([0.93, 0.88, 0.55], p=[0.5, 0.3, 0.2]), cloth_colour(rng))
    strands = plain(rng, 48, 48, outfit.hair_colour, 0.05, 0.08)
    strands *= (1 + 0.13 * rng.normal(0, 1, 48))[None, :, None].astype(np.float32)
    shoe = plain(rng, 24, 24, cloth_colour(rng) if outfit.shoes else outfit.skin, 0.03, 0)
    if outfit.shoes and rng.random() < 0.6:
        shoe[:, :6] = shoe[:, -6:] = cloth_colour(rng)
    unused = np.full((1, 1, 3), 128, np.float32)
    named = {
        'torso': torso_texture(rng, outfit, top.copy(), bottom),
        'arm': limb_texture(rng, outfit.skin, sleeve, outfit.sleeve),
        'leg': limb_texture(rng, outfit.skin, bottom, outfit.leg, sock),
        'head': face_texture(rng, outfit),
        'skin': plain(rng, 16, 16, outfit.skin, 0.02, 0),
        'hair': strands,
        'shoe': shoe,
        'skirt': top if outfit.top == 'dress' else bottom,
        'hat': cloth(rng, 48, 48) if outfit.hat else unused,
        'gear': np.full((1, 1, 3), rng.uniform(10, 60), np.float32),
    }
    return [np.clip(named[name], 2, 253).astype(np.float32) for name in MATERIALS]
