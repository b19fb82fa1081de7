"""The study itself: place the events, fit normal returns, compute abnormal ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.engine.abnormal import Abnormal, ewma_forecast
from analysis.engine.benchmarks import Benchmark
from analysis.engine.event_time import event_days, event_time_panel
from analysis.engine.frame_panel import labelled_panel
from analysis.engine.gate import checked_matrix, look_at_panel, warn
from analysis.engine.models import (
    MODELS,
    WITHOUT_BENCHMARK,
    NormalReturnFit,
    Sample,
)
from analysis.engine.overlap import event_window_cover
from analysis.engine.panel import EventPanel, take_days
from analysis.engine.results import EventStudyResult
from analysis.engine.spec import StudySpec, checked_spec
from analysis.engine.usability import Bools, Ints, Outcomes, mark_fits, mark_windows
from analysis.engine.volume import odd_volume, refuse_volume
from analysis.errors import InputError, StudyError

#: Events fitted at once; bounds memory, not results.
BLOCK = 4096


def event_study(
    returns: pd.DataFrame | EventPanel,
    events: pd.DataFrame | None = None,
    *,
    benchmark: Benchmark = None,
    spec: StudySpec | None = None,
) -> EventStudyResult:
    """Run an event study on a frame of returns, or on a panel that is already built.

    Parameters
    ----------
    returns
        Sessions x securities, decimal returns, NaN where missing (never filled); without
        ``events``, events x event days (columns -30 .. 90); or an
        :class:`~analysis.engine.panel.EventPanel`, which then carries events and benchmark itself.
    events
        Columns ``event_id``, ``security``, ``session``: any number of events per security and of
        securities per session or event_id; the pair (event_id, security) is unique.
    benchmark
        A Series or a frame of factors on the same sessions (it may have more); a frame with a
        column named like each security for one each; a mapping of securities, or of what a column
        of ``events`` says of them, to Series or columns of ``returns`` (``{"XETR": dax, "XLON":
        ftse}``); ``"peers"`` for the equal-weighted mean of all other securities,
        ``"peers:sector"`` for those of the same sector. Not needed by ``constant_mean``;
        ``result.against`` sets several side by side.
    spec
        The method; the defaults of :class:`~analysis.engine.spec.StudySpec` if left out.

    Returns
    -------
    EventStudyResult
        With an outcome for every requested event; one that cannot be used has a reason.

    Raises
    ------
    InputError
        If an argument breaks a rule.
    StudyError
        If no event at all can be used; the message lists the reasons.

    Warns
    -----
    PlausibilityWarning
        For what is possible but suspicious; it stands in ``notes`` of the result, too.

    See Also
    --------
    analysis.StudySpec : the method: windows, model, tests, ``alternative``, ``donors``.
    analysis.EventStudyResult : ``outcomes``, ``fits``, ``ar``, ``car``, ``summary``; ``tests`` and
        ``test``; ``table`` (``to_latex``, ``to_excel``), ``plot``, ``by`` (groups and their
        difference), ``ladder`` (one mean judged six ways), ``against`` (several benchmarks);
        ``coefficients``, ``distribution``, ``bootstrap``, ``calendar_time_alpha``, ``volatility``,
        ``synthetic_control``, ``buy_and_hold``, ``explain``.
    analysis.cross_section : why some events moved more than others (HC3, HC1, by date, GLS).
    analysis.volume_study : the same for trading volume.
    analysis.partitioned_study : the same for data larger than memory.

    Notes
    -----
    ``market-reaction list models`` and ``list tests`` name what ``model`` and ``tests`` may be.
    Where to look for what papers ask: Lamb's test ``tests=("lamb_t",)``, the jackknife
    ``"jackknife_t"``; EGARCH errors ``model="egarch_market_model"``, rolling beta
    ``"rolling_market_model"``, thin trading ``"trade_to_trade"``, synthetic control
    ``"synthetic_control"``; one-sided p ``alternative="greater"``, fixed in the spec; standard
    errors of alpha and beta ``result.coefficients(errors="hac")``; calendar-time alpha
    ``result.calendar_time_alpha``; abnormal volume :func:`~analysis.volume_study`, abnormal
    volatility ``result.volatility``; bootstrap ``result.bootstrap``.

    References
    ----------
    MacKinlay, A. C. (1997). Event studies in economics and finance. Journal of Economic
    Literature 35, 13-39.

    Examples
    --------
    From a frame to a table in LaTeX:

    >>> result = analysis.event_study(returns, events, benchmark=market)  # doctest: +SKIP
    >>> print(result.table(windows=[(0, 0), (-1, 1)]).to_latex())  # doctest: +SKIP
    """
    spec = checked_spec(spec)
    built: tuple[str, ...] = ()
    if isinstance(returns, EventPanel):
        panel = returns
    elif events is None and event_days(returns):
        panel = event_time_panel(returns, benchmark)
    elif events is None:
        raise InputError("events", None, "a frame of returns needs a frame of events.")
    else:
        panel = labelled_panel(returns, events, benchmark=benchmark)
        warn(panel.notes)
        built = panel.notes
    if not panel.factor_names and spec.model not in WITHOUT_BENCHMARK:
        raise InputError(
            "benchmark",
            None,
            f"model {spec.model!r} needs one.",
            "Pass a Series on the same sessions, or use model='constant_mean'.",
        )
    check_factor_names(panel, spec)
    notes = (*built, *look_at_panel(panel, spec))
    warn(tuple(note for note in notes if note not in panel.notes))
    given = None if events is None else events.reset_index(drop=True)
    return _usable(replace(estimate(panel, spec), notes=notes, events=given))


def _usable(result: EventStudyResult) -> EventStudyResult:
    """Refuse a result without any usable event."""
    if not len(result.status):
        raise StudyError(
            "none of the 0 events can be used: the frame of events is empty; it needs a row each."
        )
    if not result.usable.any():
        reasons = pd.Series(result.reason).value_counts()
        listed = "\n".join(
            f"- {text} ({count} {'event' if count == 1 else 'events'})"
            for text, count in reasons.head(8).items()
        )
        raise StudyError(f"none of the {len(result.status)} events can be used:\n{listed}")
    return result


def volume_study(
    volume: pd.DataFrame, events: pd.DataFrame, *, spec: StudySpec | None = None
) -> EventStudyResult:
    """Study abnormal volume: log volume less its estimation-window mean.

    Parameters
    ----------
    volume
        Sessions x securities, shares or money; zero counts as missing.
    events
        As in :func:`event_study`.
    spec
        Windows; the model is always ``constant_mean``.

    Returns
    -------
    EventStudyResult
        Whose abnormal "returns" are log points of volume.

    Raises
    ------
    InputError
        If a volume is negative, or an argument breaks a rule.
    """
    matrix = checked_matrix("volume", volume)
    refuse_volume(volume, matrix)
    spec = replace(checked_spec(spec), model="constant_mean", return_kind="log", risk_free=None)
    logs = np.log(np.where(matrix > 0, matrix, np.nan))
    frame = pd.DataFrame(logs, index=volume.index, columns=volume.columns)
    panel = labelled_panel(frame, events, benchmark=None)
    notes = odd_volume(panel)
    warn(notes)
    found = replace(estimate(panel, spec), notes=notes, measure="volume")
    return _usable(replace(found, events=events.reset_index(drop=True)))


def estimate(panel: EventPanel, spec: StudySpec) -> EventStudyResult:
    """Fit and compute abnormal returns for every usable row of a panel; never raises on data."""
    found = Outcomes(panel, spec, panel.status.copy(), panel.reason.copy())
    mark_windows(found)
    rows = np.flatnonzero(found.status == "ok")
    early = max(0, -int(panel.row[rows].min() + spec.reach[0])) if len(rows) else 0
    source = panel.preceded(early) if early else panel  # days before the first one have no returns
    parts = [
        _abnormal(source, spec, rows[start : start + BLOCK])
        for start in range(0, max(len(rows), 1), BLOCK)
    ]
    abnormal = Abnormal.join(parts)
    if early:
        abnormal = replace(abnormal, row=abnormal.row - early, n_sessions=panel.n_sessions)
    keep = mark_fits(found, abnormal, rows)
    if not keep.all():
        rows, abnormal = rows[keep], abnormal.take(np.flatnonzero(keep))
    return EventStudyResult(
        spec=spec, panel=panel, status=found.status, reason=found.reason, rows=rows,
        abnormal=abnormal,
    )  # fmt: skip


def sample_of(panel: EventPanel, spec: StudySpec, row: Ints, column: Ints) -> Sample:
    """Return what a model is given for events at these rows and columns of a panel.

    Raises
    ------
    InputError
        If ``factors`` or ``risk_free`` of the spec name a column the panel does not have.
    """
    check_factor_names(panel, spec)
    names = list(panel.factor_names)
    riskless = None if spec.risk_free is None else names.index(spec.risk_free)
    chosen = [name for name in spec.factors or names if name != spec.risk_free]
    columns = [names.index(name) for name in chosen]
    every = columns == list(range(len(names)))
    return Sample(
        returns=panel.returns,
        factors=panel.factors if every else panel.factors[..., columns],
        risk_free=None if riskless is None else panel.factors[..., riskless],
        row=row,
        column=column,
        estimation_window=spec.estimation_window,
        event_window=spec.event_window,
        left_out=_left_out(panel, spec, row, column),
        factor_names=tuple(chosen),
        donors=eligible_donors(panel, spec, row, column)
        if MODELS[spec.model].needs_donors
        else None,
    )


def eligible_donors(panel: EventPanel, spec: StudySpec, row: Ints, column: Ints) -> Bools:
    """Say which securities may make up the normal return of each event.

    Returns
    -------
    ndarray of bool, shape (n_events, n_securities)
        Never the security itself; those the spec names, or all without an event window of their
        own that meets the estimation or event window of the event.

    Raises
    ------
    InputError
        If securities keep different sessions, or a named donor is none of them.
    """
    if panel.label.ndim == 2:
        raise InputError(
            "model", spec.model, "its donors must trade on the same sessions as the security.",
            "Use another model, or a panel on one session axis.",
        )  # fmt: skip
    names = [str(name) for name in panel.securities]
    for name in spec.donors or ():
        if name not in names:
            raise InputError.choice("donors", name, names)
    every = np.arange(len(names))
    if spec.donors is None:
        cover = np.cumsum(
            np.vstack([np.zeros(len(names)), event_window_cover(panel, spec.event_window)]), axis=0
        )
        first, last = row + spec.estimation_window[0], row + spec.event_window[1] + 1
        free = cover[np.clip(last, 0, len(cover) - 1)] == cover[np.clip(first, 0, None)]
    else:
        free = np.broadcast_to(np.isin(names, list(spec.donors)), (len(row), len(names)))
    return np.asarray(free & (every != column[:, None]))


def check_factor_names(panel: EventPanel, spec: StudySpec) -> None:
    """Refuse a method that names a factor the panel does not have."""
    for parameter, wanted in (("factors", spec.factors or ()), ("risk_free", [spec.risk_free])):
        for name in wanted:
            if name is not None and name not in panel.factor_names:
                raise InputError.choice(parameter, name, panel.factor_names)


def _abnormal(panel: EventPanel, spec: StudySpec, rows: Ints) -> Abnormal:
    row, column = panel.row[rows], panel.column[rows]
    pairing = [panel.pairing(rows, *w) for w in (spec.estimation_window, spec.event_window)]
    fit = MODELS[spec.model].fit(sample_of(panel, spec, row, column), spec.model_options)
    if spec.scale == "ewma":
        fit = _conditional(panel, spec, row, column, fit)
    return Abnormal(
        fit=fit,
        returns=take_days(panel.returns, row, column, *spec.event_window),
        event_window=spec.event_window,
        estimation_window=spec.estimation_window,
        row=row,
        column=column,
        session_id=take_days(panel.session_id, row, column, *spec.event_window).astype(np.int64),
        n_sessions=panel.n_sessions,
        return_kind=spec.return_kind,
        pairing=None if pairing[0] is None or pairing[1] is None else (pairing[0], pairing[1]),
    )


def _conditional(
    panel: EventPanel, spec: StudySpec, row: Ints, column: Ints, fit: NormalReturnFit
) -> NormalReturnFit:
    """Replace the scale of a fit by the EWMA volatility forecast frozen at day -1."""
    history = fit.residuals
    gap = (spec.estimation_window[1] + 1, -1)
    if gap[0] <= gap[1]:
        before = replace(spec, event_window=gap, windows=(gap,), scale="estimation")
        normal = (
            MODELS[spec.model].fit(sample_of(panel, before, row, column), spec.model_options).normal
        )
        history = np.hstack([history, take_days(panel.returns, row, column, *gap) - normal])
    forecast = ewma_forecast(history, fit.sigma)
    return replace(
        fit,
        day_sigma=np.broadcast_to(forecast[:, None], fit.normal.shape).copy(),
        df=np.full(len(fit.sigma), np.inf),
    )


def _left_out(panel: EventPanel, spec: StudySpec, row: Ints, column: Ints) -> Bools | None:
    if not spec.exclude:
        return None
    out = np.zeros((len(row), spec.n_estimation), dtype=bool)
    if "event_windows" in spec.exclude:
        covered = event_window_cover(panel, spec.event_window)
        out |= take_days(covered, row, column, *spec.estimation_window) > 0
    if "zero_span" in spec.exclude and panel.span is not None:
        out |= take_days(panel.span, row, column, *spec.estimation_window) == 0
    return out
