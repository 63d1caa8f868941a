"""Reads a pickle as data: nothing in it is imported, and nothing in it is called.

A pickle is a small program for a stack machine; Python's own reader imports what the program names
and calls it. This one is a machine of its own. A name stays a name (:class:`Global`), an object of
any class becomes an inert :class:`Record` of what was stored in it, and the few calls that tensors
and containers need are answered here. A call of anything else is refused, by name.
"""

import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from mmpose_lrfg.utils.errors import UserError


@dataclass(frozen=True)
class Global:
    """The name of a class or function; never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f'{self.module}.{self.name}'


@dataclass(eq=False)
class Record:
    """An object of some class: what the pickle said about it, and no behaviour."""

    cls: Global
    args: tuple = ()
    state: Any = None
    items: list = field(default_factory=list)
    """What it would have collected as a list or a dictionary."""


def _container(kind: type) -> Callable:
    return lambda *args: kind(*(list(a) if isinstance(a, (list, tuple, set)) else a for a in args))


def _container_calls() -> dict[str, Callable]:
    kinds = dict(set=set, frozenset=frozenset, list=list, dict=dict, tuple=tuple)
    kinds |= dict(int=int, float=float, complex=complex, bool=bool)
    calls = {f'builtins.{name}': _container(kind) for name, kind in kinds.items()}
    calls['collections.OrderedDict'] = lambda items=(): OrderedDict(list(items))
    calls['torch.Size'] = tuple
    calls['builtins.bytes'] = lambda: b''  # protocol 2 writes only empty ones so
    return calls


#: Calls that are answered with plain Python containers and numbers.
CONTAINERS = _container_calls()

#: Calls that make an object of which only a record is kept: paths, dates, NumPy's numbers.
RECORDED = {
    *(f'pathlib.{name}' for name in ('Path', 'PosixPath', 'WindowsPath', 'PurePosixPath')),
    'torch.device',
    'numpy.dtype',
    *(f'numpy.core.multiarray.{name}' for name in ('scalar', '_reconstruct')),
    *(f'numpy._core.multiarray.{name}' for name in ('scalar', '_reconstruct')),
    '_codecs.encode',
    'copyreg._reconstructor',
    'collections.defaultdict',
    'collections.Counter',
    *(f'datetime.{name}' for name in ('datetime', 'date', 'timedelta')),
}  # fmt: skip

_MARK = object()


class Machine:
    """Runs one pickle.

    Args:
        calls (dict[str, Callable]): What answers a call, by full name, beside the containers.
        persistent_load (Callable): Answers a persistent id (torch's storages).
        what (str): What is being read, for messages.
    """

    def __init__(self, calls: dict[str, Callable], persistent_load: Callable, what: str):
        self.calls = {**CONTAINERS, **calls}
        self.persistent_load = persistent_load
        self.what = what

    def load(self, stream: BinaryIO) -> Any:
        """Read one pickle; the stream is left right behind it.

        Raises:
            UserError: If it calls what it must not, or is damaged.
        """
        self.stack: list = []
        self.memo: dict[int, Any] = {}
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name == 'STOP':
                    return self.stack.pop()
                self.step(opcode.name, argument)
        except UserError:
            raise
        except Exception as error:
            # Whatever a damaged program makes of the stack: it is damaged.
            raise UserError(f'{self.what} is truncated or damaged, or no checkpoint') from error
        raise UserError(f'{self.what} is truncated: its pickle has no end')

    def step(self, name: str, argument: Any) -> None:
        """One instruction."""
        if name in _PUSHES:
            self.stack.append(argument)
        elif name in _MAKES:
            self.stack.append(_MAKES[name]())
        elif handler := getattr(self, f'op_{name.lower()}', None):
            handler(argument)
        elif name not in ('PROTO', 'FRAME'):
            raise UserError(f'{self.what} is refused: its pickle uses the instruction {name}')

    def pop_mark(self) -> list:
        """Take everything down to the last mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError('no mark')
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    # Marks, memory.
    def op_mark(self, _):
        self.stack.append(_MARK)

    def op_pop(self, _):
        self.stack.pop()

    def op_pop_mark(self, _):
        self.pop_mark()

    def op_dup(self, _):
        self.stack.append(self.stack[-1])

    def op_memoize(self, _):
        self.memo[len(self.memo)] = self.stack[-1]

    def op_put(self, index):
        self.memo[int(index)] = self.stack[-1]

    op_binput = op_long_binput = op_put

    def op_get(self, index):
        self.stack.append(self.memo[int(index)])

    op_binget = op_long_binget = op_get

    # Containers.
    def op_tuple(self, _):
        self.stack.append(tuple(self.pop_mark()))

    def _tuple_of(count):
        def op(self, _):
            self.stack[-count:] = [tuple(self.stack[-count:])]

        return op

    op_tuple1, op_tuple2, op_tuple3 = _tuple_of(1), _tuple_of(2), _tuple_of(3)

    def op_list(self, _):
        self.stack.append(self.pop_mark())

    def op_frozenset(self, _):
        self.stack.append(frozenset(self.pop_mark()))

    def op_dict(self, _):
        items = self.pop_mark()
        self.stack.append(dict(zip(items[::2], items[1::2])))

    def op_append(self, _):
        item = self.stack.pop()
        self.extend(self.stack[-1], [item])

    def op_appends(self, _):
        items = self.pop_mark()
        self.extend(self.stack[-1], items)

    @staticmethod
    def extend(target, items):
        (target.items if isinstance(target, Record) else _only(list, target)).extend(items)

    def op_setitem(self, _):
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def op_setitems(self, _):
        self.set_items(self.pop_mark())

    def set_items(self, items):
        target = self.stack[-1]
        pairs = list(zip(items[::2], items[1::2]))
        if isinstance(target, Record):
            target.items.extend(pairs)
        else:
            _only(dict, target).update(pairs)

    def op_additems(self, _):
        items = self.pop_mark()
        _only(set, self.stack[-1]).update(items)

    # Names, calls, objects.
    def op_global(self, argument):
        self.push_global(*argument.split(' ', 1))

    def op_stack_global(self, _):
        name, module = self.stack.pop(), self.stack.pop()
        self.push_global(_only(str, module), _only(str, name))

    def push_global(self, module, name):
        # Protocols up to 2 name things as Python 2 did.
        module = IMPORT_MAPPING.get(module, module)
        self.stack.append(Global(*NAME_MAPPING.get((module, name), (module, name))))

    def op_binpersid(self, _):
        self.stack.append(self.persistent_load(self.stack.pop()))

    def op_reduce(self, _):
        args, function = _only(tuple, self.stack.pop()), self.stack.pop()
        self.stack.append(self.call(function, args))

    def call(self, function: Any, args: tuple) -> Any:
        """Answer the call of a name, or refuse it."""
        name = str(_only(Global, function))
        if name in self.calls:
            return self.calls[name](*args)
        if name in RECORDED:
            return Record(function, args)
        raise UserError(
            f'{self.what} is refused: it calls {name}, and a checkpoint has no need to; nothing in '
            'it was run'
        )

    def op_newobj(self, _):
        args, cls = _only(tuple, self.stack.pop()), _only(Global, self.stack.pop())
        # OrderedDict and its like may be made this way too.
        made = self.calls[str(cls)](*args) if str(cls) in CONTAINERS else Record(cls, args)
        self.stack.append(made)

    def op_newobj_ex(self, _):
        keywords, args, cls = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.stack.append(Record(_only(Global, cls), (*args, keywords)))

    def op_build(self, _):
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Record):
            target.state = state
        elif isinstance(target, Global):
            raise UserError(f'{self.what} is refused: it changes {target}')
        # Attributes of containers and tensors (hooks, metadata) carry no weights.


def _only(kind, value):
    """``value``, which must be of that kind."""
    if not isinstance(value, kind):
        raise TypeError(f'{type(value).__name__} instead of {kind.__name__}')
    return value


_PUSHES = {
    *('INT', 'BININT', 'BININT1', 'BININT2', 'LONG', 'LONG1', 'LONG4', 'FLOAT', 'BINFLOAT'),
    *('STRING', 'BINSTRING', 'SHORT_BINSTRING', 'UNICODE', 'BINUNICODE', 'SHORT_BINUNICODE'),
    *('BINUNICODE8', 'BINBYTES', 'SHORT_BINBYTES', 'BINBYTES8', 'BYTEARRAY8'),
}
_MAKES = dict(
    NONE=lambda: None, NEWTRUE=lambda: True, NEWFALSE=lambda: False,
    EMPTY_LIST=list, EMPTY_TUPLE=tuple, EMPTY_DICT=dict, EMPTY_SET=set,
)  # fmt: skip
