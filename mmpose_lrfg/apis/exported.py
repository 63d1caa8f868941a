"""Predicts with a file that was exported, by the runtime that needs no torch."""

import contextlib
import re
from collections.abc import Iterator, Sequence

import numpy as np

from mmpose_lrfg.runtime import ModelError, PoseEstimator, Poses
from mmpose_lrfg.utils.errors import UserError


class ExportedPredictor:
    """Used as :class:`PosePredictor`; its errors are the tools'.

    Args:
        model (str): An .onnx file, or an .xml file of OpenVINO.
        device (str): ``'cpu'``, ``'cuda'`` or ``'cuda:N'``.
        score_thr (float, optional): As in :class:`PoseEstimator`.
        batch_size (int): Images of one run, where the file takes any number.
        runtime (str, optional): ``'onnx'`` or ``'openvino'``; by default what the suffix says.
        threads (int, optional): By default as many as there are cores.
        options: Further ones of the runtime's engine, such as ``precision`` of OpenVINO.

    Raises:
        UserError: If the file, the library or an option is wrong or missing.
    """

    def __init__(
        self,
        model: str,
        device: str = 'cpu',
        score_thr: float | None = None,
        batch_size: int = 8,
        runtime: str | None = None,
        threads: int | None = None,
        **options,
    ):
        options['threads'] = threads
        gpu = re.fullmatch(r'cuda(?::(\d+))?', device)
        if device != 'cpu' and not gpu:
            raise UserError(f'device must be cpu, cuda or cuda:N, got {device!r}')
        if gpu:
            number = {'device_id': gpu[1] or '0'}
            options['providers'] = [('CUDAExecutionProvider', number), 'CPUExecutionProvider']
            if runtime == 'openvino' or str(model).endswith('.xml'):
                raise UserError('OpenVINO does not run on GPUs of this kind; take --device cpu')
        with told():
            self.estimator = PoseEstimator(
                model, score_thr, batch_size=batch_size, runtime=runtime, **options
            )

    def __call__(self, images: Sequence[np.ndarray]) -> list[Poses]:
        """Poses of images (H, W, 3) uint8 BGR of any sizes."""
        with told():
            return self.estimator(list(images))


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn the runtime's errors, which stands alone, into those that end a command."""
    try:
        yield
    except ModelError as error:
        raise UserError(str(error)) from error
