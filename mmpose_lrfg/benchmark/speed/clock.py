"""Where the time of a call goes: stages, each without the stages inside it."""

import time
from collections import defaultdict
from collections.abc import Callable


class StageClock:
    """Adds up the time spent in wrapped calls.

    Args:
        synchronize (Callable): Waits until the device has done what it was told; nothing to wait
            for on a CPU.
    """

    def __init__(self, synchronize: Callable[[], object] = lambda: None):
        self.synchronize = synchronize
        self.seconds = defaultdict(float)
        self._inner = []

    def wrap(self, owner: object, name: str, stage: str) -> None:
        """Count the calls of ``owner.name`` for ``stage``."""
        call = getattr(owner, name)

        def timed(*args, **kwargs):
            self.synchronize()
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                result = call(*args, **kwargs)
                self.synchronize()
                return result
            finally:
                spent = time.perf_counter() - start
                self.seconds[stage] += spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        # Not setattr: torch would register a wrapped module's forward like any attribute, too.
        object.__setattr__(owner, name, timed)

    def take(self) -> dict[str, float]:
        """Seconds by stage since the last time, and start again."""
        taken = dict(self.seconds)
        self.seconds.clear()
        return taken
