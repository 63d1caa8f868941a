"""Turn the errors that a wrong config causes inside mmengine into sentences."""

import contextlib
import inspect
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from mmengine.registry import Registry

import mmpose_lrfg
from mmpose_lrfg.utils.errors import UserError, nearest

PACKAGE = Path(mmpose_lrfg.__file__).parent
MAX_TEXT = 200
#: Values of an image that networks and metrics use, as the pipeline's meta_keys name them.
META_KEYS = (
    'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center',
    'input_scale', 'flip_indices', 'raw_ann_info',
)  # fmt: skip
#: Errors of a programmer, if code of this package raises them itself.
BUGS = (TypeError, AttributeError, NameError)
#: (name of the error's class, pattern of its text) -> sentence.
SENTENCES = {
    ('ImportError', 'tensorboard'): (
        'the config has a TensorboardVisBackend, and tensorboard is not installed: '
        'pip install tensorboard, or leave that line out'
    ),
    ('OutOfMemoryError', ''): (
        'the GPU ran out of memory; halve train_dataloader.batch_size and double '
        'optim_wrapper.accumulative_counts, lower the input size, or train with --amp'
    ),
    ('', 'more than 1 value per channel'): (
        'batch normalisation needs more than one value per channel: raise the batch size or the '
        'input size'
    ),
    ('', r'DataLoader worker \(pid.*\) (?:is killed|exited unexpectedly)'): (
        'a data loader process was killed, mostly for want of memory; lower num_workers or '
        'batch_size of the data loaders, or enlarge /dev/shm'
    ),
}


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Replace errors that the config caused by a sentence.

    Raises:
        UserError: In their place.
    """
    try:
        yield
    except SystemExit as error:
        # With its exit code 0 the command would seem to have succeeded.
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
    """Return a sentence about ``error``, None if the config is not its cause.

    Args:
        error (BaseException): Any error of building or running.
    """
    text = str(error)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    last = Path(frames[-1].f_code.co_filename if frames else '')
    if isinstance(error, UserError):
        return _from_worker(text) or error
    if isinstance(error, KeyError) and (sentence := _explain_key(error, last)):
        return UserError(sentence)
    if isinstance(error, TypeError) and (sentence := _explain_arguments(text, frames)):
        return UserError(sentence)
    refused = (  # by a module of the network, or by a convolution
        isinstance(error, ValueError)
        and last.is_relative_to(PACKAGE / 'models')
        and frames[-1].f_code.co_name == '__init__'
    ) or (isinstance(error, RuntimeError) and re.match('Given groups=.* channels, but got', text))
    if refused:
        return UserError(f'the network of the config does not fit together: {text}')
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError)):
        return UserError(f'{error.filename or ""}: {error.strerror or error}'.lstrip(': '))
    for (name, pattern), sentence in SENTENCES.items():
        if name in ('', type(error).__name__) and re.search(pattern, text):
            return UserError(sentence)
    if isinstance(error, BUGS) and last.is_relative_to(PACKAGE):
        return None
    sentence = _explain_building(error, frames)
    return sentence and UserError(sentence)


def _explain_key(error: KeyError, file: Path) -> str | None:
    """Explain a name that is in no registry, a missing value of images, or a missing metric."""
    key = error.args[0] if error.args else None
    if found := re.search(r'(\S+) is not in the (?:\S+::)?([\w ]+?) registry', str(error)):
        name, kind = found[1].strip('\'"'), found[2]
        return (
            f'the config names {name}, but no {kind} has that name.'
            f'{nearest(name, _registered(kind))}'
        )
    if key in META_KEYS:
        return f'the images lack {key}; name it in meta_keys of the last transform of the pipeline'
    if file.name == 'checkpoint_hook.py':
        return f'default_hooks.checkpoint.save_best is {key!r}, which is not evaluated'
    return None


def _explain_arguments(text: str, frames: list[FrameType]) -> str | None:
    """Explain a wrong or missing argument if the config gave it: if a registry passed it on."""
    calls = [number for number, frame in enumerate(frames) if _builds(frame)]
    if not calls:
        return None
    name, given = _built(frames[calls[-1]])
    if found := re.search(r"unexpected keyword argument '(\w+)'", text):
        # The error may be raised in a base class to which arguments are passed on.
        if found[1] not in given:
            return None
        hint = nearest(found[1], _accepted(frames[calls[-1]].f_locals.get('obj_cls')))
        return f'the config gives {name} the unknown argument {found[1]}.{hint}'
    found = re.search(r'missing \d+ required .*arguments?: (.+)', text)
    if found and calls[-1] == len(frames) - 1:
        return f'the config does not give {name} what it needs: {found[1]}'
    return None


def _explain_building(error: BaseException, frames: list[FrameType]) -> str | None:
    """Explain an error raised while something is built from the config, before anything runs."""
    what = f'{type(error).__name__}: {" ".join(str(error).split())[:MAX_TEXT]}'
    if builders := [frame for frame in frames if _builds(frame)]:
        name, given = _built(builders[-1])
        if not given:  # then the config is not the cause
            return None
        shown = ', '.join(f'{key}={value!r:.60}' for key, value in given.items())[:MAX_TEXT]
        return f'the config cannot build {name} from {shown}: {what}'
    places = [(Path(f.f_code.co_filename).parts[-3:], f.f_code.co_name) for f in frames]
    steps = [name for file, name in places if file == ('mmengine', 'runner', 'runner.py')]
    if not steps or any(file == ('mmengine', 'runner', 'loops.py') for file, _ in places):
        return None
    step = next((name for name in reversed(steps) if name.startswith('build_')), '')
    part = f'its {step.removeprefix("build_")}' if step else 'a runner'
    return f'the config cannot build {part}: {what}'


def _from_worker(text: str) -> UserError | None:
    """Return the error of a data loader process, which is sent with its traceback as text."""
    if not re.match(r'Caught (\w+) in DataLoader worker', text):
        return None
    last = text.strip().splitlines()[-1]
    return UserError(last.partition(': ')[2] or last)


def _builds(frame: FrameType) -> bool:
    """Whether this is the frame of a build function of a registry."""
    return frame.f_code.co_name.startswith('build_') and 'registry' in frame.f_code.co_filename


def _built(frame: FrameType) -> tuple[str, dict]:
    """Return name and arguments of the object that a build function makes."""
    values = frame.f_locals
    cls = values.get('obj_cls') or values.get('scheduler_cls')
    given = values.get('args') or values.get('cfg') or {}
    given = dict(given) if isinstance(given, dict) else {'config': given}
    kind = given.pop('type', None)
    given.pop('_scope_', None)
    return getattr(cls, '__name__', str(cls or kind)), given or ({} if cls else {'type': kind})


def _registered(kind: str) -> set[str]:
    """Return all names registered under ``kind`` in MMPose, its children and mmengine."""
    import mmengine.registry as root
    import mmpose.registry as pose

    registries = [v for m in (root, pose) for v in vars(m).values() if isinstance(v, Registry)]
    return {name for reg in registries if reg.name == kind for name in reg.module_dict}


def _accepted(cls) -> set[str]:
    """Return the names of the arguments of a class and of its bases, to which it may pass them."""
    names = set()
    for one in inspect.getmro(cls) if inspect.isclass(cls) else [cls]:
        with contextlib.suppress(TypeError, ValueError):
            names |= set(inspect.signature(one).parameters)
    return names - {'self', 'args', 'kwargs'}
