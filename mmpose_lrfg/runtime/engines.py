"""ONNX Runtime, OpenVINO and TorchScript behind one interface."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from .libraries import PACKAGES, has_bfloat16, import_library, installed, model_errors
from .metadata import INPUT, KEY, OUTPUT, Metadata, ModelError
from .torchscript import TorchScriptEngine

RUNTIMES = {
    '.onnx': 'onnx', '.xml': 'openvino', '.pt': 'torchscript', '.torchscript': 'torchscript'
}  # fmt: skip
"""Default runtime by suffix."""
SUFFIXES = {
    'onnx': ['.onnx'],
    'openvino': ['.onnx', '.xml'],
    'torchscript': ['.pt', '.torchscript'],
}
"""Files that each runtime reads."""
HINTS = {'fp32': 'f32', 'bf16': 'bf16', 'fp16': 'f16'}
"""OpenVINO's names of precisions."""


class Engine(Protocol):
    """A loaded model file."""

    metadata: Metadata

    def run(self, images: np.ndarray) -> np.ndarray:
        """Run a batch; shapes as described by ``input`` and ``nms`` of :class:`.Metadata`."""


def open_engine(path: str | Path, runtime: str | None = None, **options) -> Engine:
    """Load a model file.

    Args:
        path (str | Path): An .onnx file, an .xml file with its .bin beside it, or a .pt file of
            TorchScript.
        runtime (str, optional): ``'onnx'``, ``'openvino'``, ``'torchscript'`` (default: by suffix),
            or ``'auto'``: the fastest that is installed and reads the file.
        options: Arguments of the engine; None stands for its default.

    Raises:
        ModelError: If the file is missing or invalid, or the runtime cannot run it.
    """
    suffix = Path(path).suffix.lower()
    options = {name: value for name, value in options.items() if value is not None}
    if not Path(path).is_file():
        raise ModelError(f'the model {path} does not exist')
    if suffix not in RUNTIMES:
        raise ModelError(f'{path} is no model file: its suffix is none of {", ".join(RUNTIMES)}')
    if runtime == 'auto':
        runtime = fastest(suffix, options.get('device', 'cpu'))
        if runtime == 'openvino':
            options.setdefault('precision', 'auto')
    runtime = runtime or RUNTIMES[suffix]
    if runtime not in PACKAGES:
        raise ModelError(f'unknown runtime {runtime}; choose from {", ".join(PACKAGES)}')
    if suffix not in SUFFIXES[runtime]:
        raise ModelError(f'{path} cannot be run by {runtime}, which reads {SUFFIXES[runtime][0]}')
    if runtime == 'openvino':
        return OpenVINOEngine(Path(path), **options)
    precision = options.pop('precision', None)
    engine = dict(onnx=OnnxEngine, torchscript=TorchScriptEngine)[runtime](Path(path), **options)
    if precision not in (None, engine.metadata.precision):
        raise ModelError(
            f'{path} is in {engine.metadata.precision}, not in {precision}; export it in '
            f'{precision}, or run it in OpenVINO, which converts it'
        )
    return engine


def fastest(suffix: str = '.onnx', device: str = 'cpu') -> str:
    """Return the fastest installed runtime that reads files of ``suffix`` and has ``device``."""
    found = [r for r in PACKAGES if suffix in SUFFIXES[r] and installed(r)]
    if device != 'cpu' and 'onnx' in found:
        return 'onnx'
    return found[0] if found else RUNTIMES[suffix]


class OnnxEngine:
    """Runs an .onnx file with ONNX Runtime.

    Args:
        path (Path): An .onnx file.
        threads (int, optional): Threads of a run (default: number of cores).
        device (str): ``'cpu'``, ``'cuda'`` or ``'cuda:N'``.
        providers (Sequence[str | tuple[str, dict]], optional): Execution providers in order of
            preference, alone or with their options (default: those of ``device``).

    Raises:
        ModelError: If the file, the library or a provider is missing or invalid.
    """

    def __init__(
        self,
        path: Path,
        threads: int | None = None,
        device: str = 'cpu',
        providers: Sequence[str | tuple[str, dict]] | None = None,
    ):
        self.path = path
        gpu = cuda_index(device)
        onnxruntime = import_library('onnxruntime', path)
        providers = list(providers or ['CPUExecutionProvider'])
        if gpu is not None:
            providers.insert(0, ('CUDAExecutionProvider', {'device_id': gpu}))
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
        # SiLU as one operation would leave ONNX Runtime's blocked memory layout on a CPU.
        disabled = ['QuickGeluFusion'] if providers == ['CPUExecutionProvider'] else None
        with model_errors(f'{path} is not an ONNX model, or is damaged'):
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=providers, disabled_optimizers=disabled
            )
        texts = self.session.get_modelmeta().custom_metadata_map
        self.metadata = Metadata.from_json(texts.get(KEY), path)

    def run(self, images: np.ndarray) -> np.ndarray:
        with model_errors(f'{self.path} cannot be run'):
            return self.session.run([OUTPUT], {INPUT: images})[0]


class OpenVINOEngine:
    """Runs an .xml or .onnx file with OpenVINO.

    Args:
        path (Path): An .xml file with its .bin beside it, or an .onnx file.
        threads (int, optional): Threads of a run (default: number of cores).
        device (str): ``'cpu'``, ``'gpu'`` (of Intel), ``'auto'``.
        precision (str): ``'fp32'``; ``'bf16'``, which is faster on processors that support it and
            keeps two to three digits; ``'fp16'``; ``'auto'``: bfloat16 on such a processor.

    Raises:
        ModelError: If the file, the library or the device is missing or invalid.
    """

    def __init__(
        self,
        path: Path,
        threads: int | None = None,
        device: str = 'cpu',
        precision: str = 'fp32',
    ):
        if device.startswith('cuda'):
            raise ModelError('OpenVINO does not run on NVIDIA GPUs; use the device cpu')
        openvino = import_library('openvino', path)
        self.path = path
        core = openvino.Core()
        with model_errors(f'{path} is not an OpenVINO model, or is damaged'):
            model = core.read_model(str(path))
        # OpenVINO puts the metadata of an .onnx file under 'framework'.
        places = [place for place in ([KEY], ['framework', KEY]) if model.has_rt_info(place)]
        text = model.get_rt_info(places[0]).astype(str) if places else None
        self.metadata = Metadata.from_json(text, path)
        if precision == 'auto':
            precision = 'bf16' if self.metadata.precision == 'fp32' and has_bfloat16() else 'fp32'
        options = {
            'PERFORMANCE_HINT': 'LATENCY',
            'INFERENCE_PRECISION_HINT': HINTS.get(precision, precision),
        }
        if device == 'cpu':
            options['CPU_DENORMALS_OPTIMIZATION'] = 'YES'
        if threads:
            options['INFERENCE_NUM_THREADS'] = threads
        with model_errors(f'OpenVINO cannot run {path} on {device}'):
            self.compiled = core.compile_model(model, device.upper(), options)

    def run(self, images: np.ndarray) -> np.ndarray:
        with model_errors(f'{self.path} cannot be run'):
            return self.compiled(images)[OUTPUT]


def cuda_index(device: str) -> str | None:
    """Return the number of a CUDA device, or None for the CPU.

    Raises:
        ModelError: If it is neither.
    """
    match = re.fullmatch(r'cpu|cuda(?::(\d+))?', device)
    if not match:
        raise ModelError(f'device must be cpu, cuda or cuda:N, got {device!r}')
    return None if device == 'cpu' else match[1] or '0'
