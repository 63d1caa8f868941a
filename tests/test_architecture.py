"""Imports run downwards: the order of docs/architecture.md, without a circle."""

import ast
import re
from pathlib import Path

import pytest

import mmpose_lrfg

PACKAGE = Path(mmpose_lrfg.__file__).parent
ROOT = PACKAGE.parent
# A package imports only those right of it.
ORDER = [
    *('cli', 'demo', 'model', 'benchmark', 'deploy', 'apis', 'register', 'engine', 'synthetic'),
    *('visualization', 'evaluation', 'datasets', 'checkpoints', 'weights', 'models', 'utils'),
    *('runtime', 'compat'),
]
ON_THE_GROUND = {'runtime', 'compat'}


def module_files():
    files = {}
    for path in PACKAGE.rglob('*.py'):
        parts = path.relative_to(ROOT).with_suffix('').parts
        files['.'.join(parts[:-1] if parts[-1] == '__init__' else parts)] = path
    return files


FILES = module_files()


def imports_of(module):
    """Yield the modules of this package that a module imports, at the top or in a function."""
    path = FILES[module]
    package = module if path.name == '__init__.py' else module.rpartition('.')[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split('.')[: len(package.split('.')) - node.level + 1]
            source = '.'.join((base if node.level else []) + ([node.module] if node.module else []))
            names = [f'{source}.{alias.name}' for alias in node.names]
        else:
            continue
        for name in names:
            while name and name not in FILES:
                name = name.rpartition('.')[0]
            if name.startswith(f'{PACKAGE.name}'):
                yield name


def folder(module):
    parts = module.split('.')
    return parts[1] if len(parts) > 1 else ''


def test_every_folder_has_its_place():
    found = {folder(module) for module in FILES} - {'', '__main__'}
    assert found == set(ORDER)


@pytest.mark.parametrize('name', ORDER)
def test_imports_run_downwards(name):
    allowed = set() if name in ON_THE_GROUND else set(ORDER[ORDER.index(name) + 1 :])
    wrong = [
        f'{module} imports {target}'
        for module in FILES
        if folder(module) == name
        for target in imports_of(module)
        # The package itself only holds its version and switches compat on.
        if folder(target) not in allowed | {name, ''}
    ]
    assert not wrong


def test_no_circle_between_modules():
    graph = {module: set(imports_of(module)) - {module} for module in FILES}
    # A package's __init__ may collect its own modules, which may name the package's siblings.
    done, path = set(), []

    def visit(module):
        if module in path:
            raise AssertionError(' -> '.join([*path[path.index(module) :], module]))
        if module not in done:
            path.append(module)
            for target in sorted(graph[module]):
                visit(target)
            done.add(path.pop())

    for module in sorted(graph):
        visit(module)


def test_the_page_names_every_folder_and_file_that_exist():
    text = (ROOT / 'docs' / 'architecture.md').read_text()
    for name in ORDER:
        assert re.search(rf'\b{name}(/|\.py)', text), name
    named = re.findall(r'`((?:\w+/)+\w+\.py)`', text)
    assert named
    missing = [name for name in named if not ((PACKAGE / name).exists() or (ROOT / name).exists())]
    assert not missing
