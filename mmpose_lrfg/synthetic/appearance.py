"""What people look like: skin, hair and clothes, drawn at random, and the textures of them.

Columns of the textures run around the body with the front in the middle. Rows run from crotch to
neck, along a limb from its root, and from chin to crown.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .body_mesh import MATERIALS
from .textures import choose, cloth, cloth_colour, grid, plain

# Relative frequencies for men and women.
HAIR_STYLES = (
    {'bald': 1.2, 'short': 13, 'long': 1, 'tail': 0.3, 'afro': 1},
    {'bald': 0.2, 'short': 6, 'long': 8, 'tail': 4, 'afro': 1},
)
TOPS = (
    {'shirt': 10, 'jacket': 6, 'sleeveless': 2.5, 'bare': 1.6},
    {'shirt': 10, 'jacket': 5, 'sleeveless': 2.5, 'bare': 0.4, 'dress': 3},
)

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


def sample_outfit(rng, body):
    """Return a random :class:`Outfit` that suits a body."""
    female = body.female > 0.5
    tone = min(rng.beta(1.1, 1.3) * 8, 7.999)
    skin = _SKIN[int(tone)] + tone % 1 * (_SKIN[int(tone) + 1] - _SKIN[int(tone)])
    hair = _HAIR[rng.integers(3 if tone > 4.5 else len(_HAIR))]  # dark skin, dark hair
    top = choose(rng, TOPS[female])
    long = top == 'jacket' or rng.random() < 0.3
    skirted = top == 'dress' or (female and rng.random() < 0.15)
    thick = {'jacket': 0.024, 'bare': 0.0, 'sleeveless': 0.008}.get(top, 0.013)
    sleeve = rng.uniform(0.5, 0.96) if long else rng.uniform(0.18, 0.48)
    leg = rng.uniform(0.8, 1.0) if rng.random() < 0.6 else rng.uniform(0.05, 0.5)
    return Outfit(
        skin=np.clip(skin + rng.normal(0, 3, 3), 15, 250),
        hair_colour=np.clip(hair * rng.uniform(0.8, 1.2), 8, 240),
        hair=choose(rng, HAIR_STYLES[female]),
        hat=rng.random() < 0.22,
        glasses=rng.random() < 0.14,
        shoes=rng.random() < 0.93,
        top=top,
        sleeve=-1.0 if top in ('sleeveless', 'bare') else sleeve,
        leg=-1.0 if skirted else leg,
        skirt=rng.uniform(0.2, 0.9) if skirted else -1.0,
        hem=rng.uniform(-0.08, 0.16),
        slack=thick * rng.uniform(0.4, 1.3),
        leg_slack=rng.uniform(0.002, 0.016),
    )


def _torso_texture(rng, outfit, top, bottom):
    """Trunk: trousers, shirt or bare skin with a neckline, opening of a jacket."""
    height, width = top.shape[:2]
    image = plain(rng, height, width, outfit.skin, 0.02, 0.03)
    y, x = grid(height, width)
    t, front = y / height * 1.39 - 0.17, np.abs(x / width - 0.5)
    if outfit.top != 'bare':
        neck = 0.90 if outfit.top in ('dress', 'sleeveless') else 0.965
        edge = neck - rng.uniform(0.0, 0.16) * np.clip(1 - front / rng.uniform(0.07, 0.16), 0, 1)
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

    def ellipse(across, up, axes, colour, thickness=-1):
        centre = round((0.5 + across) * width), round(up * height)
        colour = np.asarray(colour, float).tolist()
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, thickness, cv2.LINE_AA)

    iris = rng.uniform((20, 20, 20), (120, 90, 60))
    for side in (-0.066, 0.066):
        ellipse(side, 0.535, (10, 7), skin * 0.85)
        ellipse(side, 0.535, (7, 4), skin * 0.45)
        ellipse(side, 0.535, (6, 3), (222, 226, 230))
        ellipse(side, 0.535, (3, 3), iris)
        ellipse(side, 0.63, (6, 2), np.minimum(hair * 0.8, skin * 0.75))
        if outfit.glasses:
            ellipse(side, 0.535, (11, 9), (25, 25, 25), 2)
    wide = int(rng.integers(8, 13))
    ellipse(0, 0.225, (wide, 4), skin * (0.68, 0.58, 0.82))
    ellipse(0, 0.225, (wide - 3, 0), skin * 0.4)
    if outfit.hair != 'bald':
        y, x = grid(height, width)
        u, t = np.abs(x / width - 0.5), y / height
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
    textures = {
        'torso': _torso_texture(rng, outfit, top, bottom),
        'arm': _limb_texture(rng, outfit.skin, top, outfit.sleeve),
        'leg': _limb_texture(rng, outfit.skin, bottom, outfit.leg, sock),
        'head': _face_texture(rng, outfit),
        'skin': plain(rng, 16, 16, outfit.skin, 0.02, 0),
        'hair': plain(rng, 48, 48, outfit.hair_colour, 0.15, 0.08),
        'shoe': plain(rng, 24, 24, cloth_colour(rng) if outfit.shoes else outfit.skin, 0.03, 0),
        'skirt': top if outfit.top == 'dress' else bottom,
        'hat': cloth(rng, 48, 48),
    }
    return [np.clip(textures[name], 2, 253).astype(np.float32) for name in MATERIALS]
