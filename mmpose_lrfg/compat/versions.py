"""MMDetection and MMPose assert the versions of their neighbours; here they warn.

MMDetection 3.3 refuses mmcv 2.2, with which it works. The assertions are the last statements of
the packages' ``__init__``, so a failed one leaves nothing undone.
"""

import warnings


def warn_instead_of_assert(execute, module) -> None:
    """Import hook: turn a failed version assertion of ``module`` into a warning.

    Args:
        execute: runs the module.
        module: the package that is being imported.

    Raises:
        AssertionError: any other failed assertion, unchanged.
    """
    try:
        execute(module)
    except AssertionError as error:
        if 'is used but incompatible' not in str(error):
            raise
        warnings.warn(f'{module.__name__} expects other versions: {error}', stacklevel=2)
