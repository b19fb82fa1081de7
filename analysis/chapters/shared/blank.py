"""The picture in place of one that has nothing to draw."""

from __future__ import annotations

from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.style import SOFT, new_figure, styled

#: What a picture of pairs says of a study of one market.
ONE_MARKET = "One market alone cannot react together"

#: Why reactions have no placebo p.
NO_DAYS = "There is no p, because no ordinary day is left to compare with"


@styled
def blank_picture(name: str, why: str = ONE_MARKET) -> Picture:
    """Say in words why there is nothing to draw.

    Parameters
    ----------
    name
        Name of the picture.
    why
        The reason, as a title without a full stop.
    """
    fig = new_figure(0.6)
    axes = fig.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, ha="center", va="center", color=SOFT)
    return figure_output(fig, drawn=Drawn(name), title=why, alt=f"{why}.")
