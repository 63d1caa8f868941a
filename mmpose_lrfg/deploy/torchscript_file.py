"""Writes and runs TorchScript."""

import io
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmpose_lrfg.runtime.metadata import KEY, Metadata

from .network import ExportNetwork
from .onnx_file import quiet

EXTRA = f'{KEY}.json'
"""Name of the file in the archive that holds the metadata."""


def write_torchscript(
    network: ExportNetwork, example: Tensor, metadata: Metadata, path: Path
) -> None:
    """Trace ``network`` on ``example`` and write it with its metadata to ``path``."""
    with quiet(), torch.no_grad():
        traced = torch.jit.trace(network, example, check_trace=False)
        # To memory first: on a full disk torch aborts the process.
        data = io.BytesIO()
        torch.jit.save(traced, data, _extra_files={EXTRA: metadata.to_json()})
    path.write_bytes(data.getbuffer())


class TorchScriptEngine:
    """Runs a TorchScript file as :mod:`mmpose_lrfg.runtime.engines` run theirs."""

    def __init__(self, path: Path):
        extra = {EXTRA: ''}
        with quiet():
            self.module = torch.jit.load(str(path), 'cpu', _extra_files=extra)
        text = extra[EXTRA]
        text = text.decode() if isinstance(text, bytes) else text
        self.metadata = Metadata.from_json(text, path)

    def run(self, images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.module(torch.from_numpy(images)).numpy()
