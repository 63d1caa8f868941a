"""TorchScript files, run in torch.

``torch.jit.load`` resolves no Python classes, unlike ``torch.load``, but a TorchScript program may
call any operation of torch, and some of them read and write files. A file is refused before it
runs anything if it contains another operation than the networks of this package.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .libraries import import_library, model_errors
from .metadata import KEY, Metadata, ModelError

EXTRA = f'{KEY}.json'
"""Name of the metadata's file in the archive."""
LARGEST_CODE = 10_000_000  # bytes of source text after unpacking
OPERATIONS = {
    'aten': 'ScalarImplicit _convolution add arange cat contiguous flatten hardswish hardswish_ '
    'leaky_relu leaky_relu_ max max_pool2d mean meshgrid mul permute relu relu_ select sigmoid '
    'silu silu_ size slice split_with_sizes square stack sub to transpose unflatten unsqueeze '
    'upsample_nearest2d view',
    'prim': 'Constant GetAttr ListConstruct ListUnpack NumToTensor TupleConstruct TupleUnpack',
}
ALLOWED = {f'{space}::{name}' for space, names in OPERATIONS.items() for name in names.split()}


class TorchScriptEngine:
    """Runs a file of ``lrfg export --format torchscript``.

    Args:
        path (Path): A .pt or .torchscript file.
        threads (int, optional): Threads of a run (default: torch's).
        device (str): ``'cpu'``, ``'cuda'`` or ``'cuda:N'``.

    Raises:
        ModelError: If the file is invalid or from another program, or torch is missing.
    """

    def __init__(self, path: Path, threads: int | None = None, device: str = 'cpu'):
        self.path, self.device = path, device
        self.metadata = Metadata.from_json(read_metadata(path), path)
        self.torch = import_library('torch', path)
        if threads:
            self.torch.set_num_threads(threads)
        with model_errors(f'{path} cannot be loaded'):
            self.module = self.torch.jit.load(str(path), 'cpu')
            used = set(operations(self.module.inlined_graph))
        if foreign := sorted(used - ALLOWED):
            raise ModelError(f'{path} is not of lrfg export: it contains {", ".join(foreign)}')
        with model_errors(f'{path} cannot run on {device}'):
            self.module = self.module.to(device)

    def run(self, images: np.ndarray) -> np.ndarray:
        with model_errors(f'{self.path} cannot be run'), self.torch.inference_mode():
            # Not the module itself, which may have hooks.
            return self.module.forward(self.torch.from_numpy(images).to(self.device)).cpu().numpy()


def operations(graph) -> Iterator[str]:
    """Yield the kinds of all operations of a graph of torch, also inside loops and conditions."""
    for node in graph.nodes():
        yield node.kind()
        for block in node.blocks():
            yield from operations(block)


def read_metadata(path: Path) -> str | None:
    """Return the metadata's text of an archive, which is not run.

    Raises:
        ModelError: If it is no archive of TorchScript, or has code that runs when it is loaded.
    """
    with model_errors(f'{path} is not a TorchScript file, or is damaged', zipfile.BadZipFile):
        archive = zipfile.ZipFile(path)
    with archive:
        entries = archive.infolist()
        code = [entry for entry in entries if '/code/' in entry.filename]
        size = sum(entry.file_size for entry in code)
        unpacked = sum(entry.file_size for entry in entries)
        if not code:
            raise ModelError(f'{path} is a checkpoint, not a TorchScript file; export it first')
        if size > LARGEST_CODE or unpacked > path.stat().st_size + LARGEST_CODE:
            raise ModelError(f'{path} unpacks to {unpacked / 1e6:.0f} MB')
        with model_errors(f'{path} is damaged'):
            if any(b'__setstate__' in archive.read(entry) for entry in code):
                raise ModelError(f'{path} is not of lrfg export: it runs code when it is loaded')
            found = [entry for entry in entries if entry.filename.endswith(f'/extra/{EXTRA}')]
            return archive.read(found[0]).decode() if found else None
