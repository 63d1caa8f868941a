"""--cfg-options: unknown keys are errors, + adds."""

import pytest
from mmengine.config import Config

from mmpose_lrfg.utils.config_options import merge_options
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def cfg():
    return Config(
        dict(
            data_root='data/coco/',
            base_lr=0.01,
            input_size=(32, 32),
            codec=dict(input_size=(32, 32)),
            model=dict(type='Net', neck=dict(channels=8)),
            pipeline=[dict(type='Load'), dict(type='Pack')],
            dataset=dict(data_root='data/coco/', ann_file='data/coco/people.json'),
            optimizer=dict(lr=0.01, eps=0.01),
        )
    )


def test_known_keys_and_added_ones(cfg):
    options = {'model.neck.channels': 16, 'pipeline.1.type': 'Other', '+model.neck.depth': 2}
    merge_options(cfg, options)
    assert cfg.model.neck == {'channels': 16, 'depth': 2}
    assert cfg.pipeline == [{'type': 'Load'}, {'type': 'Other'}]


@pytest.mark.parametrize(
    ('key', 'reason'),
    [
        ('modell.neck', "the config has no key 'modell'. Did you mean model?"),
        ('model.neck.chanels', "model.neck has no key 'chanels'. Did you mean channels?"),
        ('pipeline.2.type', "pipeline has no key '2'"),
        ('base_lr.x', 'base_lr is 0.01, it has no keys'),
    ],
)
def test_unknown_keys(cfg, key, reason):
    before = cfg.to_dict()
    with pytest.raises(UserError) as raised:
        merge_options(cfg, {key: 1})
    assert reason in str(raised.value)
    assert cfg.to_dict() == before


@pytest.mark.parametrize(
    ('name', 'value', 'places'),
    [
        ('data_root', 'elsewhere/', 'stays in dataset.data_root, dataset.ann_file:'),
        ('base_lr', 0.1, 'stays in optimizer.lr:'),  # not eps, an equal number of another name
        ('input_size', (64, 64), 'stays in codec.input_size:'),
        ('model.neck.channels', 4, ''),
    ],
)
def test_a_variable_that_was_used_already(cfg, capsys, name, value, places):
    merge_options(cfg, {name: value})
    warning = capsys.readouterr().err
    assert places in warning and bool(warning) == bool(places)
