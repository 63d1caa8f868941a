"""Every test here runs with the stand-ins in place, whatever is imported first."""

import mmpose_lrfg  # noqa: F401
