"""Checkpoints of other code bases: safe reading, conversion, transfer and publishing."""
