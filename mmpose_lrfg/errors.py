"""Errors that a user caused and can mend: one sentence, exit code 2, no traceback."""

import difflib
import functools
import sys
from collections.abc import Callable, Iterable

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130


class UserError(Exception):
    """What is wrong and where, in one sentence that the user can act on."""


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return ' Did you mean X?' for the candidate most like ``name``, or an empty string."""
    found = difflib.get_close_matches(str(name), [str(c) for c in candidates], n=1, cutoff=0.5)
    return f' Did you mean {found[0]}?' if found else ''


def command(main: Callable[..., int | None]) -> Callable[..., int]:
    """Wrap the ``main`` of a command line.

    A :class:`UserError` and a full disk end in one line on stderr and exit code 2, Ctrl-C in 130.
    Anything else is a bug of ours and keeps its traceback.

    Returns:
        Callable: ``main`` as it was, returning the exit code for ``sys.exit``.
    """

    @functools.wraps(main)
    def wrapped(*args, **kwargs) -> int:
        try:
            return main(*args, **kwargs) or 0
        except UserError as error:
            print(f'error: {error}', file=sys.stderr)
        except KeyboardInterrupt:
            print('interrupted', file=sys.stderr)
            return EXIT_INTERRUPTED
        except OSError as error:
            if error.errno not in (28, 122):  # ENOSPC, EDQUOT
                raise
            where = f' while writing {error.filename}' if error.filename else ''
            print(f'error: the disk is full{where}; free some space and resume', file=sys.stderr)
        return EXIT_USER_ERROR

    return wrapped
