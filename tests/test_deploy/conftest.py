"""Fixtures of :mod:`tiny_export`."""

from tiny_export import (  # noqa: F401
    _mmpose_scope,
    _one_core,
    build,
    exported,
    pictures,
    predictor,
    tiny,
)
