"""Merge the results of all jobs of lrfg predict --shard: lrfg merge outputs/poses

Writes what one job without --shard writes.
"""

import sys
from pathlib import Path

from mmpose_lrfg.utils.errors import check_not_input

from .arguments import add_options


def add_arguments(parser):
    text = '--out of the jobs, in which predictions.json is written; or their --json FILE'
    parser.add_argument('results', metavar='DIR|FILE', help=text)
    add_options(parser, '--csv', help='--csv FILE of the jobs, to merge the tables, too')


def run(args):
    from mmpose_lrfg.apis.shards import merge

    path = Path(args.results)
    path = path / 'predictions.json' if path.is_dir() or not path.suffix else path
    check_not_input([args.csv], [path])
    summary = merge(path, args.csv and Path(args.csv))
    files = ', '.join(str(each) for each in (path, args.csv) if each)
    print(f'{summary}; results in {files}', file=sys.stderr)
