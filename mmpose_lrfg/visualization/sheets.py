"""Puts pictures side by side, with words above and a legend below."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.visualization.error_marks import (
    FALSE_PERSON,
    MISSED_PERSON,
    WORDS,
    dashed_box,
    draw_mark,
)

PAPER = (250, 249, 248)
TEXT = (40, 34, 30)
PLATE = (64, 58, 54)  # under the legend: its marks are made for photographs
GAP = 8
WORD_SIZE = 17


@lru_cache
def _font(size: int, bold: bool):
    import matplotlib
    from PIL import ImageFont

    name = 'DejaVuSans-Bold.ttf' if bold else 'DejaVuSans.ttf'
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), 'fonts', 'ttf', name)), size)


def text_width(text: str, size: int = WORD_SIZE, bold: bool = False) -> int:
    """Pixels that a line takes."""
    return int(np.ceil(_font(size, bold).getlength(text)))


def write(canvas, at, text: str, size: int = WORD_SIZE, bold: bool = False, colour=TEXT) -> None:
    """Write a line with its upper left corner ``at`` (x, y)."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(canvas)  # channels stay in their order: the colour is BGR, too
    ImageDraw.Draw(picture).text(at, text, tuple(colour), font=_font(size, bold))
    canvas[:] = np.asarray(picture)


def strip(text: str, width: int, size: int = WORD_SIZE, bold: bool = False) -> np.ndarray:
    """Text on paper, (h, width, 3), broken at spaces into as many lines as it needs."""
    lines, line = [], ''
    for word in text.split(' '):
        longer = f'{line} {word}' if line else word
        if line and text_width(longer, size, bold) > width - 8:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    step = round(1.4 * size)
    canvas = np.full((step * len(lines) + 6, width, 3), PAPER, np.uint8)
    for number, line in enumerate(lines):
        write(canvas, (4, 2 + number * step), line, size, bold)
    return canvas


def fitted(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture at its shape in the middle of (height, width) paper."""
    factor = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    canvas = np.full((height, width, 3), PAPER, np.uint8)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    canvas[y : y + size[1], x : x + size[0]] = small
    return canvas


def below(parts: Sequence[np.ndarray], gap: int = 0) -> np.ndarray:
    """Pictures from top to bottom; narrow ones get paper at their right."""
    width = max(part.shape[1] for part in parts)
    rows = []
    for part in parts:
        row = np.full((part.shape[0] + gap, width, 3), PAPER, np.uint8)
        row[: part.shape[0], : part.shape[1]] = part
        rows.append(row)
    return np.concatenate(rows)


def beside(tiles: Sequence[np.ndarray], captions: Sequence[str], bold: bool = False) -> np.ndarray:
    """Tiles of one size from left to right, each under its caption."""
    heads = [strip(caption, tile.shape[1], 15, bold) for caption, tile in zip(captions, tiles)]
    tall = max(head.shape[0] for head in heads)
    columns = []
    for head, tile in zip(heads, tiles):
        paper = np.full((tall - head.shape[0], tile.shape[1], 3), PAPER, np.uint8)
        columns.append(np.concatenate([head, paper, tile]))
        columns.append(np.full((len(columns[-1]), GAP, 3), PAPER, np.uint8))
    return np.concatenate(columns[:-1], axis=1)


def legend(width: int) -> np.ndarray:
    """The marks and what they mean, on as many lines as the width needs."""
    entries = [(kind, text) for kind, text in WORDS.items()]
    entries += [('missed', 'a person nobody found'), ('nobody', 'found where nobody is labelled')]
    entries += [('', 'limbs: blue is left, orange is right')]
    step, x, y, places = 34, 12, 0, []
    for mark, text in entries:
        space = (88 if mark else 0) if isinstance(mark, str) else 34
        need = space + text_width(text, 15) + 26
        if x + need > width and x > 12:
            x, y = 12, y + step
        places.append((x, y, space, mark, text))
        x += need
    canvas = np.full((y + step, width, 3), PLATE, np.uint8)
    for x, y, space, mark, text in places:
        middle = y + step // 2
        if mark == '':
            pass
        elif isinstance(mark, str):
            colour = MISSED_PERSON if mark == 'missed' else FALSE_PERSON
            # Drawn on a piece of its own: the size of marks follows the size of the picture.
            piece = np.full((26, 76, 3), PLATE, np.uint8)
            dashed_box(piece, np.array([2.0, 2.0, 73.0, 23.0]), colour, '')
            write(piece, (10, 3), mark, 15, colour=colour)
            canvas[middle - 13 : middle + 13, x : x + 76] = piece
        else:
            draw_mark(canvas, np.array([x + 12.0, float(middle)]), 8.0, mark)
        write(canvas, (x + space, middle - 10), text, 15, colour=(245, 245, 245))
    return canvas
