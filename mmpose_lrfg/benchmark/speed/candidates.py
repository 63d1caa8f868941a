"""As many candidates as there are people, so that post-processing has the work it would have.

Random weights find people where there are none, and hundreds of them or nobody, as chance has it;
trained ones of different models are confident in different degrees. Both would time the threshold.
So for every picture the threshold of a model is put where as many people pass as the picture shows.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

STEPS = 40


def find_threshold(count: Callable[[float], int], people: int) -> float:
    """The highest of the scores tried above which ``count`` finds ``people`` or more.

    Args:
        count (Callable[[float], int]): How many pass a threshold in 0..1; fewer pass a higher one.
        people (int): How many should; 1.0 is returned for nobody, 0.0 where there are fewer.
    """
    if people == 0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        found = count(middle)
        if found >= people:
            low = middle
        else:
            high = middle
        if found == people:
            break
    return low


def find_number(count: Callable[[int], int], people: int, most: int) -> int:
    """The least number of candidates among which ``count`` finds ``people``; ``most`` at most.

    For scores that are equal, between which no threshold can tell.
    """
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if count(middle) >= people else (middle, high)
    return high


def settle(model: nn.Module, run: Callable[[], object]) -> None:
    """Give random weights the statistics of batch normalisation that belong to them.

    Without it, what goes through a deep random network grows or fades to zero, and arithmetic
    with numbers that are almost zero is not the speed of a trained network.

    Args:
        model (nn.Module): Its normalisation is changed; it stays in evaluation mode.
        run (Callable): A forward pass of two images or more.
    """
    layers = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    try:
        with torch.no_grad():
            run()
    finally:
        for layer, momentum in zip(layers, momenta):
            layer.momentum = momentum
            layer.eval()


def noise(batch: int, shape: tuple[int, int], device='cpu') -> Tensor:
    """A normalised input (batch, 3, H, W); the same every time."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(batch, 3, *shape, generator=generator).to(device)
