"""`loxley generate`: a prompt comes in, its continuation goes out as it is made."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..models.sampling import Sampling, continuation
from ..tensor import Generator
from .checkpoint import load_weights
from .language_model import load_language_model, model_path
from .options import nonnegative_float, nonnegative_int, positive_int, probability
from .problems import CommandError, reporting

DESCRIPTION = """\
Continue a text with a language model: SmolLM2-135M-Instruct, or any GGUF file of a Llama model
with such a tokenizer. With --adapter it speaks as `loxley finetune` taught it.
"""
EXAMPLES = """\
examples:
  loxley generate "Once upon a time"
  loxley generate --adapter runs/finetune --tokens 200 $'HAMLET:\\n'
  loxley generate --temperature 0 "The capital of France is"
"""


def add_generate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "generate",
        help="continue a prompt with a language model",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=generate)
    parser.add_argument("prompt", nargs="?", default="ROMEO:\n", help="the text to continue")
    parser.add_argument(
        "--adapter", metavar="DIR", help="a run of `loxley finetune` (adapter or full weights)"
    )
    parser.add_argument("--model", metavar="FILE", help="a GGUF file instead of SmolLM2")
    parser.add_argument(
        "--tokens", type=positive_int, default=100, metavar="N", help="at most (default 100)"
    )
    parser.add_argument(
        "--temperature",
        type=nonnegative_float,
        default=0.8,
        metavar="T",
        help="0: always the likeliest token (default 0.8)",
    )
    parser.add_argument(
        "--top-k",
        type=nonnegative_int,
        default=50,
        metavar="K",
        help="draw from the K likeliest tokens, 0: from all (default 50)",
    )
    parser.add_argument(
        "--top-p",
        type=probability,
        default=1.0,
        metavar="P",
        help="draw from the fewest tokens that hold this probability (default 1)",
    )
    parser.add_argument(
        "--seed", type=nonnegative_int, default=1, metavar="N", help="of the draws (default 1)"
    )


def generate(options: argparse.Namespace) -> int:
    model, tokenizer = load_language_model(model_path(options.model))
    if options.adapter is not None:
        with reporting("cannot use the adapter"):
            load_weights(Path(options.adapter), model)
    prompt = tokenizer.encode(options.prompt)
    if not 0 < len(prompt) <= model.config.context:
        raise CommandError(
            f"the prompt has {len(prompt)} tokens; 1 to {model.config.context} are possible"
        )
    sampling = Sampling(options.temperature, options.top_k, options.top_p)
    generator = Generator().manual_seed(options.seed)
    ids = continuation(model, prompt, options.tokens, sampling, generator, tokenizer.end)
    sys.stdout.write(options.prompt)
    for text in tokenizer.stream(ids):
        sys.stdout.write(text)
        sys.stdout.flush()
    sys.stdout.write("\n")
    return 0
