"""A resumed training goes on with the random numbers that the uninterrupted one would have had."""

from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.resume import random_state, set_random_state

STATES = 'random_states'
GRADIENTS = 'pending_gradients'


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Keep in checkpoints what mmengine leaves out, and put it back when training resumes.

    These are the states of all random generators, of every process, and, where gradients are
    accumulated over more iterations than an epoch has left, the gradients that wait for their
    step (of a single process). Evaluation leaves the generators as it found them, so that it
    makes no difference whether or when there is one.

    With a seed, on a CPU, without data loader processes, the resumed training then ends in the
    same weights, bit by bit. Data loader processes have generators of their own, and many
    operations of a GPU add in any order.
    """

    # Before CheckpointHook (VERY_LOW), which after an evaluation saves once more.
    priority = 'NORMAL'

    def __init__(self):
        self.resumed: dict | None = None
        self.of_all: list[dict] = []
        self.before_evaluation: dict | None = None

    def after_load_checkpoint(self, runner, checkpoint):
        """Keep what is to be put back when all is built."""
        if runner._resume:
            self.resumed = {name: checkpoint.get(name) for name in (STATES, GRADIENTS)}

    def before_train_epoch(self, runner):
        """Put back; nothing random comes between this and the first sample."""
        resumed, self.resumed = self.resumed, None
        if not resumed:
            return
        states, gradients = resumed[STATES], resumed[GRADIENTS]
        if states and len(states) == get_world_size():
            set_random_state(states[get_rank()])
        elif states:
            runner.logger.warning(
                f'the checkpoint has the random states of {len(states)} processes, and these are '
                f'{get_world_size()}: training goes on with other random numbers'
            )
        for name, parameter in _model(runner).named_parameters():
            if gradients and name in gradients:
                parameter.grad = gradients[name].to(parameter.device)

    def after_train_epoch(self, runner):
        """Ask all processes, for only the main one saves."""
        if get_world_size() > 1:
            self.of_all = all_gather_object(random_state())

    def before_save_checkpoint(self, runner, checkpoint):
        """Add both to the checkpoint."""
        checkpoint[STATES] = self.of_all or [random_state()]
        if get_world_size() == 1 and not runner.optim_wrapper.should_update():
            checkpoint[GRADIENTS] = {
                name: parameter.grad.cpu()
                for name, parameter in _model(runner).named_parameters()
                if parameter.grad is not None
            }

    def before_val_epoch(self, runner):
        """Remember the generators' states."""
        self.before_evaluation = random_state()

    def after_val_epoch(self, runner, metrics=None):
        """Give them back."""
        set_random_state(self.before_evaluation)


def _model(runner):
    return runner.model.module if is_model_wrapper(runner.model) else runner.model
