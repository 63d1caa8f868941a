"""Stands for a model in a process of its own; imports nothing that takes time."""

import os
import time


def serve(connection, entry, settings):
    """Send requests back."""
    while True:
        method, arguments = connection.recv()
        if method == 'die':
            os._exit(3)
        if method == 'sleep':
            time.sleep(60)
        connection.send((arguments, 'it cannot' if method == 'fail' else None))
