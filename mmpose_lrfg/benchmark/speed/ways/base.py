"""What all ways of running a model have in common."""

from dataclasses import dataclass

import numpy as np
import torch

from mmpose_lrfg.benchmark.speed.candidates import noise
from mmpose_lrfg.benchmark.speed.clock import StageClock
from mmpose_lrfg.benchmark.speed.scenes import Picture
from mmpose_lrfg.utils.errors import UserError

RUNTIMES = ('torch', 'onnx', 'openvino', 'tensorrt')


@dataclass(frozen=True)
class Options:
    """How a model is to be run.

    Args:
        shape (tuple[int, int], optional): Height and width of the network's input, instead of the
            model's own.
        device (str): ``'cpu'``, ``'cuda'`` or ``'cuda:1'``.
        runtime (str): One of :data:`RUNTIMES`.
        checkpoint (str, optional): Weights; random ones by default.
        threads (int): Of a CPU.
        fused (bool): Fold batch normalisation into convolutions for every model in PyTorch.
            Networks of this package have it folded anyway, as by ``tools/predict.py``.
    """

    shape: tuple[int, int] | None = None
    device: str = 'cpu'
    runtime: str = 'torch'
    checkpoint: str | None = None
    threads: int = 1
    fused: bool = False


class Way:
    """A model that is ready to run.

    Attributes:
        shape (tuple[int, int]): Height and width of the input of :meth:`network`.
        no_poses (str): Why :meth:`poses` cannot be asked for; empty if it can.
        clock (StageClock): Stages of :meth:`poses`: ``input``, ``network``, ``post``, and
            ``detector`` where there is one.
    """

    no_poses = ''

    def __init__(self, shape: tuple[int, int], device: str = 'cpu'):
        self.shape = tuple(shape)
        self.device = torch.device(device)
        self.clock = StageClock(self.synchronize)
        self.input_shape = None

    def synchronize(self) -> None:
        """Wait for the device."""
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)

    def input(self, batch: int):
        """What :meth:`network` takes: ``batch`` normalised images on the device."""
        return noise(batch, self.shape, self.device)

    def network(self, images) -> None:
        """The network alone, with neither preparation of the image nor decoding."""
        raise NotImplementedError

    def show(self, picture: Picture) -> None:
        """Get ready for a picture: as many candidates as it has people."""

    def poses(self, image: np.ndarray) -> int:
        """Find the poses in the pixels of ``image``, and say how many."""
        raise UserError(self.no_poses)
