"""Run ``lrfg check``: python tools/misc/check_dataset.py DATA [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['check', *sys.argv[1:]]))
