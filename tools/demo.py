"""The whole path: poses on photographs; render people, train on the CPU, measure, draw."""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, positive
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(description=__doc__)
    parser.add_argument(
        '--out', type=Path, default=Path('outputs/demo'), help='default %(default)s'
    )
    parser.add_argument('--epochs', type=positive, help="by default the config's")
    parser.add_argument(
        '--from-scratch', action='store_true', help='random weights, not the shipped ones'
    )
    return parser.parse_args()


@command
def main():
    args = parse_args()
    from rich.progress import Progress

    from mmpose_lrfg.cli import demo

    print('1/4 poses on photographs, by the weights that ship')
    pictures = [demo.draw_photographs(args.out)]
    print(f'  {pictures[0]}')
    with Progress() as bar:
        task = bar.add_task('2/4 rendering people', total=None)

        def on_progress(done, total):
            bar.update(task, completed=done, total=total)

        data = demo.make_people(args.out, on_progress)
        bar.update(task, total=1, completed=1)
    print(f'3/4 training {demo.CONFIG} on {data}')
    work_dir = demo.train(args.out, data, args.epochs, args.from_scratch)
    metrics = demo.write_metrics(args.out, work_dir)
    print('4/4 drawing')
    pictures.append(demo.draw_held_out(args.out, work_dir, data))
    print('OKS on the held-out pictures: ' + ', '.join(f'{k} {v:.3f}' for k, v in metrics.items()))
    print('Wrote')
    for path in [*pictures, work_dir / 'curves.png', args.out / 'metrics.json']:
        print(f'  {path}')


if __name__ == '__main__':
    sys.exit(main())
