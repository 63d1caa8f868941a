"""The console command as a module: python -m mmpose_lrfg COMMAND ARGUMENTS"""

import sys

from mmpose_lrfg.cli.main import main

if __name__ == '__main__':
    sys.exit(main())
