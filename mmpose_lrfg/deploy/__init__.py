"""Export of a trained network to a file that :mod:`mmpose_lrfg.runtime` runs without torch."""
