"""An import finder that replaces missing packages, and changes modules when they are imported.

Every program that imports ``mmpose_lrfg`` imports this module, so it has few imports of its own.
"""

import importlib
import importlib.machinery
import importlib.util
import sys
import warnings


class CompatFinder:
    """Finder for ``sys.meta_path``. An installed package precedes its stand-in.

    Args:
        stand_ins (dict[str, tuple]): Module name -> (folder, probe): a package that is imported
            under that name, and a compiled submodule of the real package, which is replaced if
            that does not load. None: a real package that is found is used.
        hooks (dict[str, tuple[str, str]]): Module name -> (module, function). The function gets
            ``(execute, module)`` when the module is imported, and has to call ``execute(module)``.
    """

    def __init__(self, stand_ins, hooks):
        self.stand_ins = stand_ins
        self.hooks = hooks

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self.stand_ins and fullname not in self.hooks:
            return None
        real = self._find_installed(fullname, path, target)
        if fullname in self.stand_ins:
            folder, probe = self.stand_ins[fullname]
            if real is not None and _loads(real, probe):
                return real
            return importlib.util.spec_from_file_location(
                fullname, f'{folder}/__init__.py', submodule_search_locations=[folder]
            )
        if real is not None and real.loader is not None:
            _wrap_execution(real.loader, self._hook(fullname))
        return real

    def catch_up(self):
        """Run the hooks of modules that were imported before the finder was installed."""
        for name in self.hooks:
            if name in sys.modules:
                self._hook(name)(lambda module: None, sys.modules[name])

    def _find_installed(self, fullname, path, target):
        for finder in sys.meta_path:
            find_spec = getattr(finder, 'find_spec', None)
            if finder is not self and find_spec and (spec := find_spec(fullname, path, target)):
                return spec
        return None

    def _hook(self, name):
        def run(execute, module):
            where, function = self.hooks[name]
            getattr(importlib.import_module(where), function)(execute, module)

        return run


def _wrap_execution(loader, hook):
    """Run ``hook`` around ``loader.exec_module``, once.

    The loader stays the same object: inspection and resource readers depend on its type.
    """
    execute = loader.exec_module

    def exec_module(module):
        del loader.exec_module
        hook(execute, module)

    loader.exec_module = exec_module


def _loads(spec, probe):
    """Whether the package of ``spec`` loads; warn if it is installed but does not.

    A bare folder of that name is a namespace package, not an installed package.
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
    except Exception as error:  # a binary mismatch raises ValueError, ImportError, ...
        warnings.warn(
            f'the installed {spec.name} does not load ({error}); mmpose_lrfg replaces it',
            stacklevel=2,
        )
        return False
    return True
