"""Models, as a command line names them, on the images of a data set."""

from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.apis.model_specs import parse_specs
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
    """Return the annotated images of a file or folder, the first ``limit`` of them.

    Raises:
        UserError: If annotations or images are missing or wrong.
    """
    return labelled_images(open_labels(data, img_dir))[:limit]


def predict_models(
    names: Sequence[str],
    images: Sequence[ImageFile],
    out: str | Path,
    device: str = 'cpu',
    batch_size: int = 8,
) -> dict[str, dict[int, Poses]]:
    """Predict the images with every model, see :func:`predict_all`.

    Returns:
        dict[str, dict[int, Poses]]: Poses by label of the model and id of the image.

    Raises:
        UserError: If a model cannot be opened; predictions of earlier ones stay in ``out``.
    """
    found = {}
    for spec in parse_specs(names):
        with Progress(f'predicting with {spec.label}', len(images)) as progress:
            found[spec.label] = predict_all(
                spec, images, Path(out, PREDICTIONS), device, batch_size, progress.update
            )
    return found


def diagnose_models(
    names: Sequence[str],
    images: Sequence[LabelledImage],
    out: str | Path,
    score_thr: float | None = None,
    device: str = 'cpu',
    batch_size: int = 8,
) -> list[Diagnosis]:
    """Predict the images with every model and find its errors.

    Args:
        names (Sequence[str]): As :func:`parse_specs` takes them.
        images (Sequence[LabelledImage]): The images.
        out (str | Path): Gets the predictions.
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
    return [diagnose(label, images, poses, score_thr) for label, poses in found.items()]
