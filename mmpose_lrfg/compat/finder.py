"""An import finder that offers stand-ins, and acts when certain modules are imported.

It knows a handful of names and is silent about all others. For a name it knows, it first asks
every other finder, so an installed package always wins over a stand-in.

Every program that imports the package pays for this module, hence plain classes and few imports.
"""

import importlib
import importlib.machinery
import importlib.util
import sys
import warnings


class StandIn:
    """A package folder that answers to another name where nothing else does.

    Args:
        folder (str): the package, with an ``__init__.py``.
        probe (str, optional): a compiled submodule of the real package whose failure to load shows
            that the real package is broken. None: a real package that is found is trusted.
    """

    def __init__(self, folder, probe=None):
        self.folder = folder
        self.probe = probe

    def spec(self, name):
        return importlib.util.spec_from_file_location(
            name, f'{self.folder}/__init__.py', submodule_search_locations=[self.folder]
        )


class CompatFinder:
    """Finder for ``sys.meta_path``.

    Args:
        stand_ins (dict[str, StandIn]): module name -> what answers to it in its absence.
        hooks (dict[str, tuple[str, str]]): module name -> (module, function). The function gets
            ``(execute, module)`` and has to call ``execute(module)``; what it does around that
            call is its business.
    """

    def __init__(self, stand_ins, hooks):
        self.stand_ins = stand_ins
        self.hooks = hooks

    def find_spec(self, fullname, path=None, target=None):
        if fullname in self.stand_ins:
            stand_in = self.stand_ins[fullname]
            real = self._ask_the_others(fullname, path, target)
            if real is not None and _loads(real, stand_in.probe):
                return real
            return stand_in.spec(fullname)
        if fullname in self.hooks:
            real = self._ask_the_others(fullname, path, target)
            if real is not None and real.loader is not None:
                _wrap_execution(real.loader, self._hook(fullname))
            return real
        return None

    def catch_up(self):
        """Run the hooks of modules that were imported before this finder was in place."""
        for name in self.hooks:
            if name in sys.modules:
                self._hook(name)(lambda module: None, sys.modules[name])

    def _ask_the_others(self, fullname, path, target):
        for finder in sys.meta_path:
            find_spec = getattr(finder, 'find_spec', None)
            if finder is self or find_spec is None:
                continue
            spec = find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None

    def _hook(self, name):
        def run(execute, module):
            where, function = self.hooks[name]
            getattr(importlib.import_module(where), function)(execute, module)

        return run


def _wrap_execution(loader, hook):
    """Let ``hook`` run around ``loader.exec_module``, once.

    The loader stays the object it was: inspection and resource readers depend on its type.
    """
    execute = loader.exec_module

    def exec_module(module):
        del loader.exec_module
        hook(execute, module)

    loader.exec_module = exec_module


def _loads(spec, probe):
    """Whether the package of ``spec`` works; warns where it is there but does not.

    A bare folder of that name (a namespace package, say the checkout's parent) is no package.
    """
    if spec.origin is None:
        return False
    if probe is None:
        return True
    name = f'{spec.name}.{probe}'
    try:
        found = importlib.machinery.PathFinder.find_spec(name, spec.submodule_search_locations)
        if found is None:
            raise ImportError(f'{name} is missing')
        found.loader.exec_module(importlib.util.module_from_spec(found))
    except Exception as error:  # a binary mismatch shows as ValueError, ImportError, ...
        warnings.warn(
            f'the installed {spec.name} does not load ({error}); mmpose_lrfg puts its own stand-in '
            'in its place',
            stacklevel=2,
        )
        return False
    return True
