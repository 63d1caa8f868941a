"""Run ``lrfg anchors``: python tools/misc/autoanchor.py DATA [options]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['anchors', *sys.argv[1:]]))
