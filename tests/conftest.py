"""Fixtures of several folders."""

import itertools
import os
import runpy
import sys
from pathlib import Path

import pytest

# Tiny networks on shared machines: threads would wait for each other more than they compute.
os.environ.setdefault('OMP_NUM_THREADS', '1')

from mmpose_lrfg.cli.main import main  # before any OpenMMLab package

TOOLS = Path(__file__).parents[1] / 'tools'
numbers = itertools.count()


@pytest.fixture(scope='session', autouse=True)
def _cache(tmp_path_factory):
    """Keep exported copies of networks out of the user's cache."""
    os.environ['XDG_CACHE_HOME'] = str(tmp_path_factory.mktemp('cache'))


@pytest.fixture(scope='session')
def run_tool():
    """Run a command in this process: ``run_tool('convert labels', source, ...)``.

    Returns its exit code, also where argparse ends it.
    """

    def run(name, *argv):
        script = TOOLS / f'{name}.py'
        if script.is_file() and 'def main' in script.read_text():  # not moved to the cli yet
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sys, 'argv', [name, *map(str, argv)])
                try:
                    return runpy.run_path(str(script))['main']()
                except SystemExit as end:
                    return end.code
        try:
            return main([*name.split(), *map(str, argv)])
        except SystemExit as end:
            return end.code

    return run


@pytest.fixture(scope='session')
def run_job(run_tool):
    """Like ``run_tool``, under an experiment name of its own.

    mmengine shares loggers and message hubs between runs of the same name and second.
    """

    def run(name, *argv, options=()):
        named = f'+experiment_name=toy{next(numbers)}'
        return run_tool(name, *argv, '--cfg-options', named, *options)

    return run


@pytest.fixture(scope='session')
def tiny(tmp_path_factory):
    """Config and checkpoint of a tiny network with random weights."""
    import tiny_network

    folder = tmp_path_factory.mktemp('tiny')
    config = tiny_network.write_config(folder / 'tiny.py')
    return config, tiny_network.write_checkpoint(folder / 'tiny.pth', config)


@pytest.fixture
def toy(tmp_path):
    """A config of a two-epoch toy training with its data, in ``tmp_path``."""
    import toy_job

    return toy_job.write_config(tmp_path / 'toy.py', toy_job.write_data(tmp_path / 'data'))


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Serve a folder on 127.0.0.1: ``serve(folder)`` returns a server with ``address``, ``codes``.

    Another ``handler`` may answer instead. Downloads go to a cache in ``tmp_path``.
    """
    import local_server

    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch_home'))
    servers = []

    def start(folder, handler=local_server.Handler):
        servers.append(local_server.start(folder, handler))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
