"""What every hostile run must leave: one sentence, exit code 2, and all inputs as they were."""

import hashlib
import re
from pathlib import Path


def fingerprint(folder):
    """Content of every file under a folder, links and folders included."""
    found = {}
    for path in sorted(Path(folder).rglob('*')):
        content = path.readlink() if path.is_symlink() else path.is_file() and path.read_bytes()
        found[str(path)] = hashlib.sha256(repr(content).encode()).hexdigest()
    return found


def run(run_tool, capture, inputs, tool, *argv):
    """Exit code and error output of a tool that must neither fail nor change its inputs."""
    before = fingerprint(inputs)
    capture.readouterr()
    code = run_tool(tool, *argv)
    errors = capture.readouterr().err
    assert 'Traceback' not in errors
    assert fingerprint(inputs) == before, 'an input was changed'
    return code, errors


def refused(run_tool, capture, inputs, tool, *argv):
    """The sentence with which a tool refuses its input; argparse puts its name in front."""
    code, errors = run(run_tool, capture, inputs, tool, *argv)
    sentences = [s for s in errors.splitlines() if re.match(r'((lrfg )?[\w. ]+: )?error: ', s)]
    assert code == 2 and len(sentences) == 1, (code, errors)
    return sentences[0]
