"""Trackers on rendered videos of people who walk and cross, with known identities

lrfg benchmark tracking --weights s6, or lrfg benchmark tracking --simulate
The smoothing of keypoints: lrfg benchmark tracking --smooth
"""

import sys

from mmpose_lrfg.utils.errors import UserError, check_not_input

from .arguments import add_options, positive, require
from .predict import TRACKERS


def add_arguments(parser):
    add = parser.add_argument
    add_options(parser, '--weights', '--model')
    text = 'take the true people with noise, misses and duplicates, instead of a network'
    add('--simulate', action='store_true', help=text)
    text = f'trackers (default: {" ".join(TRACKERS)})'
    add('--track', nargs='+', choices=TRACKERS, default=list(TRACKERS), metavar='T', help=text)
    text = 'compare the smoothing of keypoints with the first of these trackers'
    add('--smooth', action='store_true', help=text)
    add('--videos', type=positive, default=8, metavar='N', help='default: 8')
    text = 'frames of each video, 25 per second (default: 150)'
    add('--frames', type=positive, default=150, metavar='N', help=text)
    add('--stride', type=positive, default=1, metavar='N', help='take every Nth frame (default: 1)')
    add_options(parser, '--seed', '--score-thr', '--json', '--markdown')


def run(args):
    if sum(map(bool, (args.weights, args.model, args.simulate))) > 1:
        raise UserError('give one of --weights, --model and --simulate')
    for package in ('trackers', 'supervision'):
        require(package, 'lrfg benchmark tracking')
    check_not_input([args.json, args.markdown], [args.model])
    from mmpose_lrfg.benchmark.smoothing import compare_smoothing
    from mmpose_lrfg.benchmark.tracking import compare_trackers, make_videos
    from mmpose_lrfg.model import LRFG
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.runtime.tracking import LOW_SCORE
    from mmpose_lrfg.utils.tables import write_text
    from mmpose_lrfg.weights import BY_NAME, DEFAULT

    score_thr, predict = args.score_thr, None
    if args.simulate:
        score_thr = 0.3 if score_thr is None else score_thr
    else:
        if not args.model:
            print(BY_NAME[args.weights or DEFAULT].about, file=sys.stderr)
        network = LRFG(args.model or args.weights or DEFAULT).open(batch_size=1)
        score_thr = network.recommended_score_thr if score_thr is None else score_thr
        predict = network.at_score_thr(min(LOW_SCORE, score_thr))
    videos = make_videos(args.videos, args.frames, args.stride, args.seed, predict)
    if args.smooth:
        table = compare_smoothing(videos, args.track[0], score_thr)
    else:
        table = compare_trackers(videos, args.track, score_thr)
    table.print()
    if args.json:
        rows = [{column.title: column.of(row) for column in table.columns} for row in table.rows]
        write_json(args.json, rows)
    if args.markdown:
        write_text(args.markdown, table.to_markdown())
