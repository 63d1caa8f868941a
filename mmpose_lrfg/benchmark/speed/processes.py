"""The parent's end of a :mod:`.worker`."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence

COMMAND = (sys.executable, '-W', 'ignore', '-m', 'mmpose_lrfg.benchmark.speed.worker')


class WorkerError(Exception):
    """Why a model cannot be measured, in one sentence."""


class WorkerProcess:
    """One child process.

    Args:
        threads (int): Of its CPU libraries, which look at it when they are imported.
        timeout (float): Seconds after which a request has failed.
        command (Sequence[str]): What to start.
    """

    def __init__(self, threads: int = 1, timeout: float = 900.0, command: Sequence[str] = COMMAND):
        self.timeout = timeout
        self.log = tempfile.TemporaryFile('w+')  # noqa: SIM115  as long as the process
        environment = {**os.environ, 'OMP_NUM_THREADS': str(threads)}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=environment,
            # Ctrl-C is for the parent, which then ends its children.
            start_new_session=True,
        )
        self.replies = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.replies.put(line)
        self.replies.put(None)

    def ask(self, **request) -> dict:
        """Send a request and wait for the reply.

        Raises:
            WorkerError: If it cannot be done, takes too long, or the process ended.
        """
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            line = self.replies.get(timeout=self.timeout)
        except queue.Empty:
            self.process.kill()
            self.close()
            raise WorkerError(f'gave no answer within {self.timeout:g} s') from None
        except (BrokenPipeError, ValueError):
            line = None
        if line is None:
            raise WorkerError(self._last_words())
        reply = json.loads(line)
        if not reply.pop('ok'):
            raise WorkerError(reply['reason'])
        return reply

    def _last_words(self) -> str:
        code = self.process.wait(timeout=10)
        if code == -9:
            return 'its process was killed, mostly for want of memory'
        self.log.seek(0)
        lines = [line.strip() for line in self.log if line.strip()]
        return f'its process ended ({code}): {lines[-1][:200] if lines else "nothing was said"}'

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()
