"""The training loop: a prepared model and a corpus come in; metrics, checkpoints, weights go out.

A run can be killed at any moment.  Everything that its future depends on - weights, optimizer,
both random generators, the length of the metrics - is in the newest checkpoint, so that a
continued run ends with the same bits in the same files as one that was never stopped.
Nothing that depends on the clock goes into those files.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..autograd import no_grad
from ..config import config
from ..dtypes import uint8
from ..extras import load_extra
from ..models.llama import Llama
from ..models.sampling import Sampling, continuation
from ..models.tokenizer import Tokenizer
from ..nn import functional as F
from ..nn.utils import clip_grad_norm_
from ..optim import AdamW
from ..tensor import Generator, Tensor, get_rng_state, set_rng_state
from ..tensor.construction import tensor
from .checkpoint import Progress, load_checkpoint, newest_checkpoint, save_checkpoint, trained
from .corpus import Corpus
from .settings import Settings

METRICS = "metrics.jsonl"


@contextmanager
def compiling(mode: str) -> Iterator[None]:
    """A block in which plans are compiled at first sight ("1") or never ("0").

    Not when seen again: a run that goes on would interpret what it has not seen since its start,
    and interpreted sums differ from compiled ones in their last bits.
    """
    before, config.compile = config.compile, mode
    try:
        yield
    finally:
        config.compile = before


class Metrics:
    """One JSON object a line, appended; cut back to a checkpoint's length when a run goes on."""

    def __init__(self, path: Path, length: int) -> None:
        if length > (path.stat().st_size if path.exists() else 0):
            raise ValueError(f"{path} is shorter than the checkpoint says: it has been altered")
        self.path = path
        self._file = open(path, "ab")
        self._file.truncate(length)

    def add(self, **fields: Any) -> None:
        self._file.write(json.dumps(fields).encode() + b"\n")
        self._file.flush()

    def length(self) -> int:
        """The number of bytes so far, all of them on the disk."""
        os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_size

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def close(self) -> None:
        self._file.close()


class Trainer:
    """One run in the directory `out`.  `inputs` are digests of model and text, for `resume`.

    Raises ValueError where a checkpoint is damaged or belongs to other inputs, OSError where
    the disk is full.
    """

    def __init__(
        self,
        model: Llama,
        tokenizer: Tokenizer,
        corpus: Corpus,
        settings: Settings,
        out: Path,
        inputs: dict[str, str],
    ) -> None:
        self.model, self.tokenizer, self.corpus = model, tokenizer, corpus
        self.settings, self.out, self.inputs = settings, out, inputs
        self.parameters = list(trained(model).values())
        self.optimizer = AdamW(self.parameters, lr=settings.lr, weight_decay=settings.weight_decay)
        self.data_generator = Generator().manual_seed(settings.seed)
        self.step = 0

    def run(self) -> list[dict[str, Any]]:
        """Trains to the end, from the newest checkpoint on, and returns all metrics."""
        self.metrics = Metrics(self.out / METRICS, self._restore())
        try:
            with compiling("1" if config.compile == "auto" else config.compile):
                return self._run()
        finally:
            self.metrics.close()

    def _run(self) -> list[dict[str, Any]]:
        if self.metrics.length() == 0:
            self._judge("before")
            self._save()
        self._train()
        self._judge("after")
        return self.metrics.records()

    def _train(self) -> None:
        tokens = self.settings.batch * self.settings.context
        began, first = time.perf_counter(), self.step
        bar = load_extra("tqdm", "text").tqdm(
            total=self.settings.steps, initial=first, unit="step", file=sys.stderr, mininterval=1.0
        )
        with bar:
            while self.step < self.settings.steps:
                loss = self._train_step()
                rate = (self.step - first) * tokens / (time.perf_counter() - began)
                bar.set_postfix_str(f"loss {loss:.3f}, {rate:.0f} tokens/s", refresh=False)
                bar.update()
                if self.step % self.settings.save_every == 0 or self.step == self.settings.steps:
                    self._save()

    def _train_step(self) -> float:
        settings = self.settings
        rate = settings.learning_rate(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        tokens, targets = self.corpus.batch(settings.batch, settings.context, self.data_generator)
        self.model.train()
        loss = _mean_loss(self.model, tokens, targets)
        self.optimizer.zero_grad()
        loss.backward()
        norm = clip_grad_norm_(self.parameters, settings.clip)
        self.optimizer.step()
        self.step += 1
        value = loss.item()
        self.metrics.add(step=self.step, loss=value, lr=rate, grad_norm=norm.item())
        if not math.isfinite(value):
            raise ValueError(f"the loss became {value} at step {self.step}; try a smaller --lr")
        return value

    def _judge(self, when: str) -> None:
        """Held-out perplexity and the prompt's continuation, shown and put on record."""
        perplexity = self._perplexity()
        sample = "".join(self._continue())
        print(f"held-out perplexity {when}: {perplexity:.2f}")
        print(f"continuation {when}:\n{_indented(self.settings.prompt + sample)}\n", flush=True)
        self.metrics.add(step=self.step, held_out_perplexity=perplexity, sample=sample)

    def _perplexity(self) -> float:
        """exp of the mean loss per token over the held-out windows."""
        windows = self.corpus.judged_windows(self.settings.judged, self.settings.context)
        self.model.eval()
        with no_grad():
            losses = [_mean_loss(self.model, *window).item() for window in windows]
        return math.exp(min(sum(losses) / len(losses), 700.0))

    def _continue(self) -> list[str]:
        """The same draws before and after: a generator of its own, begun anew."""
        self.model.eval()
        ids = continuation(
            self.model,
            self.tokenizer.encode(self.settings.prompt),
            self.settings.sample,
            Sampling(),
            Generator().manual_seed(self.settings.seed),
        )
        with compiling("0"):  # every length is a plan of its own, and is seen twice at most
            return list(self.tokenizer.stream(ids))

    def _save(self) -> None:
        progress = Progress(
            step=self.step,
            metrics_bytes=self.metrics.length(),
            random_state=_hexadecimal(get_rng_state()),
            data_state=_hexadecimal(self.data_generator.get_state()),
            inputs=self.inputs,
        )
        save_checkpoint(self.out, self.model, self.optimizer, self.settings, progress)

    def _restore(self) -> int:
        """Goes back to the newest checkpoint, if any; returns the metrics' length there."""
        newest = newest_checkpoint(self.out)
        if newest is None:
            return 0
        progress = load_checkpoint(newest, self.model, self.optimizer)
        for name, digest in self.inputs.items():
            if progress.inputs.get(name) != digest:
                raise ValueError(f"the {name} is not the one that this run began with")
        self.step = progress.step
        try:
            set_rng_state(_generator_state(progress.random_state))
            self.data_generator.set_state(_generator_state(progress.data_state))
        except RuntimeError as error:
            raise ValueError(f"{newest} holds no random state: {error}") from None
        return progress.metrics_bytes


def _mean_loss(model: Llama, tokens: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())


def _hexadecimal(state: Tensor) -> str:
    return bytes(state.tolist()).hex()


def _generator_state(text: str) -> Tensor:
    return tensor(list(bytes.fromhex(text)), dtype=uint8)


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())
