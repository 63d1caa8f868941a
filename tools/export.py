"""Run ``lrfg export``: python tools/export.py CONFIG CHECKPOINT [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['export', *sys.argv[1:]]))
