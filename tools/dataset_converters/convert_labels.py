"""Run ``lrfg convert labels``: tools/dataset_converters/convert_labels.py SOURCE DEST --to yolo"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['convert', 'labels', *sys.argv[1:]]))
