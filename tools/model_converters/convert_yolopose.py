"""Run ``lrfg convert yolopose``: python tools/model_converters/convert_yolopose.py [arguments]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['convert', 'yolopose', *sys.argv[1:]]))
