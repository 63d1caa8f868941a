"""Turns the errors that a wrong config causes inside mmengine into sentences."""

import contextlib
import inspect
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from mmengine.registry import Registry

from .errors import UserError, nearest

PACKAGE = 'mmpose_lrfg'
#: Errors of a programmer, if code of this package raises them itself.
BUGS = (TypeError, AttributeError, NameError)
MAX_TEXT = 200
#: What models and metrics read of an image, by the names in ``meta_keys``.
META_KEYS = (
    'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center',
    'input_scale', 'flip_indices', 'raw_ann_info',
)  # fmt: skip
NOT_REGISTERED = re.compile(r'(\S+) is not in the (?:\S+::)?([\w ]+?) registry')
BAD_ARGUMENTS = re.compile(r'got an unexpected keyword argument|missing \d+ required .*argument')
IN_WORKER = re.compile(r'Caught (\w+) in DataLoader worker')
#: Class of the error, pattern of its message, sentence.
SENTENCES = (
    (
        'RuntimeError',
        r'^Given groups=.* channels, but got',
        'the model of the config does not fit together: {text}',
    ),
    (
        'RuntimeError',
        r'DataLoader worker \(pid.*\) (?:is killed|exited unexpectedly)',
        'a data loader process was killed, mostly for lack of memory; lower num_workers or '
        'batch_size of the data loaders, or enlarge /dev/shm',
    ),
    (
        'ValueError',
        r'more than 1 value per channel',
        'batch normalisation needs more than one value per channel; raise the batch size or the '
        'input size',
    ),
    (
        'ImportError',
        r'tensorboard',
        'the config has a TensorboardVisBackend, and tensorboard is not installed: '
        'pip install tensorboard, or remove that line',
    ),
    (
        'OutOfMemoryError',
        r'',
        'the GPU ran out of memory; halve train_dataloader.batch_size and double '
        'optim_wrapper.accumulative_counts, lower the input size, or train with --amp',
    ),
)


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
        sentence = explain(error)
        if sentence is None or sentence is error:
            raise
        raise sentence from error


def explain(error: BaseException) -> UserError | None:
    """Return a sentence about ``error``, None if the config did not cause it.

    Args:
        error (BaseException): Any error of building or running.
    """
    text = str(error)
    if isinstance(error, UserError):
        return _from_worker(text) or error
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError)):
        return UserError(f'{error.filename or ""}: {error.strerror or error}'.lstrip(': '))
    for kind, pattern, sentence in SENTENCES:
        if kind in {cls.__name__ for cls in type(error).__mro__} and re.search(pattern, text):
            return UserError(sentence.format(text=text))
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, KeyError) and (sentence := _of_key_error(error, frames)):
        return sentence
    if isinstance(error, ValueError) and _from_a_model(frames):
        return UserError(f'the model of the config does not fit together: {text}')
    if isinstance(error, TypeError) and (sentence := _bad_arguments(text, frames)):
        return sentence
    if isinstance(error, BUGS) and _module(frames).startswith(f'{PACKAGE}.'):
        return None
    return _while_building(error, frames)


def _from_worker(text: str) -> UserError | None:
    """Return the last line of an error of a data loader process, which comes with a traceback."""
    if not IN_WORKER.match(text):
        return None
    last = text.strip().splitlines()[-1]
    return UserError(last.partition(': ')[2] or last)


def _of_key_error(error: KeyError, frames: list[FrameType]) -> UserError | None:
    found = NOT_REGISTERED.search(str(error))
    if found:
        name, kind = found.group(1).strip('\'"'), found.group(2)
        return UserError(f'the config names an unknown {kind} {name}.{nearest(name, _names(kind))}')
    if error.args[0] in META_KEYS:
        return UserError(
            f'the images lack {error.args[0]}; add it to meta_keys of the last transform of the '
            'pipeline'
        )
    if frames and Path(frames[-1].f_code.co_filename).name == 'checkpoint_hook.py':
        return UserError(
            f'default_hooks.checkpoint.save_best is {error}, which the evaluation does not compute'
        )
    return None


def _names(kind: str) -> set[str]:
    """Return all names registered under ``kind`` in MMPose, its children and mmengine."""
    import mmengine.registry as root
    import mmpose.registry as pose

    registries = [v for m in (root, pose) for v in vars(m).values() if isinstance(v, Registry)]
    return {name for reg in registries if reg.name == kind for name in reg.module_dict}


def _from_a_model(frames: list[FrameType]) -> bool:
    """Whether one of our models refused the arguments that the config gives it."""
    ours = _module(frames).startswith(f'{PACKAGE}.models.')
    return ours and frames[-1].f_code.co_name == '__init__'


def _module(frames: list[FrameType]) -> str:
    """Return the name of the module whose code raised the error."""
    return frames[-1].f_globals.get('__name__', '') if frames else ''


class _Build(NamedTuple):
    """The innermost call of a registry that builds an object of the config."""

    depth: int
    cls: type | None
    name: str
    given: dict


def _innermost_build(frames: list[FrameType]) -> _Build | None:
    for depth in range(len(frames) - 1, -1, -1):
        code, values = frames[depth].f_code, frames[depth].f_locals
        if not code.co_name.startswith('build_') or 'registry' not in code.co_filename:
            continue
        cls = next((values[k] for k in ('obj_cls', 'scheduler_cls') if k in values), None)
        given = values.get('args') or values.get('cfg') or {}
        given = dict(given) if isinstance(given, dict) else {'config': given}
        kind = given.pop('type', None)
        given.pop('_scope_', None)
        if cls is None and not given:
            given = {'type': kind}
        return _Build(depth, cls, getattr(cls, '__name__', str(cls or kind)), given)
    return None


def _bad_arguments(text: str, frames: list[FrameType]) -> UserError | None:
    """Explain wrong arguments that a builder passed on from the config."""
    build = _innermost_build(frames)
    if build is None or not BAD_ARGUMENTS.search(text):
        return None
    if wrong := re.search(r"unexpected keyword argument '(\w+)'", text):
        argument = wrong.group(1)
        # A class may pass unknown arguments on, so that the error comes from deeper.
        if argument not in build.given:
            return None
        hint = nearest(argument, _accepted(build.cls))
        return UserError(f'the config gives {build.name} an unknown argument {argument}.{hint}')
    if build.depth != len(frames) - 1:
        return None
    missing = re.search(r'missing \d+ required .*arguments?: (.+)', text)
    what = missing.group(1) if missing else 'an argument'
    return UserError(f'the config does not give {build.name} the required {what}')


def _accepted(cls) -> set[str]:
    """Return the names of arguments, also of base classes, as ``**kwargs`` may be passed on."""
    names = set()
    for each in inspect.getmro(cls) if inspect.isclass(cls) else [cls]:
        with contextlib.suppress(TypeError, ValueError):
            names |= set(inspect.signature(each).parameters)
    return names - {'self', 'args', 'kwargs'}


def _while_building(error: BaseException, frames: list[FrameType]) -> UserError | None:
    """Explain an error raised while something is built from the config, before anything runs."""
    text = ' '.join(str(error).split())[:MAX_TEXT]
    what = f'{type(error).__name__}: {text}'
    if build := _innermost_build(frames):
        if not build.given:  # then the config does not matter
            return None
        shown = ', '.join(f'{key}={value!r:.60}' for key, value in build.given.items())[:MAX_TEXT]
        return UserError(f'the config cannot build {build.name} from {shown}: {what}')
    places = [(Path(f.f_code.co_filename).parts[-3:], f.f_code.co_name) for f in frames]
    steps = [name for file, name in places if file == ('mmengine', 'runner', 'runner.py')]
    running = any(file == ('mmengine', 'runner', 'loops.py') for file, _ in places)
    if not steps or running:
        return None
    step = next((name for name in reversed(steps) if name.startswith('build_')), '')
    part = f'its {step.removeprefix("build_")}' if step else 'a runner'
    return UserError(f'the config cannot build {part}: {what}')
