"""Run ``lrfg train``: python tools/train.py CONFIG [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['train', *sys.argv[1:]]))
