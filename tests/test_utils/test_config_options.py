"""--cfg-options: unknown keys are errors, + adds."""

import pytest
from mmengine.config import Config

from mmpose_lrfg.utils.config_options import merge_options
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def cfg():
    return Config(
        {
            'data_root': 'data/coco/',
            'base_lr': 0.01,
            'input_size': (32, 32),
            'codec': {'input_size': (32, 32)},
            'model': {'type': 'Net', 'neck': {'channels': 8}},
            'pipeline': [{'type': 'Load'}, {'type': 'Pack'}],
            'dataset': {'data_root': 'data/coco/', 'ann_file': 'data/coco/people.json'},
            'optimizer': {'lr': 0.01, 'eps': 0.01},
        }
    )


def test_known_keys_and_added_ones(cfg):
    options = {'model.neck.channels': 16, 'pipeline.1.type': 'Other', '+model.neck.depth': 2}
    merge_options(cfg, options)
    assert cfg.model.neck == {'channels': 16, 'depth': 2}
    assert cfg.pipeline == [{'type': 'Load'}, {'type': 'Other'}]


@pytest.mark.parametrize(
    ('key', 'said'),
    [
        ('modell.neck', "the config has no key 'modell'. Did you mean model?"),
        ('model.neck.chanels', "model.neck has no key 'chanels'. Did you mean channels?"),
        ('pipeline.2.type', "pipeline has no key '2'"),
        ('base_lr.x', 'base_lr is 0.01, it has no keys'),
    ],
)
def test_unknown_keys(cfg, key, said):
    before = cfg.to_dict()
    with pytest.raises(UserError) as raised:
        merge_options(cfg, {key: 1})
    assert said in str(raised.value)
    assert cfg.to_dict() == before


def test_a_variable_that_was_used_already(cfg, capsys):
    merge_options(cfg, {'data_root': 'elsewhere/'})
    said = capsys.readouterr().err
    assert 'dataset.data_root, dataset.ann_file' in said
    merge_options(cfg, {'base_lr': 0.1})
    said = capsys.readouterr().err
    assert 'optimizer.lr' in said and 'eps' not in said, 'an equal number of another name'
    merge_options(cfg, {'input_size': (64, 64)})
    assert 'codec.input_size' in capsys.readouterr().err
    merge_options(cfg, {'model.neck.channels': 4})
    assert not capsys.readouterr().err
