"""Run ``lrfg predict``: python tools/predict.py SOURCE... [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['predict', *sys.argv[1:]]))
