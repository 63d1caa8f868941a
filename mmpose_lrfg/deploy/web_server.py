"""A web server for the page of :mod:`.web` on this machine."""

import functools
import socketserver
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError

HEADERS = {
    # Browsers give threads only to pages that are isolated from other origins.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    # A page that was exported again is loaded again.
    'Cache-Control': 'no-cache',
}


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder with the headers and types that the page needs, without a log."""

    # Python takes others from the system, where .js may be text/plain.
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        '.js': 'text/javascript',
        '.mjs': 'text/javascript',
        '.wasm': 'application/wasm',
        '.json': 'application/json',
        '.onnx': 'application/octet-stream',
    }

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    """A server whose clients may leave in the middle of a file."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def open_server(folder: str | Path, port: int) -> socketserver.TCPServer:
    """Return a server of ``folder`` on 127.0.0.1; ``serve_forever`` runs it.

    Args:
        folder (str | Path): Folder of :func:`.web.export_page`.
        port (int): Its port; 0 chooses a free one, ``server_port``.

    Raises:
        UserError: If the folder has no index.html, or the port cannot be used.
    """
    if not Path(folder, 'index.html').is_file():
        raise UserError(f'{folder} has no index.html; lrfg export --web {folder} writes the page')
    try:
        return Server(('127.0.0.1', port), functools.partial(Handler, directory=str(folder)))
    except OSError as error:
        raise UserError(
            f'port {port} cannot be used ({error.strerror}); choose another with --port'
        ) from error
