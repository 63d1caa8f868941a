"""Reads the numbers out of what ``train_step`` returns."""

import torch


def loss_items(outputs: dict | None) -> dict[str, float]:
    """Return the one-number items of ``outputs`` (losses, accuracies) as floats, by name."""
    items = {}
    for name, value in (outputs or {}).items():
        if isinstance(value, torch.Tensor):
            if value.numel() != 1:
                continue
            value = value.item()
        if isinstance(value, (int, float)):
            items[name] = float(value)
    return items
