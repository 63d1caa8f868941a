"""mmengine's questions about installed packages, without ``pkg_resources``.

setuptools >= 82 no longer contains that module. Its place is not taken under its own name: other
libraries find out by importing it whether they may use the rest of it.
"""

import importlib.util
from importlib import metadata
from pathlib import Path


def ask_metadata_after_import(execute, module) -> None:
    """Import hook for ``mmengine.utils.package_utils``; inactive where ``pkg_resources`` exists."""
    execute(module)
    if importlib.util.find_spec('pkg_resources') is None:
        for function in (is_installed, get_installed_path, package2module):
            setattr(module, function.__name__, function)


def is_installed(package: str) -> bool:
    """Whether a distribution or a module of this name is installed."""
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None
    return True


def get_installed_path(package: str) -> str:
    """Return the folder of an installed package.

    Args:
        package (str): Name of a distribution or of a module.

    Raises:
        PackageNotFoundError: There is neither.
        RuntimeError: It is a namespace package, which has no folder of its own.
    """
    try:
        root = Path(metadata.distribution(package).locate_file(''))
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise
        if spec.origin is None:
            raise RuntimeError(f'{package} is a namespace package') from None
        return str(Path(spec.origin).parent)
    found = root / package
    return str(found if found.exists() else root / package2module(package))


def package2module(package: str) -> str:
    """Return the name of the module that the distribution ``package`` installs.

    Raises:
        ValueError: Its metadata do not name one.
    """
    names = (metadata.distribution(package).read_text('top_level.txt') or '').split()
    if not names:
        raise ValueError(f'can not infer the module name of {package}')
    return names[0]
