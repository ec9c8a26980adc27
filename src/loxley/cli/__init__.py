"""The command line: `loxley finetune`, `generate`, `run`, and `python -m loxley`."""
