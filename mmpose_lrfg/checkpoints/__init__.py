"""Checkpoints of other code bases: reading them safely, and what corresponds to what."""
