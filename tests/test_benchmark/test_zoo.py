"""The models of the comparison."""

from pathlib import Path

import mmpose
import pytest

from mmpose_lrfg.benchmark.zoo import GROUPS, MODELS, select
from mmpose_lrfg.utils.config_files import find_config
from mmpose_lrfg.utils.errors import UserError


@pytest.mark.parametrize('name', MODELS)
def test_every_model_is_complete(name):
    entry = MODELS[name]
    assert entry.name == name and entry.kind in ('one-stage', 'bottom-up', 'top-down')
    assert bool(entry.detector) == (entry.kind == 'top-down')
    if entry.published:
        assert 40 < entry.published.ap < 80 and entry.published.source
    stock = Path(mmpose.__file__).parent / '.mim' / 'configs'
    for config in filter(None, (entry.config, entry.detector)):
        package, mark, path = config.partition('::')
        assert (stock / path).is_file() if mark else find_config(config).is_file()
        assert package == 'mmpose' or not mark


def test_names_and_groups():
    assert next(e.name for e in select(['rtmo-s', 'small', 'rtmo-s'])) == 'rtmo-s'
    assert len(select(['rtmo-s', 'small'])) == len(select(['small'])) == 4
    assert len(select(['all'])) == len(MODELS) and all(select([group]) for group in GROUPS)


def test_a_model_next_to_its_exported_files():
    plain, integers = select(['net8_lrfg', 'net8_lrfg@onnx-int8'])
    assert (integers.name, integers.format) == ('net8_lrfg@onnx-int8', 'onnx-int8')
    assert 'onnx-int8' in integers.title and plain.format == ''
    assert integers.config == plain.config
    assert len(select(['sizes@openvino'])) == 4


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('rtmo_s', r'unknown model or group rtmo_s.*Did you mean rtmo-s\?'),
        ('net8_lrfg@onxx', r'unknown format onxx.*Did you mean onnx\?'),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(UserError, match=message):
        select([name])


def test_a_top_down_model_has_a_detector_and_its_own_crops():
    found = MODELS['rtmpose-s'].measure((320, 320))
    assert found == MODELS['rtmpose-s'].measure()
    assert round(found.parts['detector'].params / 1e6, 1) == 24.7


def test_the_input_is_resized_everywhere_in_a_config():
    entry = MODELS['ae-hrnet-w32']
    cfg = entry.read_config((256, 384))
    assert cfg.codec.input_size == (384, 256)
    assert cfg.codec.heatmap_size == (96, 64)
    # Decoded at the size of the input.
    assert cfg.model.head.decoder.heatmap_size == (384, 256)
    steps = cfg.test_dataloader.dataset.pipeline
    assert [s.input_size for s in steps if 'input_size' in s] == [(384, 256)]
    with pytest.raises(UserError, match='multiples of 64'):
        entry.read_config((250, 384))
