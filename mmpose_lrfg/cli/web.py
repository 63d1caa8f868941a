"""Serve the page that lrfg export --web wrote: lrfg web DIR

On this machine only; Ctrl-C ends it.
"""

import contextlib

from .arguments import existing_folder, whole


def add_arguments(parser):
    add = parser.add_argument
    add('folder', type=existing_folder, metavar='DIR', help='folder of lrfg export --web')
    text = 'port (default: 8000); 0 takes a free one'
    add('--port', type=whole(0, 65535), default=8000, metavar='N', help=text)


def run(args):
    from mmpose_lrfg.deploy.web_server import open_server

    with open_server(args.folder, args.port) as server, contextlib.suppress(KeyboardInterrupt):
        print(f'http://127.0.0.1:{server.server_port} (Ctrl-C ends it)', flush=True)
        server.serve_forever()
