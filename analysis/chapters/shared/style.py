"""One look for every picture: colours, sizes, and a context that leaves matplotlib as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import matplotlib as mpl

from analysis.wording import signed_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

INK, SOFT, RULE, STILL, PAPER = "#1c1c1a", "#595750", "#d8d3c7", "#f1efe9", "#fdfcf9"
UP = ("#e2eef8", "#bcd9ef", "#86b9df", "#22639c")
DOWN = ("#fcead8", "#f8cfa4", "#ec9f57", "#a34d0b")
BAND = "#e7e3d9"
STRONG = "#ffffff"

#: Sizes of an abnormal return (decimal) at which a colour gets one step stronger.
STEPS = (0.005, 0.01, 0.02, 0.04)

#: Colours of lines that are told apart by their labels as well (Okabe and Ito, 2008, darkened).
LINES = ("#0b5a8a", "#c4520a", "#00795a", "#7d4a93")

#: Light colour to the one that takes its place where the reader prefers a dark page.
DARK: Mapping[str, str] = {
    INK: "#e9e6df", SOFT: "#aca89d", RULE: "#373a42", STILL: "#1f2228", PAPER: "#14161a",
    BAND: "#2a2d34", STRONG: "#14161b",
    UP[0]: "#182838", UP[1]: "#1f3f5c", UP[2]: "#2a5f8d", UP[3]: "#94c8f1",
    DOWN[0]: "#33240f", DOWN[1]: "#533611", DOWN[2]: "#7c4c10", DOWN[3]: "#f3b46d",
    LINES[0]: "#6fb7ea", LINES[1]: "#f08a4b", LINES[2]: "#4cc9a4", LINES[3]: "#c79ad9",
}  # fmt: skip

#: Inches; a page shows a picture at most this wide, a phone lets it scroll.
WIDTH = 7.6


_SETTINGS: Mapping[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # what is drawn is text: "$5bn at $23" is no formula
    "axes.facecolor": "none",
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.titlepad": 6.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": RULE,
    "xtick.labelcolor": SOFT,
    "xtick.labelsize": 8.5,
    "xtick.major.size": 3.0,
    "ytick.color": RULE,
    "ytick.labelcolor": SOFT,
    "ytick.labelsize": 8.5,
    "ytick.major.size": 0.0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "hatch.color": RULE,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "figure.dpi": 72.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "market-reaction",
    "path.simplify": True,
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw with our settings and put matplotlib's back afterwards."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(), warnings.catch_warnings():
            # the reader's fonts draw the text, so one that lacks a letter here is no fault
            warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
            mpl.rcdefaults()
            mpl.rcParams.update(_SETTINGS)  # type: ignore[arg-type]  # names are checked on use
            return draw(*args, **kwargs)

    return inside


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Return an empty figure that no global state knows of; sizes in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def percent_axis(axes: Axes, which: str = "y", *, digits: int = 0) -> None:
    """Write the ticks of an axis of decimals as signed percentages."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(lambda value, _: signed(value, digits))


def signed(value: float, digits: int = 0) -> str:
    """Write a decimal as a signed percentage without the unit's space: ``+4.7%``."""
    return signed_percent(value, digits, unit="%")


def tone(ar: float) -> tuple[str, str]:
    """Return the fill of a cell with this abnormal return (decimal), and the colour on it."""
    step = sum(abs(ar) >= edge for edge in STEPS)
    if not step:
        return STILL, INK
    return (UP if ar > 0 else DOWN)[step - 1], STRONG if step == len(STEPS) else INK
