"""The model that both commands start from: a GGUF file's network and tokenizer."""

from __future__ import annotations

from pathlib import Path

from ..models.llama import Llama
from ..models.llama_gguf import load_llama
from ..models.tokenizer import Tokenizer
from .problems import CommandError, reporting
from .resources import MODEL, obtain


def model_path(chosen: str | None) -> Path:
    """The file the user chose, or the default model's, fetched where needed."""
    if chosen is None:
        return obtain(MODEL)
    path = Path(chosen)
    if not path.is_file():
        raise CommandError(f"cannot read the model: there is no file {path}")
    return path


def load_language_model(path: Path) -> tuple[Llama, Tokenizer]:
    """Raises CommandError for a file that is damaged or of an architecture we do not have."""
    with reporting("cannot read the model"):
        model, metadata = load_llama(path)
        tokenizer = Tokenizer(metadata)
    if tokenizer.vocab_size > model.config.vocab_size:
        raise CommandError(f"cannot read the model: {path} has more tokens than embeddings")
    return model, tokenizer
