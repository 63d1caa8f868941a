"""Train a model: lrfg train CONFIG, or lrfg train --data DATA --weights n6 --epochs 50"""

import os
import sys

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, add_run_options, config, number

#: Options that are written into a config.
WRITTEN = ('data', 'weights', 'img_size', 'epochs', 'batch_size', 'workers', 'seed', 'lr')


def add_arguments(parser):
    add = parser.add_argument
    text = 'config: a path, or its base name (default: fine-tuning of --weights on --data)'
    add('config', type=config, nargs='?', metavar='CONFIG', help=text)
    add_options(parser, '--data')
    text = 'released weights to start from (default without CONFIG: s6 with a GPU, else n6)'
    add_options(parser, '--weights', help=text)
    add_options(parser, '--img-size', '--epochs')
    add_options(parser, '--batch-size', default=None, help="images per batch (default: config's)")
    add_options(parser, '--workers', '--seed', default=None)
    add('--lr', type=number(1e-12, 1e3), help="learning rate (default: the config's)")
    text = 'folder of logs and checkpoints (default: work_dirs/CONFIG)'
    add('--out', '--work-dir', dest='work_dir', metavar='DIR', help=text)
    add(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='continue from this checkpoint, by default from the newest one in the folder',
    )
    add('--amp', action='store_true', help='mixed precision')
    add('--no-validate', action='store_true', help='no evaluation while training')
    add(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by batch size x GPUs x optim_wrapper.accumulative_counts / '
        'auto_scale_lr.base_batch_size',
    )
    add_run_options(parser)


def run(args):
    if not (args.config or args.data):
        raise UserError('give CONFIG, or your data set with --data')
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    import mmpose_lrfg.register  # noqa: F401  for MMPose's own configs too
    from mmpose_lrfg.engine import recipe, runner

    if any(getattr(args, name) is not None for name in WRITTEN):
        changes = {name: getattr(args, name) for name in WRITTEN}
        written = recipe.prepare(args.config, args.work_dir, **changes)
        print(f'config: {written}', file=sys.stderr)
        args.config, args.work_dir, args.img_size = str(written), str(written.parent), None
    return runner.train(args)
