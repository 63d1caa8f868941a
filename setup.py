"""Packaging. What a tool of OpenMMLab looks for, it finds in ``mmpose_lrfg/.mim``.

``mim train mmpose_lrfg CONFIG`` and ``mmpose_lrfg::CONFIG`` both look in ``.mim`` beside the
*installed* package. A wheel carries copies of configs, tools and the model index there. An
editable installation carries one-line files there that lead back to the checkout, because mim
does not follow editable installations by itself.
"""

import contextlib
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

ROOT = Path(__file__).resolve().parent
PACKAGE = 'mmpose_lrfg'
EXTRAS = ('mim', 'test', 'runtime', 'export', 'openvino', 'track', 'ray')
SHIPPED = ('configs', 'tools', 'model-index.yml')


def shipped_files():
    """Paths, relative to the checkout, of everything that goes into ``.mim``."""
    for name in SHIPPED:
        path = ROOT / name
        found = [path] if path.is_file() else sorted(path.rglob('*'))
        for file in found:
            if file.is_file() and '__pycache__' not in file.parts:
                yield file.relative_to(ROOT)


def write_pointer(source, target):
    """Write at ``target`` a file that stands for ``source`` in an editable installation."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == '.py' and source.is_relative_to(ROOT / 'configs'):
        target.write_text(f'_base_ = {str(source)!r}\n')
    elif source.suffix == '.py':
        target.write_text(f"import runpy\n\nrunpy.run_path({str(source)!r}, run_name='__main__')\n")
    elif source.suffix == '.sh':
        target.write_text(f'#!/usr/bin/env bash\nexec bash {str(source)!r} "$@"\n')
    else:
        shutil.copyfile(source, target)


def link_in_checkout():
    """Make ``.mim`` in the checkout, too, as links.

    With the checkout as the working directory, its metadata comes before that of the installed
    package, and mmengine takes ``mmpose_lrfg::`` to mean the package beside it.
    """
    folder = ROOT / PACKAGE / '.mim'
    folder.mkdir(exist_ok=True)
    for name in SHIPPED:
        link = folder / name
        if not link.is_symlink():
            # Not every file system has links; only this shortcut is lost then.
            with contextlib.suppress(OSError):
                link.symlink_to(Path('..', '..', name))


class BuildPyWithMim(build_py):
    """Copies what mim looks for into the package that is being built."""

    def run(self):
        super().run()
        if getattr(self, 'editable_mode', False):
            return
        # A build folder left from before may hold files that are gone.
        shutil.rmtree(Path(self.build_lib, PACKAGE, '.mim'), ignore_errors=True)
        for file in shipped_files():
            target = Path(self.build_lib, PACKAGE, '.mim', file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, target)


class EditableWheelWithMim(editable_wheel):
    """Adds the pointer files to the (otherwise almost empty) editable wheel."""

    def _run_build_commands(self, dist_name, unpacked_wheel, build_lib, tmp_dir):
        for file in shipped_files():
            write_pointer(ROOT / file, Path(unpacked_wheel, PACKAGE, '.mim', file))
        link_in_checkout()
        return super()._run_build_commands(dist_name, unpacked_wheel, build_lib, tmp_dir)


def requirements(name):
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def version():
    text = (ROOT / PACKAGE / '__init__.py').read_text()
    return re.search(r"^__version__ = '(.+)'$", text, re.MULTILINE).group(1)


setup(
    name=PACKAGE,
    version=version(),
    description='LRFG-YoloPose, a one-stage multi-person pose estimator, for MMPose',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    # Named although it is the default: it makes setuptools write a plain path file for editable
    # installations, beside which the pointer files of .mim can stand.
    package_dir={'': '.'},
    package_data={f'{PACKAGE}.weights': ['*.pth'], PACKAGE: ['web/*']},
    install_requires=[],
    entry_points={'console_scripts': ['lrfg = mmpose_lrfg.cli.main:main']},
    extras_require={name: requirements(name) for name in EXTRAS},
    cmdclass={'build_py': BuildPyWithMim, 'editable_wheel': EditableWheelWithMim},
    zip_safe=False,
)
