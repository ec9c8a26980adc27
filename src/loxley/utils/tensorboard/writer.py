"""`SummaryWriter`: what a training run tells TensorBoard.

Source: https://docs.pytorch.org/docs/stable/tensorboard.html
"""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime
from typing import Any, NoReturn, Self

from ...tensor import Tensor
from . import summary
from .events import EventFile
from .figures import pixels_of
from .protobuf import block


class FileWriter:
    """An event file in the folder `log_dir`."""

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self._log_dir = str(log_dir)
        self._events = EventFile(self._log_dir, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self._log_dir

    def add_summary(
        self, summary: bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Append a `Summary.Value`, encoded by the functions of `summary`."""
        step = None if global_step is None else int(global_step)
        self._events.write(block(5, block(1, summary)), step, walltime)

    def flush(self) -> None:
        """Hand all events to the file."""
        self._events.flush()

    def close(self) -> None:
        """Close the file."""
        self._events.close()


def _absent(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"torch.utils.tensorboard.SummaryWriter.{name} is not implemented"
        )

    method.__name__ = name
    method.__doc__ = "Raises NotImplementedError."
    return method


class SummaryWriter:
    """Writes event files to `log_dir`, by default `runs/<time>_<host><comment>`.

    The package tensorboard, which shows them, is not needed to write them. Source:
    torch.utils.tensorboard.SummaryWriter.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        if not log_dir:
            moment = datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{moment}_{socket.gethostname()}{comment}")
        self.log_dir, self.purge_step = log_dir, purge_step
        self.max_queue, self.flush_secs = max_queue, flush_secs
        self.filename_suffix = filename_suffix
        self.file_writer: FileWriter | None = None
        self.all_writers: dict[str, FileWriter] | None = None
        self._get_file_writer()

    def _get_file_writer(self) -> FileWriter:
        if self.file_writer is None or self.all_writers is None:
            self.file_writer = self._another(self.log_dir)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if (
                self.purge_step is not None
            ):  # what a run before this one wrote from there on is void
                events = self.file_writer._events
                events.write(block(3, "brain.Event:2"), self.purge_step, None)
                events.write(block(7, b"\x08\x01"), self.purge_step, None)
                self.purge_step = None
        return self.file_writer

    def _another(self, folder: str | os.PathLike[str]) -> FileWriter:
        return FileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)

    def get_logdir(self) -> str | os.PathLike[str]:
        """The folder of the event files."""
        return self.log_dir

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """A number at a step."""
        made = summary.scalar(tag, scalar_value, new_style, double_precision)
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: dict[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Numbers that are shown in one plot; each has an event file of its own."""
        moment = time.time() if walltime is None else walltime
        writers = self._writers()
        base = self._get_file_writer().get_logdir()
        for tag, value in tag_scalar_dict.items():
            folder = f"{base}/{main_tag.replace('/', '_')}_{tag}"
            if folder not in writers:
                writers[folder] = self._another(folder)
            writers[folder].add_summary(summary.scalar(main_tag, value), global_step, moment)

    def _writers(self) -> dict[str, FileWriter]:
        self._get_file_writer()
        assert self.all_writers is not None
        return self.all_writers

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How values are distributed at a step."""
        made = summary.histogram(tag, values, bins, max_bins)
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: list[float],
        bucket_counts: list[float],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A distribution that was counted elsewhere."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError("len(bucket_limits) != len(bucket_counts), see the document.")
        made = summary.histogram_raw(
            tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts
        )
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """A picture: floats in [0, 1] or bytes."""
        made = summary.image(tag, img_tensor, dataformats)
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """A batch of pictures, side by side."""
        if isinstance(img_tensor, list):
            img_tensor = _stacked(img_tensor)
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """A figure of matplotlib, or several in a column."""
        pixels = pixels_of(figure, close)
        self.add_image(tag, pixels, global_step, walltime, "NCHW" if pixels.ndim == 4 else "CHW")

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: int | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """A sound: values in [-1, 1]."""
        made = summary.audio(tag, snd_tensor, sample_rate)
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A text, shown as Markdown."""
        made = summary.text(tag, text_string)
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_hparams(
        self,
        hparam_dict: dict[str, bool | str | float | Tensor],
        metric_dict: dict[str, float],
        hparam_domain_discrete: dict[str, list] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """The settings of a run and what came of them, in a folder `run_name` (the time)."""
        made = summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        base = self._get_file_writer().get_logdir()
        with SummaryWriter(os.path.join(base, run_name or str(time.time()))) as writer:
            for each in made:
                writer._get_file_writer().add_summary(each, global_step)
            for tag, value in metric_dict.items():
                writer.add_scalar(tag, value, global_step)

    add_custom_scalars = _absent("add_custom_scalars")
    add_custom_scalars_marginchart = _absent("add_custom_scalars_marginchart")
    add_custom_scalars_multilinechart = _absent("add_custom_scalars_multilinechart")
    add_embedding = _absent("add_embedding")
    add_graph = _absent("add_graph")
    add_image_with_boxes = _absent("add_image_with_boxes")
    add_mesh = _absent("add_mesh")
    add_onnx_graph = _absent("add_onnx_graph")
    add_pr_curve = _absent("add_pr_curve")
    add_pr_curve_raw = _absent("add_pr_curve_raw")
    add_tensor = _absent("add_tensor")
    add_video = _absent("add_video")

    def flush(self) -> None:
        """Hand all events to the files."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Close the files."""
        for writer in (self.all_writers or {}).values():
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _stacked(pictures: list) -> Any:
    return summary.np.stack([summary.make_np(picture) for picture in pictures])
