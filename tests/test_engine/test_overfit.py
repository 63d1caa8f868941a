import json

import pytest

from mmpose_lrfg.engine.overfit import choose_images, overfit
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture(scope='module')
def people(tmp_path_factory):
    root = tmp_path_factory.mktemp('people')
    make_dataset(root, 6, 0, size=128, scene=SceneConfig(people=(1, 1), scale=(0.8, 0.9)))
    return root


def test_the_loss_of_chosen_images_falls(people, tmp_path, monkeypatch):
    monkeypatch.setattr('mmpose_lrfg.engine.overfit.FIRST_MEASURED', 20)
    source = people / 'annotations' / 'train.json'
    chosen = choose_images(source, 2)
    assert {p['image_id'] for p in chosen['annotations']} == {i['id'] for i in chosen['images']}
    assert all(p['num_keypoints'] >= 8 for p in chosen['annotations'])
    with pytest.raises(UserError, match='not 99'):
        choose_images(source, 99)
    (tmp_path / 'two.json').write_text(json.dumps(chosen))
    seen = list(overfit(tmp_path / 'two.json', people / 'train', steps=24))
    assert seen[-1].loss < 0.8 * seen[0].loss
    assert [step.number for step in seen if step.ap is not None] == [20]


def test_exit_codes(run_tool, tmp_path, people, capsys):
    assert run_tool('overfit', tmp_path) == 2
    assert 'annotations/train.json' in capsys.readouterr().err
    assert run_tool('overfit', people, '--images', 2, '--steps', 2) == 1
    assert 'was not reached in 2 steps' in capsys.readouterr().out
