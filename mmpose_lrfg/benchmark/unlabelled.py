"""Images without labels by several models side by side, in their order."""

from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.apis.predictions import ImageFile
from mmpose_lrfg.apis.sources import Source, find_sources
from mmpose_lrfg.apis.writer import image_ids
from mmpose_lrfg.runtime.images import read_image, write_image
from mmpose_lrfg.utils.errors import UserError, check_not_input
from mmpose_lrfg.visualization.errors import Tiles
from mmpose_lrfg.visualization.sheets import below, grid, strip

from .runs import predict_models

TILE = 640


def compare_unlabelled(
    sources: Sequence[str],
    names: Sequence[str],
    out: Path,
    score_thr: float = 0.3,
    device: str = 'cpu',
    batch_size: int = 8,
) -> list[Path]:
    """Draw what every model finds.

    Args:
        sources (Sequence[str]): Images, folders, globs.
        names (Sequence[str]): Models, as :func:`parse_specs` takes them. Results know images by
            the numbers that these are named by, or count them from 1.
        out (Path): Gets one picture an image, under its name.
        score_thr (float): People who score less are left out.

    Returns:
        list[Path]: The pictures.

    Raises:
        UserError: If there is no such image, a video is among them, or one would be replaced.
    """
    found = find_sources(sources, results=out)
    videos = [source.name for source in found if source.video]
    if videos:
        raise UserError(f'{videos[0]} is a video; only images are compared')
    check_not_input([_target(source, out) for source in found], [source.path for source in found])
    ids = image_ids(found) or {source: n for n, source in enumerate(found, 1)}
    pictures = {source: ImageFile(ids[source], source.path) for source in found}
    models = predict_models(names, list(pictures.values()), out, device, batch_size)
    return [_row(source, picture, models, out, score_thr) for source, picture in pictures.items()]


def _target(source: Source, out: Path) -> Path:
    return out / f'{source.name.removesuffix(".jpg")}.jpg'


def _row(source: Source, picture: ImageFile, models, out: Path, score_thr: float) -> Path:
    tiles = Tiles(read_image(picture.path), TILE)
    shown = [(spec.label, poses[picture.id].above(score_thr)) for spec, poses in models]
    captions = [f'{label}: {len(p)} {"person" if len(p) == 1 else "people"}' for label, p in shown]
    body = grid([tiles.plain(poses) for _, poses in shown], captions)
    title = f'{source.name}, people from score {score_thr:g}'
    target = _target(source, out)
    write_image(target, below([strip(title, body.shape[1], bold=True), body]))
    return target
