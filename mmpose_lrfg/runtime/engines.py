"""ONNX Runtime and OpenVINO behind one interface."""

import contextlib
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from .metadata import INPUT, KEY, OUTPUT, Metadata, ModelError

RUNTIMES = {'.onnx': 'onnx', '.xml': 'openvino'}
"""Default runtime by suffix."""


class Engine(Protocol):
    """A loaded model file."""

    metadata: Metadata

    def run(self, images: np.ndarray) -> np.ndarray:
        """Run a batch; shapes as described by ``input`` and ``nms`` of :class:`.Metadata`."""


def open_engine(path: str | Path, runtime: str | None = None, **options) -> Engine:
    """Load a model file.

    Args:
        path (str | Path): An .onnx file, or an .xml file with its .bin beside it.
        runtime (str, optional): ``'onnx'`` or ``'openvino'`` (default: by suffix).
        options: Arguments of :class:`OnnxEngine` or :class:`OpenVINOEngine`.

    Raises:
        ModelError: If the file is missing or invalid, or the runtime cannot run it.
    """
    engines = {'onnx': OnnxEngine, 'openvino': OpenVINOEngine}
    suffix = Path(path).suffix.lower()
    runtime = runtime or RUNTIMES.get(suffix)
    if not Path(path).is_file():
        raise ModelError(f'the model {path} does not exist')
    if runtime is None:
        raise ModelError(f'{path} is neither an .onnx nor an .xml file')
    if runtime not in engines:
        raise ModelError(f'unknown runtime {runtime}; choose from {", ".join(engines)}')
    if runtime == 'onnx' and suffix == '.xml':
        raise ModelError(f'{path} is an OpenVINO model, which ONNX Runtime cannot run')
    return engines[runtime](Path(path), **options)


class OnnxEngine:
    """Runs an .onnx file with ONNX Runtime.

    Args:
        path (Path): An .onnx file.
        threads (int, optional): Threads of a run (default: number of cores).
        providers (Sequence[str | tuple[str, dict]], optional): Execution providers in order of
            preference, alone or with their options (default: the CPU).
        fuse_silu (bool, optional): Compute SiLU as one operation (default: not on a CPU, where
            ONNX Runtime would leave its blocked memory layout for it).

    Raises:
        ModelError: If the file, the library or a provider is missing or invalid.
    """

    def __init__(
        self,
        path: Path,
        threads: int | None = None,
        providers: Sequence[str | tuple[str, dict]] | None = None,
        fuse_silu: bool | None = None,
    ):
        onnxruntime = _import('onnxruntime', path)
        self.path = path
        providers = list(providers or ['CPUExecutionProvider'])
        available = onnxruntime.get_available_providers()
        for provider in providers:
            name = provider if isinstance(provider, str) else provider[0]
            if name not in available:
                raise ModelError(f'{name} is not available; choose from {", ".join(available)}')
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        options.intra_op_num_threads = threads or 0
        # Denormal numbers slow a processor down many times over.
        options.add_session_config_entry('session.set_denormal_as_zero', '1')
        if fuse_silu is None:
            fuse_silu = providers != ['CPUExecutionProvider']
        disabled = None if fuse_silu else ['QuickGeluFusion']
        with _model_errors(f'{path} is not an ONNX model, or is damaged'):
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=providers, disabled_optimizers=disabled
            )
        texts = self.session.get_modelmeta().custom_metadata_map
        self.metadata = Metadata.from_json(texts.get(KEY), path)

    def run(self, images: np.ndarray) -> np.ndarray:
        with _model_errors(f'{self.path} cannot be run'):
            return self.session.run([OUTPUT], {INPUT: images})[0]


class OpenVINOEngine:
    """Runs an .xml or .onnx file with OpenVINO.

    Args:
        path (Path): An .xml file with its .bin beside it, or an .onnx file.
        threads (int, optional): Threads of a run (default: number of cores).
        device (str): ``'CPU'``, ``'GPU'``, ``'AUTO'``.
        precision (str): ``'f32'`` or ``'bf16'``, which is faster on processors that support it and
            keeps two to three digits.

    Raises:
        ModelError: If the file, the library or the device is missing or invalid.
    """

    def __init__(
        self,
        path: Path,
        threads: int | None = None,
        device: str = 'CPU',
        precision: str = 'f32',
    ):
        openvino = _import('openvino', path)
        self.path = path
        core = openvino.Core()
        with _model_errors(f'{path} is not an OpenVINO model, or is damaged'):
            model = core.read_model(str(path))
        # OpenVINO puts the metadata of an .onnx file under 'framework'.
        places = [place for place in ([KEY], ['framework', KEY]) if model.has_rt_info(place)]
        text = model.get_rt_info(places[0]).astype(str) if places else None
        self.metadata = Metadata.from_json(text, path)
        options = {'PERFORMANCE_HINT': 'LATENCY', 'INFERENCE_PRECISION_HINT': precision}
        if device == 'CPU':
            options['CPU_DENORMALS_OPTIMIZATION'] = 'YES'
        if threads:
            options['INFERENCE_NUM_THREADS'] = threads
        with _model_errors(f'OpenVINO cannot run {path} on {device}'):
            self.compiled = core.compile_model(model, device, options)

    def run(self, images: np.ndarray) -> np.ndarray:
        with _model_errors(f'{self.path} cannot be run'):
            return self.compiled(images)[OUTPUT]


def _import(package: str, path: Path):
    """Import the library that runs ``path``."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ModelError(f'{path} needs a package: pip install {package}') from error


@contextlib.contextmanager
def _model_errors(problem: str) -> Iterator[None]:
    """Turn the exceptions of a library, which share no base class, into a ModelError."""
    try:
        yield
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].strip()[:200]
        raise ModelError(f'{problem} ({reason})') from error
