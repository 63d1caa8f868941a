"""Names of MMPose's and our registries are known to every test here."""

import pytest


@pytest.fixture(scope='package', autouse=True)
def _mmpose_scope():
    from mmengine.registry import DefaultScope, init_default_scope

    import mmpose_lrfg.register  # noqa: F401

    before = DefaultScope.get_current_instance()
    init_default_scope('mmpose')
    yield
    if before is not None:
        init_default_scope(before.scope_name)
