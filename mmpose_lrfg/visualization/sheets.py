"""Sheets of images: tiles in a grid with captions, text, and parts one below the other."""

import textwrap
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

PAPER = (250, 249, 248)
TEXT = (40, 34, 30)
GAP = 8  # pixels


@lru_cache
def font(size: int, bold: bool = False):
    """A font of PIL, from matplotlib's files."""
    import matplotlib
    from PIL import ImageFont

    name = 'DejaVuSans-Bold.ttf' if bold else 'DejaVuSans.ttf'
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), 'fonts', 'ttf', name)), size)


def write(canvas: np.ndarray, at: tuple, text: str, size: int, bold=False, colour=TEXT) -> None:
    """Write text on an image, with its upper left corner ``at`` (x, y)."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(canvas)  # the order of the channels stays: the colour is BGR as well
    ImageDraw.Draw(image).text(at, text, tuple(colour), font(size, bold), spacing=0.35 * size)
    canvas[:] = np.asarray(image)


def strip(text: str, width: int, size: int = 17, bold: bool = False) -> np.ndarray:
    """Return text on paper, (h, width, 3), in as many lines as it needs."""
    average = font(size, bold).getlength(text) / max(len(text), 1)
    lines = textwrap.wrap(text, max(int(0.92 * (width - 8) / max(average, 1)), 1)) or ['']
    canvas = np.full((round(1.4 * size) * len(lines) + 6, width, 3), PAPER, np.uint8)
    write(canvas, (4, 2), '\n'.join(lines), size, bold)
    return canvas


def below(parts: Sequence[np.ndarray], gap: int = 0) -> np.ndarray:
    """Return images from top to bottom, each followed by a gap; narrow ones get paper at right."""
    width = max(part.shape[1] for part in parts)
    rows = [np.full((each.shape[0] + gap, width, 3), PAPER, np.uint8) for each in parts]
    for row, each in zip(rows, parts):
        row[: each.shape[0], : each.shape[1]] = each
    return np.concatenate(rows)


def grid(
    tiles: Sequence[np.ndarray],
    captions: Sequence[str] = (),
    columns: int | None = None,
    least_width: int = 0,
) -> np.ndarray:
    """Return tiles row by row, each centred in its cell, below its caption.

    Args:
        tiles (Sequence[np.ndarray]): (H, W, 3) uint8, of any size.
        captions (Sequence[str]): One per tile, or none.
        columns (int, optional): Tiles per row (default: all in one row).
        least_width (int): Of a cell in pixels, as room for the captions.

    Returns:
        np.ndarray: (H, W, 3) uint8.
    """
    columns = columns or len(tiles)
    width = max(least_width, *(tile.shape[1] for tile in tiles))
    rows = []
    for start in range(0, len(tiles), columns):
        row = tiles[start : start + columns]
        heads = [strip(caption, width, 15) for caption in captions[start : start + columns]]
        top = max((head.shape[0] for head in heads), default=0)
        tall = max(tile.shape[0] for tile in row)
        canvas = np.full((top + tall, len(row) * (width + GAP) - GAP, 3), PAPER, np.uint8)
        for number, tile in enumerate(row):
            left = number * (width + GAP)
            for head in heads[number : number + 1]:
                canvas[: head.shape[0], left : left + width] = head
            x, y = left + (width - tile.shape[1]) // 2, top + (tall - tile.shape[0]) // 2
            canvas[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
        rows.append(canvas)
    return below(rows, GAP // 2 if len(rows) > 1 else 0)
