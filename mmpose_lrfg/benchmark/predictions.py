"""Several models on the images of a data set."""

from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.apis.model_specs import parse_specs
from mmpose_lrfg.apis.predictions import ImageFile, predict_all
from mmpose_lrfg.datasets.coco_folder import open_labels
from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage, diagnose, labelled_images
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress


def predict_models(
    names: Sequence[str],
    images: Sequence[ImageFile],
    out: str | Path,
    device: str = 'cpu',
    batch_size: int = 8,
) -> dict[str, dict[int, Poses]]:
    """Predict the images with every model, see :func:`predict_all`.

    Args:
        names (Sequence[str]): As :func:`parse_specs` takes them.
        images (Sequence[ImageFile]): The images.
        out (str | Path): Gets the predictions in ``predictions/``.
        device (str): 'cpu', 'cuda'.
        batch_size (int): Images at a time.

    Returns:
        dict[str, dict[int, Poses]]: Poses by label of the model and id of the image.

    Raises:
        UserError: If a model cannot be opened; predictions of earlier ones stay in ``out``.
    """
    found, folder = {}, Path(out, 'predictions')
    for spec in parse_specs(names):
        with Progress(f'predicting with {spec.label}', len(images)) as progress:
            found[spec.label] = predict_all(
                spec, images, folder, device, batch_size, progress.update
            )
    return found


def diagnose_models(
    names: Sequence[str],
    data: str,
    out: str | Path,
    img_dir: str | None = None,
    limit: int | None = None,
    score_thr: float | None = None,
    device: str = 'cpu',
    batch_size: int = 8,
) -> tuple[list[LabelledImage], list[Diagnosis]]:
    """Predict annotated images with every model and find its errors.

    Args:
        names, out, device, batch_size: As in :func:`predict_models`.
        data (str): COCO keypoint JSON, or a folder, as :func:`open_labels` takes them.
        img_dir (str, optional): Images of the JSON.
        limit (int, optional): Take only the first images.
        score_thr (float, optional): For all models; by default each has its own, see
            :func:`diagnose`.

    Returns:
        tuple[list[LabelledImage], list[Diagnosis]]: The images, and the errors of each model.

    Raises:
        UserError: If annotations or images are missing or wrong, or a model cannot be opened.
    """
    images = labelled_images(open_labels(data, img_dir))[:limit]
    if not images:
        raise UserError('there is no image to compare on')
    files = [ImageFile(image.id, image.path) for image in images]
    found = predict_models(names, files, out, device, batch_size)
    return images, [diagnose(label, images, poses, score_thr) for label, poses in found.items()]
