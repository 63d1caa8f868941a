"""Models as a command line names them: config and checkpoint, an exported file, or results."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.runtime import ModelError, PoseEstimator, Poses
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME


class ExportedPredictor:
    """Runs an exported file; a :class:`PoseEstimator` that raises UserErrors.

    Args:
        model (str): An .onnx file, or an .xml file of OpenVINO.
        device (str): ``'cpu'``, ``'cuda'`` or ``'cuda:N'``.
        options: Arguments of :class:`PoseEstimator`.
    """

    def __init__(self, model: str, device: str = 'cpu', **options):
        gpu = re.fullmatch(r'cuda(?::(\d+))?', device)
        if device != 'cpu' and not gpu:
            raise UserError(f'device must be cpu, cuda or cuda:N, got {device!r}')
        if gpu:
            if options.get('runtime') == 'openvino' or str(model).endswith('.xml'):
                raise UserError('OpenVINO does not run on NVIDIA GPUs; take --device cpu')
            cuda = 'CUDAExecutionProvider', {'device_id': gpu[1] or '0'}
            options['providers'] = [cuda, 'CPUExecutionProvider']
        with user_errors():
            self.estimator = PoseEstimator(model, **options)

    def __call__(self, images: Sequence[np.ndarray]) -> list[Poses]:
        """Predict the poses of images (H, W, 3) uint8 BGR of any sizes."""
        with user_errors():
            return self.estimator(list(images))


@contextlib.contextmanager
def user_errors() -> Iterator[None]:
    """Turn a ModelError of the runtime, which imports nothing of ours, into a UserError."""
    try:
        yield
    except ModelError as error:
        raise UserError(str(error)) from error


@dataclass(frozen=True)
class ModelSpec:
    """The files of a model."""

    label: str  # in figures and tables
    config: str | None  # None for an exported file and for results
    path: str  # of a checkpoint, an exported file or results

    @classmethod
    def from_weights(cls, name: str) -> 'ModelSpec':
        """Return the config and checkpoint of released weights."""
        return cls(name, *BY_NAME[name].files())

    @property
    def is_results(self) -> bool:
        """Whether it is a results file, which needs no network."""
        return self.config is None and self.path.endswith('.json')

    def open(
        self,
        device: str = 'cpu',
        score_thr: float | None = None,
        batch_size: int = 8,
        runtime: str | None = None,
        img_size: Sequence[int] | None = None,
    ):
        """Load the model as a :class:`PosePredictor` or an :class:`ExportedPredictor`.

        Args:
            device, score_thr, batch_size, img_size: See :meth:`PosePredictor.from_files`; exported
                files have their own size.
            runtime (str, optional): ``'torch'`` for a config; ``'onnx'`` or ``'openvino'`` for an
                exported file (default: by suffix).

        Raises:
            UserError: If it cannot be loaded, or the runtime does not fit the file.
        """
        options = dict(device=device, score_thr=score_thr, batch_size=batch_size)
        if self.config is None:
            return ExportedPredictor(self.path, runtime=runtime, **options)
        if runtime not in (None, 'torch'):
            raise UserError(f'a checkpoint runs in torch, not in {runtime}; export it first')
        from .predictor import PosePredictor

        return PosePredictor.from_files(
            self.config, self.path, img_size=img_size, **options
        ).fused()
