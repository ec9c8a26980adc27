"""`loxley generate`: choices, seeds, streaming, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import loxley, refused


def text(model: Path, *arguments: str) -> str:
    done = loxley("generate", "--model", model, "--tokens", "12", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_seed_decides(tiny_model: Path) -> None:
    first = text(tiny_model, "--seed", "3", "that")
    assert first.startswith("that") and first.endswith("\n")
    assert text(tiny_model, "--seed", "3", "that") == first
    assert text(tiny_model, "--seed", "4", "that") != first


def test_one_choice_is_the_likeliest(tiny_model: Path) -> None:
    greedy = text(tiny_model, "--temperature", "0", "that")
    assert text(tiny_model, "--top-k", "1", "that") == greedy
    assert text(tiny_model, "--top-k", "0", "--top-p", "1e-9", "that") == greedy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--top-p", "0"], "'0' is not a number above 0 and up to 1"),
        (["--temperature", "-1"], "'-1' is not a number from 0 on"),
        (["--tokens", "x"], "'x' is not a whole number"),
        (["one", "two"], "unrecognized arguments: two"),
    ],
)
def test_wrong_options(arguments: list[str], message: str) -> None:
    refused(loxley("generate", *arguments), message, code=2)


def test_bad_inputs(tiny_model: Path, tmp_path: Path) -> None:
    refused(loxley("generate", "--model", tmp_path / "no.gguf"), "there is no file")
    refused(loxley("generate", "--model", tiny_model, ""), "the prompt has 0 tokens")
    refused(loxley("generate", "--model", tiny_model, "x" * 200), "the prompt has 200 tokens")
    refused(loxley("generate", "--model", tiny_model, "--adapter", tmp_path), "holds neither")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"\xff" * 100)
    (tmp_path / "adapter_config.json").write_text("{}")
    done = loxley("generate", "--model", tiny_model, "--adapter", tmp_path)
    refused(done, "does not describe an adapter")


def test_help_names_the_commands() -> None:
    done = loxley("--help")
    assert done.returncode == 0
    for word in ("finetune", "generate", "run", "LOXLEY_CACHE"):
        assert word in done.stdout


def test_no_command() -> None:
    assert loxley().returncode == 2
