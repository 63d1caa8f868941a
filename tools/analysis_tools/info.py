"""Run ``lrfg info``: python tools/analysis_tools/info.py CONFIG... [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['info', *sys.argv[1:]]))
