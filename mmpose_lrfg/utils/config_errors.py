"""Turns the errors that a wrong config causes inside mmengine into sentences."""

import contextlib
import inspect
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import mmengine.registry
import mmpose.registry
from mmengine.registry import Registry

from .errors import UserError, nearest

PACKAGE = 'mmpose_lrfg'
MAX_TEXT = 200
TRANSFORMS = ('mmcv.transforms.', 'mmpose.datasets.transforms.')
SENTENCES = (
    (
        r'RuntimeError: Given groups=.* channels, but got',
        'the model of the config does not fit together: {text}',
    ),
    (
        r'RuntimeError: .*DataLoader worker \(pid.*\) (is killed|exited unexpectedly)',
        'a data loader process was killed, mostly for lack of memory; lower num_workers or '
        'batch_size of the data loaders, or enlarge /dev/shm',
    ),
    (
        r'ValueError: .*more than 1 value per channel',
        'batch normalisation needs more than one value per channel; raise the batch size or the '
        'input size',
    ),
    (
        r'ImportError: .*tensorboard',
        'the config has a TensorboardVisBackend, and tensorboard is not installed: '
        'pip install tensorboard, or remove that line',
    ),
    (
        r'OutOfMemoryError: ',
        'the GPU ran out of memory; halve train_dataloader.batch_size and double '
        'optim_wrapper.accumulative_counts, lower the input size, or train with --amp',
    ),
)
"""Pattern of 'class: message' of an error, and its sentence."""


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Replace errors that the config caused by a sentence.

    Raises:
        UserError: In their place.
    """
    try:
        yield
    except SystemExit as error:
        # With an exit code of 0 the command would seem to have succeeded.
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise UserError(
            f'line {place.lineno} of {place.filename} ended the run by sys.exit; remove that'
        ) from error
    except Exception as error:
        sentence = explain(error) or error
        if sentence is error:
            raise
        raise sentence from error


def explain(error: BaseException) -> UserError | None:
    """Return a sentence about ``error``, None if the config did not cause it.

    Args:
        error (BaseException): Any error of building or running.
    """
    text = str(error)
    if isinstance(error, UserError):
        if not re.match(r'Caught \w+ in DataLoader worker', text):
            return error
        last = text.strip().splitlines()[-1]  # of the traceback in that process
        return UserError(last.partition(': ')[2] or last)
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError)):
        return UserError(f'{error.filename or ""}: {error.strerror or error}'.lstrip(': '))
    for pattern, sentence in SENTENCES:
        if any(re.match(pattern, f'{cls.__name__}: {text}', re.S) for cls in type(error).__mro__):
            return UserError(sentence.format(text=text))
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    module = frames[-1].f_globals.get('__name__', '') if frames else ''
    if found := re.search(r'(\S+) is not in the (?:\S+::)?([\w ]+?) registry', text):
        name, kind = found[1].strip('\'"'), found[2]
        known = {each for reg in registries() if reg.name == kind for each in reg.module_dict}
        return UserError(f'the config names an unknown {kind} {name}.{nearest(name, known)}')
    if isinstance(error, KeyError) and module == 'mmengine.hooks.checkpoint_hook':
        return UserError(
            f'default_hooks.checkpoint.save_best is {error}, which the evaluation does not compute'
        )
    if isinstance(error, ValueError) and module.startswith(f'{PACKAGE}.models.'):
        return UserError(f'the model of the config does not fit together: {text}')
    what = f'{type(error).__name__}: {" ".join(text.split())[:MAX_TEXT]}'
    if build := _innermost_build(frames):
        return _in_build(what, module, *build)
    if isinstance(error, (TypeError, AttributeError, NameError)) and module.startswith(PACKAGE):
        return None  # a mistake of our code
    if module.startswith(TRANSFORMS):
        owners = [frame.f_locals['self'] for frame in frames if 'self' in frame.f_locals]
        name = type(owners[-1]).__name__ if owners else module
        return UserError(f'{name} in a pipeline of the config failed: {what}')
    places = [(Path(frame.f_code.co_filename), frame.f_code.co_name) for frame in frames]
    if any(file.match('mmengine/runner/loops.py') for file, _ in places):
        return None
    steps = [name for file, name in places if file.match('mmengine/runner/runner.py')]
    part = next((f'its {n[6:]}' for n in reversed(steps) if n.startswith('build_')), 'a runner')
    return UserError(f'the config cannot build {part}: {what}') if steps else None


def registries() -> list[Registry]:
    """Return the registries of mmengine and MMPose."""
    values = [*vars(mmengine.registry).values(), *vars(mmpose.registry).values()]
    return [value for value in values if isinstance(value, Registry)]


def _innermost_build(frames: list[FrameType]) -> tuple[type | str | None, dict] | None:
    """Find the innermost call of a registry that builds an object of the config.

    Returns:
        tuple: The class, or its name, and the arguments; or None.
    """
    for frame in reversed(frames):
        if frame.f_code.co_name.startswith('build_') and 'registry' in frame.f_code.co_filename:
            values = frame.f_locals
            given = values.get('args') or values.get('cfg') or {}
            given = dict(given) if isinstance(given, dict) else {'config': given}
            kind = given.pop('type', None)
            given.pop('_scope_', None)
            cls = values.get('obj_cls', values.get('scheduler_cls'))
            return (kind, given or {'type': kind}) if cls is None else (cls, given)
    return None


def _in_build(what: str, module: str, cls: type | str | None, given: dict) -> UserError | None:
    """Explain an error of building an object; None if it is a mistake of our code."""
    name = getattr(cls, '__name__', str(cls))
    if wrong := re.search(r"got an unexpected keyword argument '(\w+)'", what):
        if wrong[1] not in given:
            return None
        accepted = set()  # also by base classes, to which **kwargs may be passed on
        for each in inspect.getmro(cls) if inspect.isclass(cls) else [cls]:
            with contextlib.suppress(TypeError, ValueError):
                accepted |= set(inspect.signature(each).parameters)
        hint = nearest(wrong[1], accepted)
        return UserError(f'the config gives {name} an unknown argument {wrong[1]}.{hint}')
    # Not of a constructor of the config, which was called wrongly, but inside our code.
    ours = what.startswith(('TypeError', 'AttributeError', 'NameError')) and module.startswith(
        PACKAGE
    )
    if ours or not (given or ' missing ' in what):
        return None
    shown = ', '.join(f'{key}={value!r:.60}' for key, value in given.items())[:MAX_TEXT]
    return UserError(f'the config cannot build {name} from {shown or "nothing"}: {what}')
