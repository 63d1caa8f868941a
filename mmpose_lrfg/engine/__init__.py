"""The train and test job: configs, checks, runner, hooks."""
