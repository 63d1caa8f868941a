"""``lrfg web``, and a headless Chromium, driven by the DevTools protocol over pipes.

No further package is needed.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys

PROGRAM = shutil.which('chromium')
SECONDS = 120
"""Longest time without an answer."""
OPTIONS = ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage')


def serve(folder):
    """Start ``lrfg web`` on a free port; return the process and its address."""
    command = [sys.executable, '-m', 'mmpose_lrfg', 'web', str(folder), '--port', '0']
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[0]


class Browser:
    """One page of a browser; a context manager.

    Args:
        folder (Path): For the profile.
        *options (str): Further ones of Chromium.
    """

    def __init__(self, folder, *options):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        command = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        options = [*OPTIONS, *options, '--remote-debugging-pipe', f'--user-data-dir={folder}']
        self.process = subprocess.Popen(
            ['bash', '-c', command, PROGRAM, *options],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.answers, self.commands = ours_in, ours_out
        self.count, self.session, self.rest = 0, {}, b''
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        session = self.call('Target.attachToTarget', targetId=target, flatten=True)
        self.session = {'sessionId': session['sessionId']}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session = {}
        self.call('Browser.close')
        self.process.wait(30)
        os.close(self.answers)
        os.close(self.commands)

    def call(self, method, **params):
        """Send a command and return its result."""
        self.count += 1
        message = dict(id=self.count, method=method, params=params, **self.session)
        os.write(self.commands, json.dumps(message).encode() + b'\0')
        while True:
            while b'\0' not in self.rest:
                ready = select.select([self.answers], [], [], SECONDS)[0]
                part = ready and os.read(self.answers, 1 << 20)
                if not part:
                    self.process.kill()
                    raise RuntimeError(f'no answer from {PROGRAM}')
                self.rest += part
            text, _, self.rest = self.rest.partition(b'\0')
            answer = json.loads(text)
            if answer.get('id') == self.count:
                assert 'error' not in answer, answer['error']
                return answer['result']

    def run(self, script):
        """Run JavaScript in the page; return its value, or that of the promise that it returns."""
        result = self.call(
            'Runtime.evaluate', expression=script, awaitPromise=True, returnByValue=True
        )
        assert 'exceptionDetails' not in result, result['exceptionDetails']
        return result['result'].get('value')

    def open(self, address):
        """Load a page, and wait until it is complete."""
        self.call('Page.navigate', url=address)
        self.run('new Promise(r => document.readyState == "complete" ? r() : (onload = r))')

    def choose(self, element, *paths):
        """Choose files in an input element with an id."""
        found = self.call('Runtime.evaluate', expression=f'document.getElementById("{element}")')
        files = [str(path) for path in paths]
        self.call('DOM.setFileInputFiles', files=files, objectId=found['result']['objectId'])

    def resize(self, width, height, phone=False):
        """Set the size of the window in CSS pixels."""
        size = dict(width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.call('Emulation.setDeviceMetricsOverride', **size)

    def screenshot(self, whole=False):
        """Return the page as a PNG file."""
        picture = self.call('Page.captureScreenshot', captureBeyondViewport=whole)
        return base64.b64decode(picture['data'])
