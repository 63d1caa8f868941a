"""Resuming without running the config text that a checkpoint carries.

``Runner.resume`` of mmengine looks for ``gpu_ids`` in the config that old checkpoints store as text
under ``meta['config']``, and to find it executes that text: a crafted checkpoint runs any code.
Here the text is read without being run, and all but that one line is left out of it.
"""

import ast
import functools
import sys

MOST = 1024  # GPUs; a longer range is no list of them
USERS = ('mmengine.runner.runner', 'mmengine._strategy.single_device')


def load_harmlessly(module) -> None:
    """Let ``_load_checkpoint`` of ``mmengine.runner.checkpoint`` hand out harmless configs."""
    original = module._load_checkpoint
    if hasattr(original, '__wrapped__'):
        return

    @functools.wraps(original)
    def _load_checkpoint(*args, **kwargs):
        checkpoint = original(*args, **kwargs)
        meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
        if isinstance(meta, dict) and 'config' in meta:
            meta['config'] = harmless(meta['config'])
        return checkpoint

    module._load_checkpoint = _load_checkpoint
    # Modules that were imported earlier hold the original under its name.
    for user in USERS:
        if getattr(sys.modules.get(user), '_load_checkpoint', None) is original:
            sys.modules[user]._load_checkpoint = _load_checkpoint


def harmless(text: str) -> str:
    """The line of ``text`` that sets ``gpu_ids``, if it is a plain list or range; else nothing."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return ''
    for node in body:
        names = [getattr(target, 'id', None) for target in getattr(node, 'targets', ())]
        if names != ['gpu_ids']:
            continue
        call = node.value
        is_range = isinstance(call, ast.Call) and getattr(call.func, 'id', None) == 'range'
        try:
            parts = [ast.literal_eval(part) for part in call.args] if is_range else None
            value = list(range(*parts)[:MOST]) if is_range else ast.literal_eval(call)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return ''
        if isinstance(value, (list, tuple)) and all(type(each) is int for each in value):
            return f'gpu_ids = {list(value)}\n'
    return ''
