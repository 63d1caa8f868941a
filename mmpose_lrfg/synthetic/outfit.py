"""What people look like: skin, hair and clothes, drawn at random, and the textures of them.

Columns of the textures run around the body with the front in the middle. Rows run from crotch to
neck, from the end of a limb to its root, and from chin to crown.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .textures import COLUMN, ROW, SIDE, choose, cloth, cloth_colour, plain

#: Relative frequencies of hair styles, of men and of women.
HAIR = (
    {'bald': 1, 'short': 13, 'long': 1, 'tail': 0.3, 'cap': 4},
    {'bald': 0.2, 'short': 6, 'long': 8, 'tail': 4, 'cap': 4},
)
# BGR, from light to dark; and of hair.
SKIN = np.array([(200, 216, 246), (122, 154, 206), (52, 76, 122), (32, 42, 66)])
HAIR_COLOURS = np.array([
    (22, 20, 20), (28, 38, 56), (34, 52, 84), (60, 92, 136), (108, 156, 198), (36, 60, 128),
    (180, 180, 180),
])  # fmt: skip


@dataclass(frozen=True)
class Outfit:
    """The looks of one person. Lengths are shares of the limb from its root; -1 is none."""

    textures: dict[str, np.ndarray]  # of the parts of the body
    hair: str  # one of HAIR
    sleeve: float  # length
    leg: float  # length of the trousers
    hem: float  # lower end of the top: 0 at the hip joint, 1 at the neck
    slack: float  # thickness of loose cloth in metres


def sample_outfit(rng, female):
    """Return a random :class:`Outfit` of a woman or a man."""
    tone, hair = rng.beta(1.1, 1.3), choose(rng, HAIR[female])
    skin = np.array([np.interp(3 * tone, range(4), channel) for channel in SKIN.T])
    hair_colour = HAIR_COLOURS[rng.integers(3 if tone > 0.55 else 7)] * rng.uniform(0.8, 1.2)
    kind = choose(rng, {'shirt': 10, 'jacket': 5, 'sleeveless': 2.5, 'bare': 1.4 - 1.2 * female})
    long = kind == 'jacket' or rng.random() < 0.3
    sleeve = rng.uniform(0.5, 0.96) if long else rng.uniform(0.18, 0.48)
    sleeve = -1.0 if kind in ('sleeveless', 'bare') else sleeve
    leg = rng.uniform(0.8, 1.0) if rng.random() < 0.6 else rng.uniform(0.05, 0.5)
    hem, top, bottom = rng.uniform(-0.08, 0.16), cloth(rng), cloth(rng)
    bare, shoes = plain(rng, skin, 0.02), plain(rng, cloth_colour(rng))
    along = 1.05 - 1.18 * ROW[..., None]  # a limb, from its root (0) to its tip (1)
    sock = along > rng.uniform(0.6, 1.3)
    textures = {
        'torso': _torso(rng, kind, bare, top, bottom, hem),
        'arm': np.where(along <= sleeve, top, bare),
        'leg': np.where(along <= leg, bottom, np.where(sock, shoes, bare)),
        'head': _face(rng, bare, skin, hair_colour if hair != 'bald' else None),
        'skin': bare,
        'hair': cloth(rng) if hair == 'cap' else plain(rng, hair_colour, 0.15, 0.08),
        'foot': shoes if rng.random() < 0.93 else bare,
    }
    slack = {'jacket': 0.024, 'bare': 0.0}.get(kind, 0.012) * rng.uniform(0.4, 1.3)
    return Outfit(textures, hair, sleeve, leg, hem, slack)


def _torso(rng, kind, bare, top, bottom, hem):
    """Trousers, and shirt, jacket or skin with a neckline."""
    image, t, front = bare.copy(), ROW * 1.39 - 0.17, np.abs(COLUMN - 0.5)
    neck = 0.90 if kind == 'sleeveless' else 0.965
    edge = neck - rng.uniform(0.0, 0.16) * np.clip(1 - front / rng.uniform(0.07, 0.16), 0, 1)
    shirt = (t < edge) & (t >= hem) & (kind != 'bare')
    image[shirt] = top[shirt]
    if kind == 'jacket':
        opening = np.clip((t - rng.uniform(0.1, 0.5)) * rng.uniform(0.05, 0.2), 0.0, 0.12)
        image[(front < opening) & shirt] = cloth_colour(rng)
    waist = t < max(rng.uniform(0.12, 0.28), hem)
    image[waist] = bottom[waist]
    return image


def _face(rng, bare, skin, hair):
    """The head: eyes, brows, mouth, and hair around the face unless it is None."""
    image, lips = bare.copy(), skin * (0.68, 0.58, 0.82)
    iris, wide = rng.uniform((20, 20, 20), (120, 90, 60)), rng.uniform(0.04, 0.065)
    brow = skin * 0.75 if hair is None else np.minimum(hair * 0.8, skin * 0.75)
    # Across, up, half width, half height, colour.
    ellipses = [(0, 0.225, wide, 0.03, lips), (0, 0.225, wide, 0.007, skin * 0.4)]
    for side in (-0.066, 0.066):
        ellipses += [
            (side, 0.535, 0.052, 0.055, skin * 0.85), (side, 0.535, 0.036, 0.031, skin * 0.45),
            (side, 0.535, 0.031, 0.024, (222, 226, 230)), (side, 0.535, 0.016, 0.024, iris),
            (side, 0.63, 0.031, 0.016, brow),
        ]  # fmt: skip
    for across, up, *axes, colour in ellipses:
        x, y, *axes = (round(k * SIDE * 16) for k in (0.5 + across, up, *axes))
        cv2.ellipse(image, (x, y), axes, 0, 0, 360, [float(c) for c in colour], -1, cv2.LINE_AA, 4)
    if hair is not None:
        u = np.abs(COLUMN - 0.5)
        line = 0.80 - 0.3 * np.clip((u - 0.14) / 0.1, 0, 1)
        image[(line < ROW) & ((ROW > 0.82) | (u > 0.22))] = hair
    return image
