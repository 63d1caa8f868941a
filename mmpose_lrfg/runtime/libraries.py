"""Imports the libraries that run networks, and turns their errors into sentences."""

import contextlib
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from .metadata import ModelError

PACKAGES = {'openvino': 'openvino', 'onnx': 'onnxruntime', 'torchscript': 'torch'}
"""Package of each runtime, the fastest on a CPU first."""


def installed(runtime: str) -> bool:
    """Return whether the package of a runtime is installed; it is not imported."""
    return importlib.util.find_spec(PACKAGES[runtime]) is not None


def has_bfloat16() -> bool:
    """Return whether the processor computes in bfloat16 (known on Linux only)."""
    try:
        text = Path('/proc/cpuinfo').read_text()
    except OSError:
        return False
    return 'avx512_bf16' in text or 'amx_bf16' in text


def import_library(name: str, purpose: str | Path):
    """Import a module of an optional package, which ``purpose`` (a file, a task) needs.

    Raises:
        ModelError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition('.')[0]
        raise ModelError(f'{purpose} needs a package: pip install {package}') from error


@contextlib.contextmanager
def model_errors(problem: str, kind: type[Exception] = Exception) -> Iterator[None]:
    """Turn the exceptions of a library, which share no base class, into a ModelError."""
    try:
        yield
    except ModelError:
        raise
    except kind as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].strip()[:200]
        raise ModelError(f'{problem} ({reason})') from error
