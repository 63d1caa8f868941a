"""Models, as a command line names them, on a data set: predicted, matched and judged."""

from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.apis.model_specs import ModelSpec, parse_specs
from mmpose_lrfg.apis.predictions import ImageFile, predict_all
from mmpose_lrfg.datasets.coco_folder import open_labels
from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage, diagnose, labelled_images
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress

PREDICTIONS = 'predictions'


def load_images(
    data: str, img_dir: str | None = None, limit: int | None = None
) -> list[LabelledImage]:
    """The labelled images of a file or folder, the first ``limit`` of them.

    Raises:
        UserError: If labels or images are missing or wrong.
    """
    return labelled_images(open_labels(data, img_dir))[:limit]


def predict_models(
    names: Sequence[str],
    pictures: Sequence[ImageFile],
    out: str | Path,
    device: str = 'cpu',
    batch_size: int = 8,
) -> list[tuple[ModelSpec, dict[int, Poses]]]:
    """Poses of every model, with a progress bar; see :func:`predict_all`.

    Raises:
        UserError: If a model cannot be opened; what earlier ones found stays in ``out``.
    """
    found = []
    for spec in parse_specs(names):
        with Progress(f'predicting with {spec.label}', len(pictures)) as progress:
            poses = predict_all(
                spec, pictures, Path(out, PREDICTIONS), device, batch_size, progress.update
            )
        found.append((spec, poses))
    return found


def diagnose_models(
    names: Sequence[str],
    images: Sequence[LabelledImage],
    out: str | Path,
    score_thr: float | None = None,
    device: str = 'cpu',
    batch_size: int = 8,
) -> list[Diagnosis]:
    """All errors of every model.

    Args:
        names (Sequence[str]): As :func:`parse_specs` takes them.
        images (Sequence[LabelledImage]): The images.
        out (str | Path): Keeps the predictions.
        score_thr (float, optional): For all models; by default each has its own, see
            :func:`diagnose`.
        device (str): 'cpu', 'cuda'.
        batch_size (int): Images at a time.

    Raises:
        UserError: If there is no image, or a model cannot be opened.
    """
    if not images:
        raise UserError('there is no image to compare on')
    pictures = [ImageFile(image.id, image.path) for image in images]
    found = predict_models(names, pictures, out, device, batch_size)
    return [diagnose(spec.label, images, poses, score_thr) for spec, poses in found]
