"""Run ``lrfg convert labels`` as a script, for mim"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['convert', 'labels', *sys.argv[1:]]))
