"""Every figure of reference case A (tests/reference/README.md) at 1e-9."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis import EventStudyResult, StudySpec
from analysis.engine.inference.skewness import johnson_t

REFERENCE = Path(__file__).parents[1] / "reference"
#: Figures agree when |a - b| <= 1e-9 max(1, |b|).
TOLERANCE = 1e-9
RISKLESS = {"model": "factor_model", "risk_free": "risk_free"}
MODELS = {
    "market_model": {"model": "market_model", "factors": ("market",)},
    "constant_mean": {"model": "constant_mean"},
    "market_adjusted": {"model": "market_adjusted", "factors": ("market",)},
    "capm": RISKLESS | {"factors": ("market_rf",)},
    "ff3": RISKLESS | {"factors": ("market_rf", "smb", "hml")},
    "carhart4": RISKLESS | {"factors": ("market_rf", "smb", "hml", "mom")},
    "ff5": RISKLESS | {"factors": ("market_rf", "smb", "hml", "rmw", "cma")},
    "scholes_williams": {"model": "scholes_williams", "factors": ("market",)},
    "dimson": {"model": "dimson", "factors": ("market",)},
}
FACTORS = ["market", "market_rf", "smb", "hml", "rmw", "cma", "mom", "risk_free"]
PANEL = pd.read_csv(REFERENCE / "panel.csv", index_col="session", parse_dates=True)
AR = pd.read_csv(REFERENCE / "abnormal_returns.csv").set_index(["event_id", "event_day"])
FITS = pd.read_csv(REFERENCE / "fits.csv")
FIGURES = pd.read_csv(REFERENCE / "tests.csv", keep_default_na=False, dtype={"value": float})
PEERS = (
    pd.read_csv(REFERENCE / "peers.csv")
    .set_index(["program", "figure", "window"])["value"]
    .sort_index()
)


@pytest.fixture(scope="module")
def studies() -> dict[str, EventStudyResult]:
    events = pd.read_csv(REFERENCE / "events.csv", parse_dates=["session"])
    return {
        name: analysis.event_study(
            PANEL.drop(columns=FACTORS),
            events,
            benchmark=PANEL[FACTORS],
            spec=StudySpec(estimation_window=(-260, -11), event_window=(-10, 10), **options),
        )
        for name, options in MODELS.items()
    }


@pytest.fixture(scope="module")
def study(studies: dict[str, EventStudyResult]) -> EventStudyResult:
    return studies["market_model"]


def agree(found: object, expected: object) -> None:
    a, b = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert a.shape == b.shape
    worst = np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))
    assert worst <= TOLERANCE, f"off by {worst:.3g}"


def parsed(label: str) -> tuple[int, int]:
    start, end = label.strip("[]").split(",")
    return int(start), int(end)


@pytest.mark.parametrize("model", MODELS)
def test_abnormal_returns(studies: dict[str, EventStudyResult], model: str) -> None:
    found = studies[model].ar.droplevel("security").stack()
    assert len(found) == 420
    agree(found, AR.loc[found.index, f"ar_{model}"])


#: Our column for a figure of the reference, by model; the rest have the same name.
NAMES = {
    "dimson": {"beta_lag": "beta_lag1", "beta_0": "beta_same", "beta_lead": "beta_lead1"},
    "scholes_williams": {"beta_0": "beta_same"},
    "market_adjusted": {"sigma_sd": "sigma"},
}
#: Not of this package: lag-1 autocorrelation of residuals, and a sigma about zero.
NOT_OURS = {"residual_r1", "sigma_ddof0_about_zero"}


@pytest.mark.parametrize("model", MODELS)
def test_fits(studies: dict[str, EventStudyResult], model: str) -> None:
    wanted = FITS[FITS["model"] == model].pivot(index="event_id", columns="figure", values="value")
    wanted = wanted.drop(columns=NOT_OURS, errors="ignore").rename(columns=NAMES.get(model, {}))
    found = studies[model].fits.droplevel("security")
    agree(found[list(wanted.columns)], wanted.loc[found.index])


def test_sar_car_bhar_and_residuals(studies: dict[str, EventStudyResult]) -> None:
    study = studies["market_model"]
    sar = study.sar.droplevel("security").stack()
    agree(sar, AR.loc[sar.index, "sar_market_model"])
    over_sigma = study.ar.div(study.fits["sigma"], axis=0).droplevel("security").stack()
    agree(over_sigma, AR.loc[over_sigma.index, "ar_over_sigma_market_model"])
    for day in range(-10, 11):
        expected = AR.xs(day, level="event_day")
        agree(study.car((-10, day)), expected["car_market_model"])
        agree(studies["market_adjusted"].bhar((-10, day)), expected["bhar_market_adjusted"])
    agree(study.residuals, pd.read_csv(REFERENCE / "residuals.csv", index_col="event_id"))


STATISTICS = sorted(
    set(FIGURES.loc[FIGURES["form"] == "", "figure"])
    - {"caar", "median_car", "n_positive", "independent_t"}
)


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics(study: EventStudyResult, name: str) -> None:
    wanted = FIGURES[(FIGURES["figure"] == name) & (FIGURES["form"] == "")]
    assert len(wanted) in (7, 21, 27)
    found = [study.test(name, parsed(label)).statistic for label in wanted["window"]]
    agree(found, wanted["value"])


@pytest.mark.parametrize("name", ["adjusted_patell_z", "kolari_pynnonen_t"])
def test_statistics_with_the_correlation_of_all_pairs(study: EventStudyResult, name: str) -> None:
    wanted = FIGURES[(FIGURES["figure"] == name) & (FIGURES["form"] == "all_pairs")]
    assert len(wanted) == 27
    found = [study.test(name, parsed(label), dependence="all_pairs") for label in wanted["window"]]
    agree([result.statistic for result in found], wanted["value"])
    scalars = pd.read_csv(REFERENCE / "scalars.csv", index_col="figure")["value"]
    agree(found[0].details["r"], scalars["rbar_calendar_overlap"])
    agree(study.test("generalized_sign_z").details["share"], scalars["phat_positive"])


def test_statistics_with_the_correlation_by_event_day(study: EventStudyResult) -> None:
    """The variant other programs print, from our BMP and an r of residuals by event day."""
    wanted = FIGURES[FIGURES["form"] == "event_time"]
    corr = np.corrcoef(study.residuals)
    r = corr[np.triu_indices(20, 1)].mean()
    factor = np.sqrt((1 - r) / (1 + 19 * r))
    found = [study.test("bmp_t", parsed(label)).statistic * factor for label in wanted["window"]]
    agree(found, wanted["value"])


def values(figure: str, form: str = "") -> pd.Series:
    chosen = FIGURES[(FIGURES["figure"] == figure) & (FIGURES["form"] == form)]
    return chosen.set_index("window")["value"]


def test_averages_and_variants(studies: dict[str, EventStudyResult]) -> None:
    study = studies["market_model"]
    for label, expected in values("caar").items():
        agree(study.caar(parsed(label)), expected)
    for label, expected in values("median_car").items():
        agree(study.car(parsed(label)).median(), expected)
        agree((study.car(parsed(label)) > 0).sum(), values("n_positive")[label])
    for label, expected in values("independent_t").items():
        se = np.sqrt((study.fits["sigma"] ** 2).sum()) / 20
        agree(study.caar(parsed(label)) / se, expected)
    for label, expected in values("skewness_adjusted_t", "johnson").items():
        agree(johnson_t(study.car(parsed(label)).to_numpy()), expected)
    for label, expected in values("bmp_t", "sum_of_sar").items():
        total = study.sums(parsed(label)).sar_sum
        agree(stats.ttest_1samp(total, 0).statistic, expected)
    for label, expected in values("wilcoxon", "p_value").items():
        agree(study.test("wilcoxon", parsed(label)).p_value, expected)


@pytest.mark.parametrize("model", ["market_adjusted", "market_model"])
def test_buy_and_hold(studies: dict[str, EventStudyResult], model: str) -> None:
    study = studies[model]
    for label, expected in values("abhar", model).items():
        agree(study.abhar(parsed(label)), expected)
        agree(study.test("abhar_t", parsed(label)).statistic, values("abhar_t", model)[label])
    for label, expected in values("abhar_johnson_t", model).items():
        agree(study.test("skewness_adjusted_bhar_t", parsed(label)).statistic, expected)


def test_figures_printed_with_the_definitions(study: EventStudyResult) -> None:
    """Staggered dates: r weighted by shared sessions, and the variance-adjusted rank test."""
    same_day = study.test("kolari_pynnonen_t", (0, 0))
    assert same_day.details["r"] == 0
    agree(same_day.statistic, 2.7371733590426612)
    window = study.test("kolari_pynnonen_t", (-10, 10))
    assert window.details["r"] == pytest.approx(0.002666335275, abs=1e-12)
    assert window.statistic == pytest.approx(0.5325295659, abs=1e-10)
    adjusted = [study.test("corrado_zivney_adjusted_z", (day, day)) for day in (-1, 0, 1)]
    agree([t.statistic for t in adjusted], [-1.032569317943, 2.560771908499, 3.147861320700])


def peer(program: str, figure: str) -> pd.Series:
    return PEERS.loc[program, figure]


ESTUDY2 = {
    "mean": "caar",
    "t_test_stat": "cross_sectional_t",
    "bw_1985_stat": "crude_dependence_t",
    "car_bw1985": "crude_dependence_t",
    "bh_stat": "bmp_t",
    "sign_stat": "sign_z",
    "gsign_stat": "generalized_sign_z",
    "csign_stat": "corrado_zivney_sign_z",
    "rank_stat": "corrado_rank_z",
    "mrank_stat": "corrado_zivney_z",
    "wlcx_stat": "wilcoxon",
}
EVENT_STUDIES = {"j1": "j1", "j2": "j2", "gsign": "generalized_sign_z", "caar": "caar"}
VIBE = {
    "t": "cross_sectional_t",
    "patell_z": "j2",
    "bmp_z": "bmp_t",
    "cowan_sign": "generalized_sign_z",
    "caar": "caar",
}


@pytest.mark.parametrize(
    ("program", "figure", "name"),
    [("estudy2 0.10.0", *pair) for pair in ESTUDY2.items()]
    + [("event-studies 0.1.4", *pair) for pair in EVENT_STUDIES.items()]
    + [("vibe-trading-ai 0.1.18", *pair) for pair in VIBE.items()],
)
def test_other_programs_that_agree(
    study: EventStudyResult, program: str, figure: str, name: str
) -> None:
    wanted = peer(program, figure)
    windows = [parsed(label) for label in wanted.index]
    found = [study.caar(w) if name == "caar" else study.test(name, w).statistic for w in windows]
    agree(found, wanted)


def rank_means(study: EventStudyResult, window: tuple[int, int]) -> tuple[np.ndarray, int]:
    """Mean centred ranks over the estimation window and the tested window only."""
    days = np.hstack([study.residuals, study.ar.loc[:, window[0] : window[1]]])
    centred = stats.rankdata(days, axis=1) - (days.shape[1] + 1) / 2
    return centred.mean(axis=0), window[1] - window[0] + 1


def test_other_programs_where_they_differ(study: EventStudyResult) -> None:
    sigma = study.fits["sigma"]
    narrow = np.sqrt((sigma**2 * 248 / 249).sum()) / 20
    for label, value in peer("estudy2 0.10.0", "bw_1980_stat").items():
        agree(study.caar(parsed(label)) / narrow, value)
    for label, value in peer("estudy2 0.10.0", "pt_stat").items():
        agree(study.test("patell_z", parsed(label)).statistic * np.sqrt(249 / 248), value)
    for label, value in peer("estudy2 0.10.0", "car_mean").items():
        start, end = parsed(label)
        agree(study.caar((start, end)) / (end - start + 1), value)
    spreads = {
        ("estudy2 0.10.0", "car_rank"): slice(None),
        ("vibe-trading-ai 0.1.18", "corrado"): slice(None, 250),
        ("event-studies 0.1.4", "rank"): slice(250, None),
    }
    for (program, figure), days in spreads.items():
        for label, value in peer(program, figure).items():
            mean, length = rank_means(study, parsed(label))
            spread = np.sqrt((mean[days] ** 2).mean())
            agree(np.sqrt(length) * mean[-length:].mean() / spread, value)


def test_grank_with_residuals_over_their_forecast_errors(study: EventStudyResult) -> None:
    """A variant of the reference: estimation residuals over sigma sqrt C, like event days."""
    market = PANEL["market"].to_numpy()
    x = market[study.abnormal.row[:, None] + np.arange(-260, -10)]
    dx = x - x.mean(axis=1, keepdims=True)
    factor = 1 + 1 / 250 + dx**2 / (dx**2).sum(axis=1, keepdims=True)
    scaled = study.residuals / study.fits["sigma"].to_numpy()[:, None] / np.sqrt(factor)
    for label, expected in values("grank_t", "forecast_error_in_estimation").items():
        scar = study.scar(parsed(label))
        days = np.hstack([scaled, (scar / scar.std(ddof=1)).to_numpy()[:, None]])
        u = stats.rankdata(days, axis=1) / 252 - 0.5
        z = u[:, -1].mean() / np.sqrt((u.mean(axis=0) ** 2).mean())
        agree(z * np.sqrt(249 / (250 - z**2)), expected)
        agree(
            u[:, -1].mean() * np.sqrt(12 * 20 * 252 / 250),
            values("grank_z", "forecast_error_in_estimation")[label],
        )
