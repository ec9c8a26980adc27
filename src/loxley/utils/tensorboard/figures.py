"""Figures of matplotlib as pictures.

Source: torch.utils.tensorboard.SummaryWriter.add_figure.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def pixels_of(figure: Any, close: bool) -> np.ndarray:
    """Bytes (3, rows, columns) of a figure, (n, 3, rows, columns) of a list of them."""
    if isinstance(figure, list):
        return np.stack([pixels_of(each, close) for each in figure])
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.frombuffer(canvas.buffer_rgba(), np.uint8)
    columns, rows = canvas.get_width_height()
    if close:
        plt.close(figure)
    return pixels.reshape(rows, columns, 4)[:, :, :3].transpose(2, 0, 1)
