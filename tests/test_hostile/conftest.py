import functools

import hostile
import pytest


@pytest.fixture
def refused(run_tool, capfd):
    """``refused(folder, tool, *arguments)``: see :func:`hostile.refused`."""
    return functools.partial(hostile.refused, run_tool, capfd)
