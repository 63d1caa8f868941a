"""Run ``lrfg publish``: python tools/model_converters/publish_model.py [arguments]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['publish', *sys.argv[1:]]))
