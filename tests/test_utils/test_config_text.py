"""Configs that hold only what differs from their base."""

import pytest
from mmengine.config import Config

from mmpose_lrfg.utils.config_text import difference, inherit

BASE = """
model = dict(type='A', head=dict(sizes=[(1, 2), (3, 4)], loss=dict(weight=1.0)))
val_dataloader = dict(batch_size=2)
test_dataloader = val_dataloader
custom_hooks = [dict(type='H', keys={'.vector': 0})]
"""


def test_inherited_config_is_equal_and_short(tmp_path):
    (tmp_path / 'base.py').write_text(BASE)
    base = str(tmp_path / 'base.py')
    cfg = Config.fromfile(base)
    cfg.model.head.sizes = [(5, 6), (7, 8)] * 12
    cfg.model.head.loss = dict(type='B')
    cfg.val_dataloader.batch_size = cfg.test_dataloader.batch_size = 3
    cfg.custom_hooks[0]['keys']['.vector'] = 1
    cfg.load_from = "a'b.pth"
    (tmp_path / 'new.py').write_text(inherit(base, cfg))
    text = (tmp_path / 'new.py').read_text()
    assert "type='A'" not in text
    assert 'test_dataloader = val_dataloader' in text
    read = Config.fromfile(tmp_path / 'new.py')
    assert read._cfg_dict.to_dict() == cfg._cfg_dict.to_dict()


@pytest.mark.parametrize(
    'before, after, expected',
    [
        ({'a': 1, 'b': {'c': 2, 'd': 3}}, {'a': 1, 'b': {'c': 2, 'd': 4}}, {'b': {'d': 4}}),
        ({'b': {'c': 2}}, {'b': {'d': 4}}, {'b': {'_delete_': True, 'd': 4}}),
        ({'b': {'c': 2}}, {'b': None}, {'b': None}),
        ({'b': {'c': 2}}, {'b': {'c': 2}}, {}),
    ],
)
def test_difference(before, after, expected):
    assert difference(before, after) == expected
