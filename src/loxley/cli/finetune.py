"""`loxley finetune`: a pretrained language model and a text come in, a model that knows the text
goes out, with the figures that show it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..extras import load_extra
from ..models.llama import Llama
from ..models.lora import add_adapters
from ..tensor import manual_seed
from .atomic import remove_leftovers, write_text
from .checkpoint import newest_checkpoint, save_weights, trained
from .corpus import load_corpus
from .language_model import load_language_model, model_path
from .options import nonnegative_float, nonnegative_int, positive_float, positive_int
from .plot import check_plotting, plot_losses
from .problems import CommandError, reporting
from .resources import file_digest
from .settings import Settings, new_settings, stored_settings
from .trainer import Trainer

RESULT = "result.json"
DEFAULT_OUT = "runs/finetune"

DESCRIPTION = """\
Fine-tune a language model on a text and show that it worked: held-out perplexity and the same
prompt's continuation before and after. By default SmolLM2-135M-Instruct learns Shakespeare's
plays through low-rank adapters; model and text are fetched once as ordinary packages.
"""
EPILOG = """\
what it leaves in the output directory:
  adapter_model.safetensors, adapter_config.json   the adapter (model.safetensors with --full)
  metrics.jsonl    loss, learning rate, gradient norm of each step; perplexity and continuation
  loss.png         the loss curve
  result.json      perplexity before and after
  checkpoint-*/    the newest state, from which --resume goes on after a kill at any moment

examples:
  loxley finetune
  loxley finetune --data my.txt --steps 200 --out runs/mine --prompt "Dear reader,"
  loxley finetune --resume
  loxley generate --adapter runs/finetune
"""


def _option(group: argparse._ArgumentGroup, name: str, kind: Any, metavar: str, text: str) -> None:
    """An option of Settings: absent from the namespace unless the user gives it."""
    default = getattr(Settings(), name.replace("-", "_"))
    shown = f" (default {default!r})" if default is not None else ""
    group.add_argument(
        f"--{name}", type=kind, default=argparse.SUPPRESS, metavar=metavar, help=text + shown
    )


def add_finetune(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "finetune",
        help="fine-tune a language model on a text",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=finetune)
    run = parser.add_argument_group("the run")
    run.add_argument(
        "--out", default=DEFAULT_OUT, metavar="DIR", help=f"output directory ({DEFAULT_OUT})"
    )
    run.add_argument(
        "--resume",
        action="store_true",
        help="continue the run in the output directory (or begin it, if it has none)",
    )
    run.add_argument("--short", action="store_true", help="a few steps only, to see that it works")
    run.add_argument("--no-plot", action="store_true", help="draw no loss curve")
    _option(run, "save-every", positive_int, "N", "steps between two checkpoints")
    _option(run, "seed", nonnegative_int, "N", "of the adapter's start, the batches, the draws")
    inputs = parser.add_argument_group("model and text")
    _option(inputs, "model", str, "FILE", "a GGUF file of a Llama model instead of SmolLM2")
    _option(inputs, "data", str, "FILE", "a text (UTF-8) instead of the plays; a tenth is held out")
    _option(inputs, "prompt", str, "TEXT", "what to continue before and after")
    _option(inputs, "sample", positive_int, "N", "tokens of those continuations")
    _option(inputs, "judged", positive_int, "N", "held-out windows to measure perplexity on")
    training = parser.add_argument_group("training")
    training.add_argument(
        "--full",
        action="store_true",
        default=argparse.SUPPRESS,
        help="train all weights, not adapters",
    )
    _option(training, "rank", positive_int, "N", "of the adapters")
    _option(training, "alpha", positive_float, "X", "what the adapters add is scaled by X / rank")
    _option(training, "steps", positive_int, "N", "optimizer steps")
    _option(training, "batch", positive_int, "N", "windows a step")
    _option(training, "context", positive_int, "N", "tokens a window")
    _option(training, "lr", positive_float, "X", "peak learning rate; 1e-4 with --full")
    _option(training, "warmup", nonnegative_int, "N", "steps of rising learning rate")
    _option(training, "weight-decay", nonnegative_float, "X", "AdamW's; 0.01 with --full")
    _option(training, "clip", positive_float, "X", "largest norm of the gradient")


def finetune(options: argparse.Namespace) -> int:
    out = Path(options.out)
    settings = _settings(options, out)
    if (out / RESULT).exists():
        print(f"the run in {out} is finished")
        return _report(out)
    load_extra("tqdm", "text")
    if not options.no_plot:
        check_plotting()
    trainer = _prepare(settings, out)
    with reporting("the run stopped"):
        settings.save(out)
        records = trainer.run()
        save_weights(out, trainer.model, settings)
        if not options.no_plot:
            plot_losses(records, out / "loss.png")
        _write_result(records, out)
    return _report(out)


def _settings(options: argparse.Namespace, out: Path) -> Settings:
    """The run's settings: those of the run that goes on in `out`, or new ones."""
    names = {name for name in Settings.__slots__ if hasattr(options, name)}
    given = {name: getattr(options, name) for name in names}
    with reporting("cannot use the output directory"):
        out.mkdir(parents=True, exist_ok=True)
        remove_leftovers(out)
        stored = stored_settings(out, given, options.short)
        if stored is not None and not options.resume:
            raise CommandError(
                f"there is a run in {out} already: continue it with --resume, "
                "or choose another --out"
            )
        if stored is None:
            return new_settings(given, options.short)
    return stored


def _prepare(settings: Settings, out: Path) -> Trainer:
    """Everything that must be right before the first step."""
    path = model_path(settings.model)
    model, tokenizer = load_language_model(path)
    if settings.context > model.config.context:
        raise CommandError(f"--context {settings.context} exceeds the model's context")
    if not tokenizer.encode(settings.prompt):
        raise CommandError("--prompt is empty")
    corpus = load_corpus(settings.data, tokenizer, settings.context)
    total = sum(parameter.numel() for parameter in model.parameters())
    manual_seed(settings.seed)
    _make_trainable(model, settings)
    inputs = {"model": file_digest(path), "text": corpus.digest}
    count = sum(parameter.numel() for parameter in trained(model).values())
    print(
        f"{total / 1e6:.2f} M weights, {count / 1e6:.2f} M trained; "
        f"{len(corpus.training)} tokens to train on, {len(corpus.held_out)} held out",
        flush=True,
    )
    with reporting("cannot continue the run"):
        newest = newest_checkpoint(out)
        if newest is not None:
            print(f"continuing from {newest}", file=sys.stderr)
        return Trainer(model, tokenizer, corpus, settings, out, inputs)


def _make_trainable(model: Llama, settings: Settings) -> None:
    if settings.full:
        model.requires_grad_(True)
    else:
        add_adapters(model, settings.rank, settings.alpha)


def _write_result(records: list[dict[str, Any]], out: Path) -> None:
    """The last file to appear: where it stands, the run is finished."""
    judged = [r["held_out_perplexity"] for r in records if "held_out_perplexity" in r]
    result = {"perplexity_before": judged[0], "perplexity_after": judged[-1]}
    write_text(out / RESULT, json.dumps(result, indent=2) + "\n")


def _report(out: Path) -> int:
    with reporting("cannot read the result"):
        result = json.loads((out / RESULT).read_text(encoding="utf-8"))
        before, after = result["perplexity_before"], result["perplexity_after"]
    print(f"held-out perplexity {before:.2f} -> {after:.2f} ({after / before - 1:+.0%})")
    print(f'results in {out}; continue a text with: loxley generate --adapter {out} "..."')
    return 0
