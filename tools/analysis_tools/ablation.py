"""Run ``lrfg ablation``: python tools/analysis_tools/ablation.py CONFIG... [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['ablation', *sys.argv[1:]]))
