import pytest
import tiny_network
import torch


@pytest.fixture(autouse=True)
def one_core():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope='session')
def tiny(tmp_path_factory):
    """Config and checkpoint of a tiny network with random weights."""
    folder = tmp_path_factory.mktemp('tiny')
    config = tiny_network.write_config(folder / 'tiny.py')
    return config, tiny_network.write_checkpoint(folder / 'tiny.pth', config)
