"""Run ``lrfg plot``: python tools/analysis_tools/plot.py WORK_DIR... [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['plot', *sys.argv[1:]]))
