"""Models built from `nn`, one file each, and what goes with them: tokenizer, adapters, sampling."""
