"""What a training shows on the console; its log file has everything."""

import contextlib
import functools
import io
import logging
from collections.abc import Callable, Iterator

from mmengine.registry import RUNNERS
from mmengine.runner import Runner

SHOWN = {'on_console': True}
"""``extra`` of a log record that the console shows though it is no warning."""


@contextlib.contextmanager
def prints_logged(logger: logging.Logger) -> Iterator[None]:
    """Log what is printed in the block, as by pycocotools and mmengine."""
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            yield
    finally:
        if text.getvalue():
            logger.info(text.getvalue().rstrip())


def logged(method: Callable) -> Callable:
    """Return a method of a runner that logs what it prints."""

    @functools.wraps(method)
    def call(self, *args):
        with prints_logged(self.logger):
            return method(self, *args)

    return call


@RUNNERS.register_module()
class QuietRunner(Runner):
    """mmengine's ``Runner`` whose console shows warnings and the records marked by ``SHOWN``.

    Environment, config, hooks and options of parameters, several hundred lines, are in the log file
    only. ``runner_type='Runner'`` in a config shows them again.
    """

    def build_logger(self, *args, **kwargs):
        """Build mmengine's logger, and restrict its console."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.addFilter(is_shown)
                handler.setFormatter(ConsoleFormatter())
        return logger

    build_train_loop = logged(Runner.build_train_loop)
    build_val_loop = logged(Runner.build_val_loop)
    build_test_loop = logged(Runner.build_test_loop)
    load_or_resume = logged(Runner.load_or_resume)

    def build_evaluator(self, evaluator):
        """Build the evaluator; its metrics print."""
        built = super().build_evaluator(evaluator)
        built.evaluate = prints_logged(self.logger)(built.evaluate)
        return built


def is_shown(record: logging.LogRecord) -> bool:
    """Return whether the console shows a record; deprecations inside mmengine are no use there."""
    if record.levelno < logging.WARNING:
        return hasattr(record, 'on_console')
    return 'deprecated' not in record.getMessage()


class ConsoleFormatter(logging.Formatter):
    """Only the message; ``warning:`` before a warning."""

    def format(self, record):
        """Return the line of a record."""
        kind = f'{record.levelname.lower()}: ' if record.levelno >= logging.WARNING else ''
        return kind + super().format(record)
