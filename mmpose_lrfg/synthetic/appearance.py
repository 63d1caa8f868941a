"""What a person wears and looks like: skin, hair and clothes, drawn at random but plausibly."""

import colorsys
from dataclasses import dataclass

import numpy as np

from .heads import HAIR_STYLES, HATS

# Skin from light to dark, BGR.
_SKIN = np.array([
    [200, 216, 246], [176, 196, 234], [150, 178, 222], [122, 154, 206], [98, 130, 186],
    [72, 102, 158], [52, 76, 122], [40, 56, 92], [32, 42, 66],
], float)  # fmt: skip
_HAIR = np.array([
    [22, 20, 20], [30, 30, 36], [28, 38, 56], [34, 52, 84], [60, 92, 136], [108, 156, 198],
    [36, 60, 128], [150, 150, 150], [205, 205, 205],
], float)  # fmt: skip
_HAIR_SHARES = np.array([4, 4, 4, 4, 2.5, 2, 0.8, 1, 0.8])


def vivid(rng, saturation=(0.0, 1.0), value=(0.15, 1.0)):
    """A random BGR colour (3,) in 0-255 with its saturation and value in the given ranges."""
    rgb = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return np.array(rgb[::-1]) * 255


def cloth_colour(rng):
    """A colour that clothes have: much black, white, grey and blue, some vivid, some muted."""
    kind = rng.random()
    if kind < 0.17:
        return np.full(3, rng.uniform(18, 55)) + rng.normal(0, 3, 3)
    if kind < 0.34:
        return np.full(3, rng.uniform(195, 248)) + rng.normal(0, 4, 3)
    if kind < 0.44:
        return np.full(3, rng.uniform(70, 170)) + rng.normal(0, 5, 3)
    if kind < 0.58:
        return np.array([rng.uniform(70, 170), rng.uniform(45, 110), rng.uniform(25, 70)])
    if kind < 0.78:
        return vivid(rng, (0.65, 1.0), (0.5, 1.0))
    return vivid(rng, (0.15, 0.6), (0.2, 0.85))


@dataclass(frozen=True)
class Outfit:
    """One person's looks. Lengths along limbs are shares from joint (0) to end (1).

    Args:
        skin, hair_colour (np.ndarray): BGR colours (3,).
        hair_style (str): One of :data:`~.heads.HAIR_STYLES`.
        fringe, beard, glasses, shoes (bool): Details.
        top (str): shirt, jacket, suit, tank, bare or dress.
        bottom (str): trousers, shorts, skirt or swim.
        sleeve, leg, skirt (float): Lengths of sleeve, trouser leg and skirt; below 0 is none.
        hem (float): Where the top ends, 0 at the hip joint, 1 at the neck.
        slack, sleeve_slack, leg_slack (float): Thickness of loose cloth in metres.
        flare (float): Widening of a skirt.
        hat (str | None): One of :data:`~.heads.HATS`.
    """

    skin: np.ndarray
    hair_colour: np.ndarray
    hair_style: str
    fringe: bool
    beard: bool
    glasses: bool
    shoes: bool
    top: str
    bottom: str
    sleeve: float
    leg: float
    skirt: float
    hem: float
    slack: float
    sleeve_slack: float
    leg_slack: float
    flare: float
    hat: str | None


def sample_outfit(rng, body):
    """A random :class:`Outfit` that suits a body (children keep their shirts on, and so on)."""
    female = body.female > 0.5
    tone = np.clip(rng.beta(1.1, 1.3) * 8, 0, 7.999)
    low = int(tone)
    skin = _SKIN[low] + (tone - low) * (_SKIN[low + 1] - _SKIN[low]) + rng.normal(0, 3, 3)
    shares = _HAIR_SHARES.copy()
    if tone > 4.5:
        shares[4:] *= 0.1
    hair_colour = _HAIR[rng.choice(len(_HAIR), p=shares / shares.sum())] * rng.uniform(0.8, 1.2)
    if rng.random() < 0.03:
        hair_colour = vivid(rng, (0.5, 1), (0.4, 1))
    styles = (
        np.array([0.2, 0.3, 2, 2, 3, 6, 4, 2, 0.8])
        if female
        else np.array([1.2, 2.5, 7, 5, 0.5, 0.6, 0.2, 0.2, 0.6])
    )
    if tone > 5:
        styles[[1, 8]] *= 4
    style = HAIR_STYLES[rng.choice(len(HAIR_STYLES), p=styles / styles.sum())]

    top_names = ('shirt', 'jacket', 'suit', 'tank', 'bare', 'dress')
    tops = np.array([10, 5, 2.0, 2.5, 0.4 if female else 1.6, 3.0 if female else 0.0])
    if body.child > 0:
        tops[[2, 4]] *= 0.2
    top = top_names[rng.choice(6, p=tops / tops.sum())]
    bottoms = np.array([11, 5, 3.0 if female else 0.0, 0.3])
    if top == 'bare':
        bottoms = np.array([1, 4, 0, 5.0])
    if top == 'suit':
        bottoms = np.array([1, 0, 0, 0.0])
    names = ('trousers', 'shorts', 'skirt', 'swim')
    bottom = names[rng.choice(4, p=bottoms / bottoms.sum())]
    if top == 'dress':
        bottom = 'skirt'

    long = top in ('jacket', 'suit') or rng.random() < 0.32
    sleeve = 0.96 if long else rng.uniform(0.18, 0.48)
    if long and rng.random() < 0.2:
        sleeve = rng.uniform(0.5, 0.75)
    if top == 'bare' or top == 'tank' or (top == 'dress' and rng.random() < 0.6):
        sleeve = -1.0
    legs = {
        'trousers': 0.99 if rng.random() < 0.85 else rng.uniform(0.65, 0.9),
        'shorts': rng.uniform(0.2, 0.5),
        'skirt': 0.99 if rng.random() < 0.15 else -1.0,
        'swim': rng.uniform(-0.1, 0.2),
    }
    loose = rng.uniform(0.15, 1.0)
    thick = {'jacket': 0.026, 'suit': 0.018, 'bare': 0.0, 'tank': 0.008}.get(top, 0.013)
    tight_legs = bottom == 'skirt' or (female and rng.random() < 0.5)
    length = rng.choice([rng.uniform(0.2, 0.45), rng.uniform(0.45, 0.9)], p=[0.65, 0.35])
    return Outfit(
        skin=np.clip(skin, 15, 250),
        hair_colour=np.clip(hair_colour, 8, 240),
        hair_style=style,
        fringe=bool(rng.random() < 0.35),
        beard=bool(not female and body.child == 0 and rng.random() < 0.25),
        glasses=bool(rng.random() < 0.14),
        shoes=bool(bottom != 'swim' and rng.random() < 0.93),
        top=top,
        bottom=bottom,
        sleeve=float(sleeve),
        leg=float(legs[bottom]),
        skirt=float(length) if bottom == 'skirt' else -1.0,
        hem=float(rng.uniform(-0.08, 0.16)) if top not in ('bare', 'tank') else 0.12,
        slack=thick * (0.3 + loose),
        sleeve_slack=thick * (0.4 + 0.8 * loose),
        leg_slack=0.002 if tight_legs else 0.018 * rng.uniform(0.2, 1.0),
        flare=float(rng.uniform(0.0, 0.3)),
        hat=HATS[rng.choice(4, p=[0.5, 0.17, 0.13, 0.2])] if rng.random() < 0.22 else None,
    )
