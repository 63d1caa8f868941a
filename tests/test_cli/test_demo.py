import json
from pathlib import Path

import cv2
import pytest

from mmpose_lrfg import demo
from mmpose_lrfg.utils.errors import UserError


def test_the_whole_demo_on_a_few_images(run_tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, 'SHORT', demo.Size(8, 8, 192))
    assert run_tool('demo', '--out', tmp_path / 'demo', '--epochs', 1) == 0
    output = capsys.readouterr().out
    for name in ('contact_sheet.jpg', 'photographs.jpg', 'curves.png', 'metrics.json'):
        assert name in output
    assert cv2.imread(str(tmp_path / 'demo' / 'contact_sheet.jpg')).shape[:2] > (700, 768)
    metrics = json.loads((tmp_path / 'demo' / 'metrics.json').read_text())
    assert 0 <= metrics['AP'] <= metrics['AP .5'] <= 1

    # Again: nothing is rendered or trained a second time.
    checkpoint = Path((tmp_path / 'demo' / 'train' / 'last_checkpoint').read_text())
    before = checkpoint.stat().st_mtime_ns
    assert run_tool('demo', '--out', tmp_path / 'demo', '--epochs', 1) == 0
    assert checkpoint.stat().st_mtime_ns == before


def test_a_training_without_evaluation(tmp_path):
    log = tmp_path / '1' / 'vis_data' / 'scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text('{"loss": 3.5, "iter": 1}')
    with pytest.raises(UserError, match='no evaluation'):
        demo.write_metrics(tmp_path / 'metrics.json', tmp_path)
