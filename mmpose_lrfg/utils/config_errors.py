"""Turns the errors that a wrong config causes inside mmengine into sentences."""

import contextlib
import inspect
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from mmengine.registry import Registry

import mmpose_lrfg
from mmpose_lrfg.utils.errors import UserError, nearest

NOT_REGISTERED = re.compile(r'(\S+) is not in the (?:\S+::)?([\w ]+?) registry')
BAD_ARGUMENTS = re.compile(r'got an unexpected keyword argument|missing \d+ required .*argument')
KILLED_WORKER = re.compile(r'DataLoader worker \(pid.*\) (?:is killed|exited unexpectedly)')
OTHER_CHANNELS = re.compile(r'^Given groups=.* channels, but got')
MOST_TEXT = 200
#: What networks and metrics read of an image, as the pipeline's meta_keys name it.
META_KEYS = (
    'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center',
    'input_scale', 'flip_indices', 'raw_ann_info',
)  # fmt: skip
IN_WORKER = re.compile(r'Caught (\w+) in DataLoader worker')


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Replace errors that the config caused by a sentence.

    Raises:
        UserError: In their place.
    """
    try:
        yield
    except SystemExit as error:
        # With its code of 0 the command would look as if all was done.
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
    """Return what to tell the user about ``error``, None where the fault is not in the config.

    Args:
        error (BaseException): Any error of building or running.

    Returns:
        UserError | None: The sentence.
    """
    text = str(error)
    if isinstance(error, UserError):
        return _from_worker(text) or error
    if isinstance(error, KeyError):
        found = NOT_REGISTERED.search(text)
        if found:
            name, kind = found.group(1).strip('\'"'), found.group(2)
            known = _names(kind)
            return UserError(
                f'the config names {name}, which no {kind} is called.{nearest(name, known)}'
            )
    if isinstance(error, KeyError) and error.args[0] in META_KEYS:
        return UserError(
            f'the images lack {error.args[0]}; name it in meta_keys of the last transform of the '
            'pipeline'
        )
    if isinstance(error, KeyError) and _last_file(error) == 'checkpoint_hook.py':
        return UserError(
            f'default_hooks.checkpoint.save_best is {text}, which the evaluation does not compute'
        )
    if isinstance(error, ValueError) and _from_a_part_of_the_network(error):
        return UserError(f'the network of the config does not fit together: {text}')
    if isinstance(error, TypeError) and BAD_ARGUMENTS.search(text):
        return _bad_arguments(error) or _while_building(error)
    if isinstance(error, RuntimeError) and OTHER_CHANNELS.search(text):
        return UserError(f'the network of the config does not fit together: {text}')
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError)):
        return UserError(f'{error.filename or ""}: {error.strerror or error}'.lstrip(': '))
    if isinstance(error, ImportError) and 'tensorboard' in text:
        return UserError(
            'the config has a TensorboardVisBackend, and tensorboard is not installed: '
            'pip install tensorboard, or leave that line out'
        )
    if type(error).__name__ == 'OutOfMemoryError':
        return UserError(
            'the GPU ran out of memory; halve train_dataloader.batch_size and double '
            'optim_wrapper.accumulative_counts, lower the input size, or train with --amp'
        )
    if 'more than 1 value per channel' in text:
        return UserError(
            'batch normalisation needs more than one value per channel: raise the batch size or '
            'the input size'
        )
    if KILLED_WORKER.search(text):
        return UserError(
            'a data loader process was killed, mostly for want of memory; lower num_workers or '
            'batch_size of the data loaders, or enlarge /dev/shm'
        )
    return _while_building(error)


def _while_building(error: BaseException) -> UserError | None:
    """Explain an error raised while something is made of the config, before anything runs."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    told = ' '.join(str(error).split())[:MOST_TEXT]
    what = f'{type(error).__name__}: {told}'
    if builders := [frame for frame in frames if _builds(frame)]:
        cls, given = _built(builders[-1])
        if not given:  # then the config has nothing to do with it
            return None
        shown = ', '.join(f'{key}={value!r:.60}' for key, value in given.items())[:MOST_TEXT]
        return UserError(f'the config cannot build {cls} from {shown}: {what}')
    places = [(Path(f.f_code.co_filename).parts[-3:], f.f_code.co_name) for f in frames]
    runner = ('mmengine', 'runner', 'runner.py')
    steps = [name for file, name in places if file == runner]
    running = any(file == (*runner[:2], 'loops.py') for file, _ in places)
    if not steps or running:
        return None
    step = next((name for name in reversed(steps) if name.startswith('build_')), '')
    part = f'its {step.removeprefix("build_")}' if step else 'a runner'
    return UserError(f'the config cannot build {part}: {what}')


def _built(frame) -> tuple[str, dict]:
    """Name and arguments of what a builder of a registry builds."""
    values = frame.f_locals
    cls = next((values[k] for k in ('obj_cls', 'scheduler_cls') if k in values), None)
    given = values.get('args') or values.get('cfg') or {}
    given = dict(given) if isinstance(given, dict) else {'config': given}
    kind = given.pop('type', None)
    given.pop('_scope_', None)
    return getattr(cls, '__name__', str(cls or kind)), given or ({} if cls else {'type': kind})


def _from_a_part_of_the_network(error: ValueError) -> bool:
    """Whether one of our modules refused the arguments that the config gives it."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    models = Path(mmpose_lrfg.__file__).parent / 'models'
    return any(f.name == '__init__' and Path(f.filename).is_relative_to(models) for f in last)


def _last_file(error: BaseException) -> str:
    """Name of the file that raised ``error``."""
    return ''.join(Path(f.filename).name for f in traceback.extract_tb(error.__traceback__)[-1:])


def _from_worker(text: str) -> UserError | None:
    """A data loader process hands its error over with its traceback as the message."""
    if not IN_WORKER.match(text):
        return None
    last = text.strip().splitlines()[-1]
    return UserError(last.partition(': ')[2] or last)


def _names(kind: str) -> set[str]:
    """All names registered under ``kind`` in MMPose, its children and mmengine."""
    import mmengine.registry as root
    import mmpose.registry as pose

    registries = [v for m in (root, pose) for v in vars(m).values() if isinstance(v, Registry)]
    return {name for reg in registries if reg.name == kind for name in reg.module_dict}


def _bad_arguments(error: TypeError) -> UserError | None:
    """Explain wrong arguments if they come from the config: if the builder passed them."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    calls = [n for n, frame in enumerate(frames) if _builds(frame)]
    if not calls:
        return None
    builder = frames[calls[-1]].f_locals
    cls = next((builder[k] for k in ('obj_cls', 'scheduler_cls') if k in builder), None)
    name = getattr(cls, '__name__', str(cls))
    wrong = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    if wrong:
        argument = wrong.group(1)
        # A class may pass on what it does not know itself, so the error may come from deeper.
        if argument not in builder.get('args', {}):
            return None
        hint = nearest(argument, _accepted(cls))
        return UserError(f'the config gives {name} the argument {argument}, unknown to it.{hint}')
    if calls[-1] != len(frames) - 1:
        return None
    missing = re.search(r'missing \d+ required .*arguments?: (.+)', str(error))
    what = missing.group(1) if missing else 'an argument'
    return UserError(f'the config does not give {name} what it needs: {what}')


def _builds(frame) -> bool:
    code = frame.f_code
    return code.co_name.startswith('build_') and 'registry' in code.co_filename


def _accepted(cls) -> set[str]:
    """Names of arguments, base classes' too, for classes that pass ``**kwargs`` on."""
    classes = inspect.getmro(cls) if inspect.isclass(cls) else [cls]
    names = set()
    for one in classes:
        try:
            names |= set(inspect.signature(one).parameters)
        except (TypeError, ValueError):
            continue
    return names - {'self', 'args', 'kwargs'}
