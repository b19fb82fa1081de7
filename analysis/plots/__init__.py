"""Frame to picture: what a study found, drawn. Nothing is estimated here."""

from analysis.plots.categories import categories_picture
from analysis.plots.clock import clock_picture, hours_picture
from analysis.plots.event import paths_picture, placebo_picture
from analysis.plots.grid import grid_picture
from analysis.plots.largest import largest_picture, p_values_picture
from analysis.plots.picture import Drawn, Picture, figure_output
from analysis.plots.prices import closes_picture, coverage_picture
from analysis.plots.simulated import estimates_picture, rates_picture
from analysis.plots.together import (
    clock_correlations_picture,
    matrices_picture,
    pairs_picture,
    placebo_correlations_picture,
)

__all__ = [
    "Drawn",
    "Picture",
    "categories_picture",
    "clock_correlations_picture",
    "clock_picture",
    "closes_picture",
    "coverage_picture",
    "estimates_picture",
    "figure_output",
    "grid_picture",
    "hours_picture",
    "largest_picture",
    "matrices_picture",
    "p_values_picture",
    "pairs_picture",
    "paths_picture",
    "placebo_correlations_picture",
    "placebo_picture",
    "rates_picture",
]
