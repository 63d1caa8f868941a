"""Stands in for the processes that run models."""

from mmpose_lrfg.benchmark.speed.processes import WorkerError

SPEED = {'net8_lrfg': 0.100, 'rtmo-s': 0.200, 'openpose-vgg19': 0.300, 'rtmpose-m': 0.050}


class FakeWorker:
    """Answers at once, a tenth of a second slower for every person with a top-down model.

    Args:
        diary (list): Gets (name, request) of everything that was asked.
        broken (dict): By name, what the model cannot do.
    """

    def __init__(self, diary, broken=()):
        self.diary, self.broken = diary, dict(broken)
        self.closed = False

    def ask(self, do, **request):
        self.name = request.get('name', getattr(self, 'name', None))
        self.diary.append((self.name, do))
        if self.broken.get(self.name) == do:
            raise WorkerError(f'cannot {do}')
        return getattr(self, do)(**request)

    def close(self):
        self.closed = True

    def load(self, name, options):
        no_poses = 'network only' if name == 'openpose-vgg19' else ''
        return dict(shape=options['shape'] or [64, 64], no_poses=no_poses)

    def show(self, picture):
        self.people = int(picture.rpartition('/')[2].removesuffix('.npz'))
        return dict(input=[64, 96], found=self.people, people=self.people)

    def network(self, batch):
        return dict(seconds=batch * SPEED[self.name])

    def poses(self):
        growth = 0.1 * self.people if self.name.startswith('rtmpose') else 0
        seconds = SPEED[self.name] + 0.1 + growth
        return dict(seconds=seconds, found=self.people, stages=dict(post=seconds / 10))

    def memory(self):
        return dict(rss_mb=500.0, cuda_mb=None)

    def cost(self, shape):
        return dict(
            params=19_500_000, macs=10**10, shape=shape, detector_params=None, detector_macs=None
        )

    def evaluate(self, data):
        return dict(ap=12.5, images='people.json', flip=False, boxes='')
