"""Run ``lrfg convert higherhrnet`` as a script, for mim"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['convert', 'higherhrnet', *sys.argv[1:]]))
