"""The console command ``lrfg``: a module per command, which has ``add_arguments`` and ``run``."""
