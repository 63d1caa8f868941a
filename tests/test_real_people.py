"""Overfitting eight photographs of real people, as a test of the whole training.

Needs LRFG_DATA_DIR, a folder with coco/train/ and coco/annotations/train.json.
"""

import os
from pathlib import Path

import pytest

DATA = os.environ.get('LRFG_DATA_DIR')


@pytest.mark.real
@pytest.mark.skipif(not DATA, reason='LRFG_DATA_DIR is not set')
def test_eight_photographs_are_learnt_to_ap_90(run_tool, capsys):
    assert run_tool('overfit', Path(DATA, 'coco'), '--images', 8, '--ap', 0.9) == 0
    assert '8 images' in capsys.readouterr().out
