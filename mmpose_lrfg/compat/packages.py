"""Repairs for the versions of other packages.

mmengine asks ``pkg_resources`` about installed packages, which is deprecated with a warning and no
longer part of setuptools >= 82.
MMDetection 3.3 refuses mmcv 2.2, with which it works.
"""

import importlib.util
import warnings
from importlib import metadata
from pathlib import Path


def warn_instead_of_assert(execute, module) -> None:
    """Turn a failed version assertion of a package into a warning (an import hook).

    The assertions are the last statements of the package's ``__init__``.

    Raises:
        AssertionError: Any other failed assertion.
    """
    try:
        execute(module)
    except AssertionError as error:
        if 'is used but incompatible' not in str(error):
            raise
        warnings.warn(f'{module.__name__} expects other versions: {error}', stacklevel=2)


def use_metadata(execute, module) -> None:
    """Replace what ``mmengine.utils.package_utils`` asks ``pkg_resources`` (an import hook)."""
    execute(module)
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
        PackageNotFoundError: If there is neither.
    """
    try:
        root = Path(metadata.distribution(package).locate_file(''))
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise
        return str(Path(spec.origin).parent)
    found = root / package
    return str(found if found.exists() else root / package2module(package))


def package2module(package: str) -> str:
    """Return the name of the module that the distribution ``package`` installs.

    Raises:
        ValueError: If its metadata do not name one.
    """
    names = (metadata.distribution(package).read_text('top_level.txt') or '').split()
    if not names:
        raise ValueError(f'can not infer the module name of {package}')
    return names[0]
