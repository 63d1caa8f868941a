"""A web server on 127.0.0.1 for tests of addresses."""

import functools
import http.server
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and notes the codes of its answers."""

    def log_request(self, code='-', size='-'):
        self.server.codes.append(int(code))

    def log_message(self, *args):
        pass


def start(folder, handler):
    """Start a server of ``folder``; returns it with ``address`` and ``codes``."""
    handler = functools.partial(handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    server.codes = []
    server.address = f'http://127.0.0.1:{server.server_port}'
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
