"""The console command ``lrfg``: a module per command, which has ``add_arguments`` and ``run``.

Most imports are inside ``run``: ``--help`` and wrong arguments need not wait for torch.
"""
