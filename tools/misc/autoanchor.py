"""Run ``lrfg anchors`` as a script, for mim"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['anchors', *sys.argv[1:]]))
