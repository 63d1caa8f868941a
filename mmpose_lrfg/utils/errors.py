"""Errors that the user can fix: one sentence, exit code 2, no traceback."""

import contextlib
import difflib
import functools
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mmpose_lrfg.compat import UserError

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""Exit code that a shell reports for a program ended by SIGPIPE."""


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return ' Did you mean X?' for the candidate most like ``name``, or an empty string."""
    found = difflib.get_close_matches(str(name), [str(c) for c in candidates], n=1, cutoff=0.5)
    return f' Did you mean {found[0]}?' if found else ''


def one_line(text: str) -> str:
    """Return ``text`` with line breaks and other unprintable characters escaped."""
    return ''.join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def check_not_input(
    outputs: Iterable[str | Path | None], inputs: Iterable[str | Path | None]
) -> None:
    """Check that no file to be written is one of those that are read.

    Args:
        outputs (Iterable[str | Path | None]): Files to write, as far as given.
        inputs (Iterable[str | Path | None]): Files that are read; names that are no files, such
            as those of configs, are ignored.

    Raises:
        UserError: If one is.
    """
    read = {Path(each).resolve() for each in inputs if each and Path(each).is_file()}
    for path in outputs:
        if path and Path(path).resolve() in read:
            raise UserError(f'{path} is an input of this command; name another file to write')


def check_new(path: str | Path | None, overwrite: bool) -> None:
    """Check that a file to be written does not exist, unless it may be replaced.

    Raises:
        UserError: If it exists.
    """
    if path and Path(path).is_file() and not overwrite:
        raise UserError(f'{path} exists; name another file, or replace it with --overwrite')


def command(main: Callable[..., int | None]) -> Callable[..., int]:
    """Wrap the ``main`` of a command line.

    A :class:`UserError` and an :class:`OSError` end in one line on stderr and exit code 2, Ctrl-C
    and SIGTERM in 130, a closed stdout (``| head``) in 141. Any other error is a bug and keeps its
    traceback.

    Returns:
        Callable: ``main``, returning the exit code for ``sys.exit``.
    """

    @functools.wraps(main)
    def wrapped(*args, **kwargs) -> int:
        try:
            with interruptible():
                code = main(*args, **kwargs) or 0
                sys.stdout.flush()
                return code
        except KeyboardInterrupt as error:
            return _end(str(error) or 'interrupted', EXIT_INTERRUPTED)
        except UserError as error:
            return _end(f'error: {error}', EXIT_USER_ERROR)
        except OSError as error:
            if isinstance(error, BrokenPipeError) and _stdout_is_closed():
                return EXIT_BROKEN_PIPE
            return _end(f'error: {_describe(error)}', EXIT_USER_ERROR)
        except SystemExit as end:
            # rich exits with code 1 on a broken pipe.
            if isinstance(end.__context__, BrokenPipeError):
                return EXIT_BROKEN_PIPE
            raise

    return wrapped


def _end(text: str, code: int) -> int:
    with contextlib.suppress(BrokenPipeError):
        print(one_line(text), file=sys.stderr)
    return code


def _stdout_is_closed() -> bool:
    """Whether the reader of stdout has closed it; Python's remaining output is then discarded."""
    reader = select.poll()
    with contextlib.suppress(OSError, ValueError):  # not a file
        reader.register(sys.stdout.fileno(), 0)
    closed = any(event & select.POLLERR for _, event in reader.poll(0))
    if closed:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return closed


def _describe(error: OSError) -> str:
    # Imported here because the runtime imports OpenCV.
    from mmpose_lrfg.runtime.files import FULL

    if error.errno in FULL:
        where = f' while writing {error.filename}' if error.filename else ''
        return f'the disk is full{where}; free some space and repeat the command'
    return f'{error.filename}: {error.strerror}' if error.filename else str(error)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM (of a batch system or torchrun) as on Ctrl-C.

    If a library turns the interruption into another error, as torch does while it writes a file,
    KeyboardInterrupt is raised instead of that error.
    """
    if threading.current_thread() is not threading.main_thread():  # no other may set handlers
        yield
        return
    owner, received = os.getpid(), []

    def interrupt(number, frame):
        if os.getpid() != owner and number == signal.SIGTERM:
            # A forked data loader process: end as without this handler.
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        # Some senders signal the process and its group: do not interrupt the cleanup.
        elif not received or time.monotonic() - received[-1] >= 1:
            received.append(time.monotonic())
            raise KeyboardInterrupt

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, interrupt)
        yield
    except Exception as error:
        if received:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
