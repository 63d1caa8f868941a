"""What people look like: skin, hair and clothes, drawn at random, and the textures of them.

Columns of the textures run around the body with the front in the middle. Rows run from crotch to
neck, along a limb from its root, and from chin to crown.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .body_mesh import MATERIALS
from .textures import cloth, cloth_colour, grid, plain

HAIR_STYLES = ('bald', 'cropped', 'short', 'long', 'tail', 'afro')
TOPS = ('shirt', 'jacket', 'tank', 'bare', 'dress')

# BGR, from light to dark.
_SKIN = np.array([
    [200, 216, 246], [176, 196, 234], [150, 178, 222], [122, 154, 206], [98, 130, 186],
    [72, 102, 158], [52, 76, 122], [40, 56, 92], [32, 42, 66],
], float)  # fmt: skip
_HAIR = np.array([
    [22, 20, 20], [28, 38, 56], [34, 52, 84], [60, 92, 136], [108, 156, 198], [36, 60, 128],
    [180, 180, 180],
], float)  # fmt: skip


@dataclass(frozen=True)
class Outfit:
    """The looks of one person. Lengths on limbs are shares from joint (0) to end (1).

    Args:
        skin, hair_colour (np.ndarray): BGR colours (3,).
        hair (str): One of ``HAIR_STYLES``.
        hat, glasses, shoes (bool): Details.
        top (str): One of ``TOPS``.
        sleeve, leg, skirt (float): Lengths of sleeve, trouser leg and skirt; below 0 for none.
        hem (float): Lower end of the top: 0 at the hip joint, 1 at the neck.
        slack, leg_slack (float): Thickness of loose cloth in metres.
    """

    skin: np.ndarray
    hair_colour: np.ndarray
    hair: str
    hat: bool
    glasses: bool
    shoes: bool
    top: str
    sleeve: float
    leg: float
    skirt: float
    hem: float
    slack: float
    leg_slack: float


def _choice(rng, names, shares):
    return names[rng.choice(len(names), p=np.array(shares) / np.sum(shares))]


def sample_outfit(rng, body):
    """Return a random :class:`Outfit` that suits a body."""
    female = body.female > 0.5
    tone = min(rng.beta(1.1, 1.3) * 8, 7.999)
    dark = tone > 4.5
    skin = _SKIN[int(tone)] + tone % 1 * (_SKIN[int(tone) + 1] - _SKIN[int(tone)])
    hair_colour = _choice(rng, _HAIR, [6, 4, 4, 0, 0, 0, 1] if dark else [6, 4, 4, 2, 2, 1, 2])
    styles = [0.2, 0.3, 6, 8, 4, 0.8] if female else [1.2, 2.5, 11, 1, 0.3, 0.6]
    if dark:
        styles[1], styles[5] = 4 * styles[1], 4 * styles[5]
    top = _choice(rng, TOPS, [10, 5, 2.5, 0.4, 3] if female else [10, 6, 2.5, 1.6, 0])
    long = top == 'jacket' or rng.random() < 0.3
    sleeve = rng.uniform(0.5, 0.96) if long else rng.uniform(0.18, 0.48)
    skirted = top == 'dress' or (female and rng.random() < 0.15)
    leg = rng.uniform(0.8, 1.0) if rng.random() < 0.6 else rng.uniform(0.05, 0.5)
    thick = {'jacket': 0.024, 'bare': 0.0, 'tank': 0.008}.get(top, 0.013)
    return Outfit(
        skin=np.clip(skin + rng.normal(0, 3, 3), 15, 250),
        hair_colour=np.clip(hair_colour * rng.uniform(0.8, 1.2), 8, 240),
        hair=_choice(rng, HAIR_STYLES, styles),
        hat=rng.random() < 0.22,
        glasses=rng.random() < 0.14,
        shoes=rng.random() < 0.93,
        top=top,
        sleeve=-1.0 if top in ('tank', 'bare') else sleeve,
        leg=-1.0 if skirted else leg,
        skirt=rng.uniform(0.2, 0.9) if skirted else -1.0,
        hem=rng.uniform(-0.08, 0.16),
        slack=thick * rng.uniform(0.4, 1.3),
        leg_slack=0.002 if female and rng.random() < 0.5 else rng.uniform(0.003, 0.018),
    )


def _torso_texture(rng, outfit, top, bottom):
    """Trunk: trousers, shirt or bare skin with a neckline, opening of a jacket."""
    height, width = top.shape[:2]
    image = plain(rng, height, width, outfit.skin, 0.02, 0.03)
    y, x = grid(height, width)
    t, front = y / height * 1.39 - 0.17, np.abs(x / width - 0.5)
    if outfit.top != 'bare':
        neck = 0.965 if outfit.top in ('shirt', 'jacket') else 0.90
        edge = neck - rng.uniform(0.0, 0.16) * np.clip(1 - front / rng.uniform(0.07, 0.16), 0, 1)
        if outfit.top == 'tank':
            # One strap over each shoulder, at the front and at the back.
            strap = np.abs(np.minimum(front, 0.5 - front) - 0.115) < rng.uniform(0.012, 0.04)
            edge = np.where(strap, 0.95, np.minimum(edge, rng.uniform(0.78, 0.84)))
        shirt = (t < edge) & ((t >= outfit.hem) | (outfit.top == 'dress'))
        image[shirt] = top[shirt]
        if outfit.top == 'jacket':
            opening = np.clip((t - rng.uniform(0.1, 0.5)) * rng.uniform(0.05, 0.2), 0.0, 0.12)
            image[(front < opening) & shirt] = cloth_colour(rng)
    if outfit.top != 'dress':
        waist = max(rng.uniform(0.12, 0.28), outfit.hem)
        image[t < waist] = bottom[t < waist]
        image[np.abs(t - waist) < 0.01] *= rng.uniform(0.3, 1.0)
    return image


def _limb_texture(rng, skin, cover, end, sock=None):
    """Arm or leg, (128, 64, 3): cloth as far as ``end``, then skin, then a sock."""
    image = plain(rng, 128, 64, skin, 0.02, 0.03)
    share = np.arange(128) / 128 * 1.18 - 0.13
    covered = share <= end
    image[covered] = cv2.resize(cover, (64, 128), interpolation=cv2.INTER_AREA)[covered]
    image[np.abs(share - end) < 0.012] *= 0.72
    if sock is not None:
        image[share > rng.uniform(0.6, 0.95)] = sock
    return image


def _face_texture(rng, outfit):
    """Head, (128, 192, 3): eyes, brows, mouth, glasses, and hair around the face."""
    height, width = 128, 192
    skin, hair = outfit.skin, outfit.hair_colour
    image = np.ascontiguousarray(plain(rng, height, width, skin, 0.015, 0.025))
    y, x = grid(height, width)
    u, t = np.abs(x / width - 0.5), y / height

    def at(across, up):
        return round((0.5 + across) * width), round(up * height)

    def ellipse(centre, axes, colour, fill=-1):
        colour = np.asarray(colour, float).tolist()
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, fill, cv2.LINE_AA)

    iris, brow = rng.uniform((20, 20, 20), (120, 90, 60)), np.minimum(hair * 0.8, skin * 0.75)
    dark = rng.random() < 0.5
    for sign in (-1, 1):
        eye = at(sign * 0.066, 0.535)
        ellipse(eye, (10, 7), skin * 0.85)
        ellipse(eye, (7, 4), skin * 0.45)
        ellipse(eye, (6, 3), (222, 226, 230))
        ellipse(eye, (3, 3), iris)
        points = [at(sign * a, b) for a, b in ((0.035, 0.615), (0.07, 0.645), (0.10, 0.625))]
        cv2.polylines(image, [np.array(points)], False, brow.tolist(), 3, cv2.LINE_AA)
        if outfit.glasses:
            ellipse(eye, (11, 9), (25, 25, 25), -1 if dark else 2)
    wide, teeth = int(rng.integers(8, 13)), rng.random() < 0.35
    ellipse(at(0, 0.225), (wide, 4), skin * (0.68, 0.58, 0.82))
    ellipse(at(0, 0.225), (wide - 3, 2 if teeth else 0), (225, 230, 232) if teeth else skin * 0.4)
    if outfit.hair != 'bald':
        line = 0.80 - 0.3 * np.clip((u - 0.14) / 0.1, 0, 1)
        image[(t > line) & ((t > 0.82) | (u > 0.22))] = hair
    return image


def paint(rng, outfit, size=128):
    """Paint all textures of one person.

    Args:
        rng (np.random.Generator): Source of all randomness.
        outfit (Outfit): Looks.
        size (int): Side of the textures of the trunk in pixels.

    Returns:
        list[np.ndarray]: (H, W, 3) float32 each, in the order of ``MATERIALS``.
    """
    top = cloth(rng, size, size)
    bottom = plain(rng, size, size, cloth_colour(rng), 0.04, 0.10)
    if rng.random() < 0.25:
        bottom = cloth(rng, size, size)
    sock = cloth_colour(rng) if outfit.shoes and rng.random() < 0.55 else None
    strands = plain(rng, 48, 48, outfit.hair_colour, 0.05, 0.08)
    strands *= (1 + 0.13 * rng.normal(0, 1, 48))[None, :, None]
    textures = {
        'torso': _torso_texture(rng, outfit, top, bottom),
        'arm': _limb_texture(rng, outfit.skin, top, outfit.sleeve),
        'leg': _limb_texture(rng, outfit.skin, bottom, outfit.leg, sock),
        'head': _face_texture(rng, outfit),
        'skin': plain(rng, 16, 16, outfit.skin, 0.02, 0),
        'hair': strands,
        'shoe': plain(rng, 24, 24, cloth_colour(rng) if outfit.shoes else outfit.skin, 0.03, 0),
        'skirt': top if outfit.top == 'dress' else bottom,
        'hat': cloth(rng, 48, 48),
    }
    return [np.clip(textures[name], 2, 253).astype(np.float32) for name in MATERIALS]
