"""The metafiles and READMEs of the configs agree with the configs, the weights and each other."""

import re
from pathlib import Path

import pytest
import yaml
from test_configs import CONFIGS, WHOLE, count_parameters, load

from mmpose_lrfg.weights import BY_NAME

ROOT = CONFIGS.parent
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())['Import']
METAFILES = {path: yaml.safe_load((ROOT / path).read_text()) for path in INDEX}
MODELS = {model['Name']: model for file in METAFILES.values() for model in file['Models']}
RELEASED = {name: model for name, model in MODELS.items() if 'Weights' in model}

each_model = pytest.mark.parametrize('model', MODELS.values(), ids=MODELS)


def readme_row(model):
    """Return the row of a config in the README of its folder."""
    path = ROOT / model['Config']
    rows = (path.parent / 'README.md').read_text().splitlines()
    (row,) = (row for row in rows if row.startswith(f'| [{path.stem}]({path.name}) |'))
    return row


def test_every_config_for_users_is_listed():
    folders = {(ROOT / path).parent for path in INDEX}
    assert {path.stem for path in WHOLE if path.parent in folders} == set(MODELS)
    for path, file in METAFILES.items():
        (collection,) = file['Collections']
        assert collection['README'] == str(Path(path).parent / 'README.md')
        assert {model['In Collection'] for model in file['Models']} == {collection['Name']}


@each_model
def test_facts_are_those_of_the_config(model):
    path = ROOT / model['Config']
    assert path.stem == model['Name'] and path.is_file()
    row, facts = readme_row(model), model['Metadata']
    parameters = facts['Parameters']
    assert parameters == count_parameters(path)
    shown = (f'{parameters:,}', f'{parameters / 1e6:.2f} M', f'{parameters / 1e6:.1f} M')
    assert any(f'| {text} |' in row for text in shown)
    size = facts['Input Size']
    assert load(path).input_size == (size, size)
    assert f'| {size}x{size} |' in row or path.parent.name == 'ablation'


@pytest.mark.parametrize(
    'model',
    [model for model in MODELS.values() if 'Results' in model and 'Weights' not in model],
    ids=lambda model: model['Name'],
)
def test_values_of_papers_are_marked(model):
    (result,) = model['Results']
    assert 'paper' in result['Dataset']
    text = f'{100 * result["Metrics"]["AP"]:.1f}'
    path = ROOT / model['Config']
    if path.parent.name in ('ablation', 'higherhrnet'):
        assert readme_row(model).endswith(f'| {text} |')
        comment = ' '.join(re.findall(r'^# (.*)', path.read_text(), re.M))
        assert path.stem.endswith('512x512') or f'AP {text}' in comment
    else:
        assert f'AP {text}' in (path.parent / 'README.md').read_text()


@pytest.mark.parametrize('name', BY_NAME)
def test_released_weights_have_the_numbers_of_the_model_card(name):
    weights = BY_NAME[name]
    model = RELEASED[Path(weights.config).stem]
    assert model['Alias'] == f'lrfg-{name}'
    assert ROOT / model['Weights'] == weights.path()
    metrics = model['Results'][0]['Metrics']
    assert f'(AP {metrics["AP"]:.3f})' in weights.about
    ap, ap50, ap75, ar = (f'{metrics[key]:.3f}' for key in ('AP', 'AP@0.5', 'AP@0.75', 'AR'))
    assert f'| {ap} | {ap50} | {ap75} | {ar} |' in readme_row(model)
    card = (ROOT / 'docs' / 'model_card.md').read_text()
    if table := re.search(rf'^\| {model["Metadata"]["Input Size"]} \| no \| {ap} .*$', card, re.M):
        cells = [cell.strip() for cell in table[0].strip('|').split('|')]
        assert cells[2:5] == [ap, ap50, ap75] and cells[7] == ar
    assert f'{ap} at {model["Metadata"]["Input Size"]}' in card


def test_mim_reads_them():
    search = pytest.importorskip('mim.commands.search')
    frame = search.convert2df(search.load(str(ROOT / 'model-index.yml')))
    assert set(frame.index) == set(MODELS)
    for name, model in RELEASED.items():
        assert frame.loc[name]['weight'] == model['Weights']
