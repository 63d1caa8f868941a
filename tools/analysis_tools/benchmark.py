"""Run ``lrfg benchmark``: python tools/analysis_tools/benchmark.py KIND [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['benchmark', *sys.argv[1:]]))
