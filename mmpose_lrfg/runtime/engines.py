"""Libraries that run a model file: each an object with ``metadata`` and ``run``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from .errors import ModelError
from .metadata import INPUT, KEY, OUTPUT, Metadata


class Engine(Protocol):
    """A loaded model."""

    metadata: Metadata

    def run(self, images: np.ndarray) -> np.ndarray:
        """Images as ``metadata.input`` says -> the output as ``metadata.nms`` says."""


class OnnxEngine:
    """ONNX Runtime.

    Args:
        path (str | Path): An .onnx file.
        threads (int, optional): Threads of a run; by default as many as there are cores.
        providers (Sequence[str | tuple[str, dict]], optional): Where to run, the preferred one
            first, such as ``'CUDAExecutionProvider'``, alone or with its options. By default the
            CPU.
        fuse_silu (bool, optional): Compute SiLU as one operation. By default not on a CPU: there
            ONNX Runtime keeps maps in blocks of channels, which that operation does not know, so
            that every convolution would bring its maps out of this layout and back.

    Raises:
        ModelError: If the file, the library or a provider is wrong or missing.
    """

    def __init__(
        self,
        path: str | Path,
        threads: int | None = None,
        providers: Sequence[str | tuple[str, dict]] | None = None,
        fuse_silu: bool | None = None,
    ):
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError(f'{path} needs ONNX Runtime: pip install onnxruntime') from error
        self.path = path
        known = onnxruntime.get_available_providers()
        providers = list(providers or ['CPUExecutionProvider'])
        for provider in providers:
            name = provider if isinstance(provider, str) else provider[0]
            if name not in known:
                raise ModelError(f'there is no {name} here, but: {", ".join(known)}')
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        # Numbers next to nothing slow a processor down many times over.
        options.add_session_config_entry('session.set_denormal_as_zero', '1')
        if threads:
            options.intra_op_num_threads = threads
        if fuse_silu is None:
            fuse_silu = providers != ['CPUExecutionProvider']
        disabled = None if fuse_silu else ['QuickGeluFusion']
        try:
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=providers, disabled_optimizers=disabled
            )
        except Exception as error:  # its exceptions share no base of their own
            raise ModelError(f'{path} is no ONNX model, or is damaged ({first(error)})') from error
        texts = self.session.get_modelmeta().custom_metadata_map
        self.metadata = Metadata.from_json(texts.get(KEY), path)

    def run(self, images: np.ndarray) -> np.ndarray:
        try:
            return self.session.run([OUTPUT], {INPUT: images})[0]
        except Exception as error:  # out of memory, operations on other shapes
            raise ModelError(f'{self.path} cannot be run ({first(error)})') from error


class OpenVINOEngine:
    """OpenVINO, the faster one on Intel's processors.

    Args:
        path (str | Path): An .xml file with its .bin beside it, or an .onnx file.
        threads (int, optional): Threads of a run; by default as many as there are cores.
        device (str): ``'CPU'``, ``'GPU'``, ``'AUTO'``.
        precision (str): ``'f32'`` computes as PyTorch does; ``'bf16'`` may be twice as fast on
            processors that have it, at two to three digits.

    Raises:
        ModelError: If the file, the library or the device is wrong or missing.
    """

    def __init__(
        self,
        path: str | Path,
        threads: int | None = None,
        device: str = 'CPU',
        precision: str = 'f32',
    ):
        try:
            import openvino
        except ImportError as error:
            raise ModelError(f'{path} needs OpenVINO: pip install openvino') from error
        self.path = path
        core = openvino.Core()
        try:
            model = core.read_model(str(path))
        except Exception as error:
            raise ModelError(f'{path} is no model, or is damaged ({first(error)})') from error
        self.metadata = Metadata.from_json(described(model), path)
        options = {'PERFORMANCE_HINT': 'LATENCY', 'INFERENCE_PRECISION_HINT': precision}
        if device == 'CPU':
            options['CPU_DENORMALS_OPTIMIZATION'] = 'YES'
        if threads:
            options['INFERENCE_NUM_THREADS'] = threads
        try:
            self.compiled = core.compile_model(model, device, options)
        except Exception as error:
            raise ModelError(f'OpenVINO cannot run {path} on {device} ({first(error)})') from error

    def run(self, images: np.ndarray) -> np.ndarray:
        try:
            return self.compiled(images)[OUTPUT]
        except Exception as error:
            raise ModelError(f'{self.path} cannot be run ({first(error)})') from error


def described(model) -> str | None:
    """The metadata in an OpenVINO model, None without; those of an .onnx file lie deeper."""
    for place in ([KEY], ['framework', KEY]):
        if model.has_rt_info(place):
            return model.get_rt_info(place).astype(str)
    return None


def first(error: Exception) -> str:
    """The first telling line of what a library says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[-1][:200]


ENGINES = {'onnx': OnnxEngine, 'openvino': OpenVINOEngine}
SUFFIXES = {'.onnx': 'onnx', '.xml': 'openvino'}


def open_engine(path: str | Path, runtime: str | None = None, **options) -> Engine:
    """Load a model file.

    Args:
        path (str | Path): An .onnx or .xml file.
        runtime (str, optional): ``'onnx'`` or ``'openvino'``; by default what the suffix says.
        options: Of the engine.

    Raises:
        ModelError: If it cannot be done.
    """
    path = Path(path)
    runtime = runtime or SUFFIXES.get(path.suffix.lower())
    if not path.is_file():
        raise ModelError(f'the model {path} does not exist')
    if runtime is None:
        raise ModelError(f'{path} is neither an .onnx nor an .xml file')
    if runtime not in ENGINES:
        raise ModelError(f'there is no runtime {runtime}, only {" and ".join(ENGINES)}')
    if runtime == 'onnx' and path.suffix.lower() == '.xml':
        raise ModelError(f'{path} is a model of OpenVINO, which ONNX Runtime cannot run')
    return ENGINES[runtime](path, **options)
