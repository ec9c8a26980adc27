"""`loxley finetune`: what it leaves, that it goes on after a kill, what bad input gets."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.command import PROGRAM, environment, loxley, refused, start

TINY = "--steps 12 --context 16 --batch 2 --rank 2 --sample 8 --judged 2 --save-every 3".split()


def options(model: Path, text: Path, out: Path) -> list[str | Path]:
    return ["finetune", "--model", model, "--data", text, "--out", out, "--prompt", "th", *TINY]


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def finished(tiny_model: Path, text_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "run"
    done = loxley(*options(tiny_model, text_file, out), "--lr", "0.02")
    assert done.returncode == 0, done.stderr
    assert "held-out perplexity before" in done.stdout
    assert "continuation after" in done.stdout
    assert "tokens/s" in done.stderr
    return out


def records(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_what_a_run_leaves(finished: Path) -> None:
    assert sorted(path.name for path in finished.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "checkpoint-000012",
        "loss.png",
        "metrics.jsonl",
        "result.json",
        "settings.json",
    ]
    assert (finished / "loss.png").read_bytes().startswith(b"\x89PNG")
    lines = records(finished)
    assert [line["step"] for line in lines] == [0, *range(1, 13), 12]
    assert all(set(line) == {"step", "loss", "lr", "grad_norm"} for line in lines[1:-1])


def test_the_text_is_learned(finished: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    assert result["perplexity_after"] < result["perplexity_before"]


def test_the_adapter_has_peft_names(finished: Path) -> None:
    raw = (finished / "adapter_model.safetensors").read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    entry = header["base_model.model.model.layers.1.self_attn.k_proj.lora_A.weight"]
    assert entry["dtype"] == "F32" and entry["shape"] == [2, 32]
    assert json.loads((finished / "adapter_config.json").read_text())["r"] == 2


def test_a_finished_run_only_reports(finished: Path) -> None:
    before = contents(finished)
    done = loxley("finetune", "--resume", "--out", finished)
    assert done.returncode == 0 and "finished" in done.stdout
    assert contents(finished) == before


def test_other_settings_do_not_continue_a_run(finished: Path) -> None:
    done = loxley("finetune", "--resume", "--out", finished, "--steps", "13")
    refused(done, "began with --steps 12, not 13")
    refused(loxley("finetune", "--out", finished), "continue it with --resume")


def test_generate_with_the_adapter(finished: Path, tiny_model: Path) -> None:
    arguments = ["generate", "--model", tiny_model, "--tokens", "10", "--temperature", "0", "th"]
    plain = loxley(*arguments)
    tuned = loxley(*arguments, "--adapter", finished)
    from_checkpoint = loxley(*arguments, "--adapter", finished / "checkpoint-000012")
    assert tuned.returncode == 0, tuned.stderr
    assert tuned.stdout.startswith("th") and tuned.stdout != plain.stdout
    assert tuned.stdout == from_checkpoint.stdout


def kill_once(arguments: list[str | Path], delay: float) -> None:
    process = start(*arguments)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_bits(
    finished: Path, tiny_model: Path, text_file: Path, tmp_path: Path
) -> None:
    """20 kills, spread over five runs and over each run's whole length."""
    expected = contents(finished)
    arguments = [*options(tiny_model, text_file, tmp_path / "whole"), "--lr", "0.02"]
    began = time.perf_counter()
    assert loxley(*arguments).returncode == 0
    duration = time.perf_counter() - began
    assert contents(tmp_path / "whole") == expected
    generator = random.Random(os.getpid())
    for trial in range(5):
        out = tmp_path / f"run{trial}"
        arguments = [*options(tiny_model, text_file, out), "--lr", "0.02", "--resume"]
        delays = [generator.uniform(0.3, 1.1) * duration for _ in range(4)]
        for delay in delays:
            kill_once(arguments, delay)
        done = loxley(*arguments)
        assert done.returncode == 0, done.stderr
        assert contents(out) == expected, f"killed after {delays}"


def test_interrupted_by_the_user(tiny_model: Path, text_file: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *map(str, options(tiny_model, text_file, tmp_path / "run")), "--steps", "99999"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("continuation"):
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in errors


def test_all_weights(tiny_model: Path, text_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "full"
    done = loxley(*options(tiny_model, text_file, out), "--full", "--no-plot")
    assert done.returncode == 0, done.stderr
    assert (out / "model.safetensors").exists() and not (out / "loss.png").exists()
    told = loxley("generate", "--model", tiny_model, "--adapter", out, "--tokens", "5", "th")
    assert told.returncode == 0, told.stderr


def test_a_full_disk(tiny_model: Path, text_file: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for it: writing fails half-way in the same manner."""
    out = tmp_path / "run"
    done = loxley(
        *options(tiny_model, text_file, out),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)),
    )
    refused(done, "the run stopped: ")
    left = sorted(path.name for path in out.iterdir())
    assert left == ["metrics.jsonl", "settings.json"]


def test_an_altered_text_does_not_continue_a_run(
    tiny_model: Path, text_file: Path, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_bytes(text_file.read_bytes())
    arguments = options(tiny_model, text, tmp_path / "run")
    assert loxley(*arguments).returncode == 0
    (tmp_path / "run" / "result.json").unlink()
    text.write_bytes(text_file.read_bytes().replace(b"thief", b"chief"))
    refused(loxley(*arguments, "--resume"), "the text is not the one that this run began with")


def test_a_damaged_checkpoint(finished: Path, tiny_model: Path, tmp_path: Path) -> None:
    for name in ("optimizer.safetensors", "adapter_model.safetensors", "trainer.json"):
        out = tmp_path / name
        out.mkdir()
        for file, content in contents(finished).items():
            if file != "result.json":
                (out / file).parent.mkdir(exist_ok=True)
                (out / file).write_bytes(content)
        damaged = out / "checkpoint-000012" / name
        damaged.write_bytes(damaged.read_bytes()[:-40])
        refused(loxley("finetune", "--resume", "--out", out), "the run stopped: ")


def test_an_adapter_that_lies_about_its_rank(
    finished: Path, tiny_model: Path, tmp_path: Path
) -> None:
    for file in ("adapter_model.safetensors", "adapter_config.json"):
        (tmp_path / file).write_bytes((finished / file).read_bytes())
    config = tmp_path / "adapter_config.json"
    config.write_text(config.read_text().replace('"r": 2', '"r": 2000000000'))
    done = loxley("generate", "--model", tiny_model, "--adapter", tmp_path, "th")
    refused(done, "does not hold an adapter of rank 2000000000")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stepz", "3"], "unrecognized arguments: --stepz"),
        (["--steps", "0"], "'0' is not a whole number above 0"),
        (["--steps", "many"], "'many' is not a whole number"),
        (["--lr", "nan"], "'nan' is not a number"),
        (["--lr", "-1"], "'-1' is not a number above 0"),
        (["--seed", "-1"], "'-1' is not a whole number from 0 on"),
    ],
)
def test_wrong_options(arguments: list[str], message: str, tmp_path: Path) -> None:
    refused(loxley("finetune", "--out", tmp_path / "run", *arguments), message, code=2)


def test_bad_inputs(tiny_model: Path, text_file: Path, tmp_path: Path) -> None:
    def attempt(*arguments: str | Path, message: str) -> None:
        out = tmp_path / "run"
        refused(loxley("finetune", "--out", out, *arguments), message)
        assert not out.exists() or not any(out.iterdir())

    model: list[str | Path] = ["--model", tiny_model, "--context", "16"]
    short, latin, broken = tmp_path / "s.txt", tmp_path / "l.txt", tmp_path / "b.gguf"
    short.write_text("too short")
    latin.write_bytes(b"\xe9" * 5000)
    broken.write_bytes(tiny_model.read_bytes()[:5000])
    attempt("--model", tmp_path / "no.gguf", message="there is no file")
    attempt("--model", broken, message="not a valid GGUF file")
    attempt("--model", text_file, message="does not begin with 'GGUF'")
    attempt(*model, "--data", tmp_path / "no.txt", message="No such file or directory")
    attempt(*model, "--data", latin, message="is not UTF-8 text")
    attempt(*model, "--data", short, message="the text is too short: 9 tokens")
    attempt(*model, "--data", text_file, "--context", "500", message="exceeds the model's context")
    attempt(*model, "--data", text_file, "--prompt", "", message="empty")


def test_the_output_directory_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    refused(loxley("finetune", "--out", tmp_path / "out"), "cannot use the output directory")
