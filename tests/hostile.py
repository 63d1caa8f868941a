"""What every hostile run must leave: one sentence, exit code 2, and all inputs as they were."""

import hashlib
from pathlib import Path


def fingerprint(folder):
    """Content of every file under a folder, links and folders included."""
    found = {}
    for path in sorted(Path(folder).rglob('*')):
        content = path.readlink() if path.is_symlink() else path.is_file() and path.read_bytes()
        found[str(path)] = hashlib.sha256(repr(content).encode()).hexdigest()
    return found


def run(run_tool, capsys, inputs, tool, *argv):
    """Exit code and error output of a tool that must neither fail nor change its inputs."""
    before = fingerprint(inputs)
    capsys.readouterr()
    code = run_tool(tool, *argv)
    errors = capsys.readouterr().err
    assert 'Traceback' not in errors
    assert fingerprint(inputs) == before, 'an input was changed'
    return code, errors


def refused(run_tool, capsys, inputs, tool, *argv):
    """The sentence with which a tool refuses its input."""
    code, errors = run(run_tool, capsys, inputs, tool, *argv)
    sentences = [line for line in errors.splitlines() if line.startswith('error: ')]
    assert code == 2 and len(sentences) == 1, (code, errors)
    return sentences[0]
