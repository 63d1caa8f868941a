"""Run ``lrfg val``: python tools/test.py CONFIG CHECKPOINT [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['val', *sys.argv[1:]]))
