"""Run ``lrfg convert higherhrnet``: python tools/model_converters/convert_higherhrnet.py [arguments]"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['convert', 'higherhrnet', *sys.argv[1:]]))
