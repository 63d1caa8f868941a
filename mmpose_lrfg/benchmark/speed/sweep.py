"""How the time grows with the number of people, and with the size of the image."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mmpose_lrfg.utils.errors import UserError

from .rows import Row
from .session import Progress, run
from .settings import SWEEPS, Settings

LABELS = {'people': 'people in the picture', 'size': 'side of the input, pixels'}
Points = dict[str, tuple[str, list[tuple[float, float]]]]


def sweep_people(
    settings: Settings, start: Callable | None, on_progress: Progress
) -> tuple[list[Row], Points]:
    """Measure with 0 to 50 people in the picture, or as many as the settings say.

    Returns:
        tuple: The rows, and for each model's title its kind and points (people, milliseconds).
    """
    if len(settings.people) < 2:
        settings = replace(settings, people=SWEEPS['people'])
    rows = run(settings, start, on_progress)
    return rows, {
        row.title: (row.kind, [(number, t.median) for number, t in row.poses.items()])
        for row in rows
        if row.poses
    }


def sweep_size(
    settings: Settings, start: Callable | None, on_progress: Progress
) -> tuple[list[Row], Points]:
    """Measure with inputs and square pictures of several sizes.

    A top-down model's crops stay as they are, and so does the input of its detector.

    Returns:
        tuple: The rows of the largest size, with what failed at any, and the points (side in
        pixels, milliseconds).
    """
    points: Points = {}
    rows: Sequence[Row] = ()
    failures: dict[str, str] = {}
    for side in SWEEPS['size']:
        square = (side, side)
        rows = run(
            replace(settings, shape=square, image=square, people=settings.people[:1]),
            start,
            lambda doing, *steps, side=side: on_progress(f'{side} pixels: {doing}', *steps),
        )
        for row in rows:
            if row.reason:
                failures[row.name] = f'at {side} pixels, {row.reason}'
            for timed in row.poses.values():
                points.setdefault(row.title, (row.kind, []))[1].append((side, timed.median))
    for row in rows:
        if row.name in failures:
            row.fail(failures[row.name])
    return list(rows), points


def sweep(
    what: str,
    settings: Settings,
    start: Callable | None = None,
    on_progress: Progress = lambda doing, done, total: None,
) -> tuple[list[Row], Points]:
    """Either of them, by its name.

    Raises:
        UserError: On another name.
    """
    if what not in SWEEPS:
        raise UserError(f'there is no sweep {what}, only {" and ".join(SWEEPS)}')
    return {'people': sweep_people, 'size': sweep_size}[what](settings, start, on_progress)
