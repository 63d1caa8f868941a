"""What a training shows on the console."""

import logging
import sys

import pytest

from mmpose_lrfg.engine.console import SHOWN, ConsoleFormatter, is_shown, prints_logged


def new_logger():
    """A logger whose console is restricted."""
    logger, handler = logging.Logger('console'), logging.StreamHandler(sys.stdout)
    handler.addFilter(is_shown)
    handler.setFormatter(ConsoleFormatter())
    logger.addHandler(handler)
    return logger


def test_marked_records_and_warnings_are_shown(capsys):
    logger = new_logger()
    logger.info('the whole config')
    logger.info('AP 0.5', extra=SHOWN)
    logger.warning('3 images could not be read')
    logger.warning('FileClient will be deprecated in future')
    assert capsys.readouterr().out == 'AP 0.5\nwarning: 3 images could not be read\n'


def test_prints_go_to_the_log(capsys):
    logger, records = new_logger(), []
    logger.addFilter(records.append)
    with pytest.raises(ValueError), prints_logged(logger):
        print('creating index...')
        raise ValueError
    assert not capsys.readouterr().out and records[0].getMessage() == 'creating index...'


def test_a_training_is_a_line_for_each_evaluation(toy, run_job, tmp_path, capfd):
    work = tmp_path / 'work'
    assert run_job('train', toy, '--work-dir', work) == 0
    first, *evaluations = capfd.readouterr().out.splitlines()
    log = first.removeprefix('log: ')
    assert [line.split()[:2] for line in evaluations] == [['epoch', '1/2'], ['epoch', '2/2']]
    text = next(work.glob('*/*.log')).read_text()
    assert log.endswith('.log') and 'Hooks will be executed' in text and evaluations[1] in text
    assert run_job('train', toy, '--work-dir', work, options=['runner_type=Runner']) == 0
    assert 'Hooks will be executed' in capfd.readouterr().out
