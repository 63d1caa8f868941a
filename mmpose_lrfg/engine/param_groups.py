"""Few groups of parameters, for optimizers that step a group at a time."""

from mmengine.optim import DefaultOptimWrapperConstructor
from mmpose.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MergedGroupsConstructor(DefaultOptimWrapperConstructor):
    """``DefaultOptimWrapperConstructor`` that puts parameters with the same settings together.

    With ``paramwise_cfg`` the base class makes a group of every parameter, some hundreds, and a
    fused optimizer, which steps a whole group at once, as many steps. Biases stay apart, also
    where they are set like others: :class:`WarmupHook` asks for them.

    Args: those of ``DefaultOptimWrapperConstructor``.
    """

    def add_params(self, params: list[dict], module: nn.Module, prefix='', is_dcn_module=None):
        """Append the groups of a module; merge them when the whole network is done."""
        super().add_params(params, module, prefix, is_dcn_module)
        if prefix:
            return
        biases = {id(p) for name, p in module.named_parameters() if name.endswith('.bias')}
        merged: dict[tuple, dict] = {}
        for group in params:
            settings = {name: value for name, value in group.items() if name != 'params'}
            alone = all(id(p) in biases for p in group['params'])
            key = (alone, *sorted((name, repr(value)) for name, value in settings.items()))
            merged.setdefault(key, {'params': [], **settings})['params'] += group['params']
        params[:] = merged.values()
