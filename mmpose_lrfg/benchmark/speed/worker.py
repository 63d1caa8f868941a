"""The child process that runs one model: ``python -m mmpose_lrfg.benchmark.speed.worker``.

It reads one JSON object a line from stdin and answers each with one on stdout; what libraries print
goes to stderr. It ends with its stdin.

=========== ======================================================================================
``do``      answer, beside ``ok``
=========== ======================================================================================
load        ``name``, ``options`` of :class:`.ways.Options` -> ``shape``, ``no_poses``
cost        ``shape`` -> ``params``, ``macs``, ``detector_params``, ``detector_macs``
show        ``picture`` (a file), ``people`` -> ``input`` (height, width), ``found``
network     ``batch`` -> ``seconds`` of one forward pass
poses       -> ``seconds``, ``found``, ``stages``
memory      -> ``rss_mb``, ``cuda_mb``
evaluate    ``data`` (a config) -> ``ap`` in percent, ``images``, ``flip``
=========== ======================================================================================

An error is ``ok: false`` and ``reason``, one sentence.
"""

import json
import os
import resource
import sys
import time
from dataclasses import asdict
from functools import lru_cache

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.utils.errors import UserError


class Worker:
    """Answers requests about one model."""

    def __init__(self):
        self.way = None
        self.image = None

    def answer(self, request: dict) -> dict:
        """The reply to one request."""
        try:
            done = getattr(self, f'do_{request.pop("do")}')(**request)
            return dict(ok=True, **(done or {}))
        except UserError as error:
            return dict(ok=False, reason=str(error))
        except Exception as error:
            return dict(ok=False, reason=sentence(error))

    def do_load(self, name: str, options: dict) -> dict:
        import torch

        from .ways import Options, open_way

        options = Options(**{**options, 'shape': options.get('shape') and tuple(options['shape'])})
        if options.device.startswith('cuda') and not torch.cuda.is_available():
            raise UserError(f'there is no GPU that torch can use as {options.device}')
        torch.set_num_threads(options.threads)
        # Arithmetic with almost-zeros, of which untrained networks are full, is slow.
        torch.set_flush_denormal(True)
        self.name, self.options = name, options
        with quietly():
            self.way = open_way(entry_of(name), options)
        return dict(shape=list(self.way.shape), no_poses=self.way.no_poses)

    def do_cost(self, shape: list | None = None) -> dict:
        from mmpose_lrfg.benchmark.cost import measure

        return asdict(measure(entry_of(self.name), shape and tuple(shape)))

    def do_show(self, picture: str) -> dict:
        from .scenes import Picture

        shown = Picture.load(picture)
        self.image = shown.image
        self.way.show(shown)
        found = self.way.poses(self.image)
        self.way.clock.take()
        return dict(input=list(self.way.input_shape), found=found, people=len(shown.boxes))

    def do_network(self, batch: int) -> dict:
        images = self.input(batch)
        self.way.synchronize()
        start = time.perf_counter()
        self.way.network(images)
        self.way.synchronize()
        return dict(seconds=time.perf_counter() - start)

    def do_poses(self) -> dict:
        self.way.clock.take()
        start = time.perf_counter()
        found = self.way.poses(self.image)
        self.way.synchronize()
        seconds = time.perf_counter() - start
        return dict(seconds=seconds, found=found, stages=self.way.clock.take())

    def do_memory(self) -> dict:
        import torch

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cuda = None
        if self.way.device.type == 'cuda':
            cuda = torch.cuda.max_memory_allocated(self.way.device) / 2**20
        return dict(rss_mb=peak, cuda_mb=cuda)

    def do_evaluate(self, data: str) -> dict:
        from .accuracy import evaluate

        return evaluate(entry_of(self.name), self.options, data)

    @lru_cache(maxsize=4)  # noqa: B019  as long as the process
    def input(self, batch: int):
        return self.way.input(batch)


def entry_of(name: str):
    """The entry of that name."""
    from mmpose_lrfg.benchmark.zoo import select

    return select([name])[0]


def quietly():
    """Without the remarks of libraries."""
    from mmpose_lrfg.benchmark.complexity import quiet

    return quiet()


def sentence(error: Exception) -> str:
    """What went wrong, in one line."""
    text = ' '.join(str(error).split())[:200]
    return f'{type(error).__name__}: {text}' if text else type(error).__name__


def main() -> None:
    """Answer until stdin ends."""
    # Replies go to what stdout was; whatever else is printed must not be taken for one.
    replies = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    worker = Worker()
    for line in sys.stdin:
        print(json.dumps(worker.answer(json.loads(line))), file=replies, flush=True)


if __name__ == '__main__':
    main()
