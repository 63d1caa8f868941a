"""Run ``lrfg compare``: python tools/analysis_tools/compare.py IMAGES [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['compare', *sys.argv[1:]]))
