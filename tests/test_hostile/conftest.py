"""Runs a tool on something hostile and checks that it is refused in one sentence."""

import hashlib
import re
from pathlib import Path

import pytest


def content_of(folder):
    """The digest of every file in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob('*'))
        if path.is_file()
    }


@pytest.fixture
def refused(run_tool, capfd):
    """``refused(folder, tool, *arguments)``: the sentence with which it ends.

    The exit code is 2, there is one sentence and no traceback, and ``folder``, which holds what
    the tool reads, is as it was.
    """

    def check(folder, name, *arguments):
        before = content_of(folder)
        capfd.readouterr()
        code = run_tool(name, *arguments)
        errors = capfd.readouterr().err
        sentences = [s for s in errors.splitlines() if re.match(r'(\w+\.?\w*: )?error: ', s)]
        assert 'Traceback' not in errors
        assert code == 2, errors
        assert len(sentences) == 1, errors
        assert content_of(folder) == before, 'an input was changed'
        return sentences[0]

    return check
