"""What every notebook does first: find the workspace, and load the study or run it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.engine.spec import StudySpec
from analysis.errors import InputError
from analysis.reactions.places import places_of
from analysis.reactions.run_inputs import load_run_prices
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import StudyStore, load_or_run
from analysis.reactions.study_tables import USABLE
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reactions.market_data import MarketData
    from analysis.reactions.minute_paths import MinutePaths
    from analysis.seeds.catalogue import Seeds


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A study and what it was made from.

    Attributes
    ----------
    study
        Its figures.
    seeds
        Events, markets, articles and claims.
    workspace
        Where seeds and prices are.
    """

    study: StudyStore
    seeds: Seeds
    workspace: Workspace

    def event_id(self, event_id: str = "") -> str:
        """Return the id of an event; empty: that of the event whose day 0 was the most unusual."""
        return self.seeds.event(event_id).id if event_id else self._leading("event_id")

    def market(self, market: str = "", event_id: str = "") -> str:
        """Return a market of the study; empty: where an event (empty: any) was most unusual."""
        symbols = sorted(set(self.study.reactions["market"]))
        if market and market not in symbols:
            raise InputError.choice("market", market, symbols)
        return market or self._leading("market", event_id)

    def article(self, file: str = "") -> str:
        """Return the file name of an article; empty: the first."""
        if not file and not self.seeds.articles:
            raise InputError(
                "article", file, "seeds/articles.yaml has none.", "Describe one there."
            )
        return self.seeds.article(file or self.seeds.articles[0].file).file

    def _leading(self, column: str, event_id: str = "") -> str:
        """Return the event or market with the smallest placebo p on day 0, else the latest."""
        reactions = self.study.reactions
        days = self.study.placebo.query(
            "window == '[0,0]' and model == @model and not candidate",
            local_dict={"model": self.study.spec.study.model},
        ).dropna(subset=["p_value"])
        days = days.assign(size=-days["statistic"].abs())
        order = ["p_value", "size", "event_id", "market"]
        latest = reactions.assign(usable=reactions["status"].isin(USABLE))
        latest = latest.sort_values(["usable", "announced_at", "event_id"], ascending=False)
        for table in (days.sort_values(order), latest):
            found = table[table["event_id"] == event_id] if event_id else table
            if len(found):
                return str(found[column].iloc[0])
        raise InputError(
            column, "", "the study has no event.", "Add one to seeds/events.yaml, or name another."
        )

    def closes(self) -> pd.DataFrame:
        """Return the closes of every series of the seeds that the prices have; NaN: no price."""
        symbols = [market.symbol for market in self.seeds.markets]
        return load_run_prices(self.workspace, self.study.spec, symbols).closes

    def market_data(self) -> MarketData:
        """Return prices laid on the sessions of their exchanges; reads calendars, so it is slow."""
        from analysis.reactions.market_data import lay_ground, needed_symbols
        from analysis.sessions.closures import load_corrections

        run = self.study.spec
        prices = load_run_prices(self.workspace, run, needed_symbols(self.seeds, run))
        corrections = load_corrections(self.workspace.data / "calendar_corrections.csv")
        return lay_ground(self.seeds, prices, run, corrections)

    def returns(self, market: str) -> pd.DataFrame:
        """Return a market's sessions as a frame to compute with by hand.

        A row per session (index ``session``): ``close_at`` (UTC), ``price``, ``ret`` from the close
        before, ``benchmark_ret`` over the same interval, ``span`` (closes of the benchmark in it).
        """
        import pandas as pd

        data = self.market_data()
        if market not in data.aligned:
            raise InputError.choice("market", market, sorted(data.aligned))
        sessions, aligned = data.sessions[market], data.aligned[market]
        columns = {
            "close_at": pd.DatetimeIndex(sessions.close_at).tz_localize("UTC"),
            "price": sessions.price,
            "ret": aligned.ret,
            "benchmark_ret": aligned.benchmark_ret,
            "span": aligned.span,
        }
        return pd.DataFrame(columns, index=pd.Index(sessions.session, name="session"))

    def minute_paths(self) -> MinutePaths:
        """Return what makes paths of prices around events; without bars it makes none."""
        from analysis.reactions.market_data import needed_symbols
        from analysis.reactions.minute_paths import MinutePaths
        from analysis.reactions.minute_source import MinuteSource
        from analysis.reactions.minutes import moments
        from analysis.sessions.closures import load_corrections

        prices = load_run_prices(
            self.workspace, self.study.spec, needed_symbols(self.seeds, self.study.spec)
        )
        corrections = load_corrections(self.workspace.data / "calendar_corrections.csv")
        source = MinuteSource(self.seeds, self.workspace.data, prices, corrections)
        return MinutePaths(source.series, moments(self.seeds.events))


def open_study(
    spec: str = "", workspace: str = "", store: str = "", *, run: str = "", **method: Any
) -> OpenStudy:
    """Load the stored study of a run, or run it if it is not stored yet.

    Parameters
    ----------
    spec
        JSON of a `RunSpec`, as papermill hands it over; empty for the defaults.
    workspace
        Folder with seeds, data and notebooks; empty for the one the current folder is in, else
        the founding workspace.
    store
        Folder of stores; empty for the workspace's own.
    run
        All three as one JSON object: what a notebook takes as its one parameter of that kind.
    **method
        Fields of a `RunSpec` or `StudySpec` instead of ``spec``: ``model="constant_mean"``,
        ``windows=[(0, 0), (0, 5)]``, ``markets=["NVDA"]``, ``prices="yahoo"``.

    Raises
    ------
    InputError
        If both JSON and keywords are given, or a name or value is wrong.
    """
    from analysis.seeds.catalogue import load_seeds

    places = places_of(run, spec=spec, workspace=workspace, store=store)
    if method and places["spec"]:
        raise InputError(
            "spec", places["spec"], "it cannot be given beside keywords.", "Leave one of them out."
        )
    asked = RunSpec.from_keywords(method) if method else places["spec"]
    place = find_workspace(places["workspace"] or None)
    study = load_or_run(asked, workspace=place, store=places["store"] or None)
    return OpenStudy(study=study, seeds=load_seeds(place.seeds), workspace=place)


def simulation_method(spec: str = "", *, run: str = "") -> StudySpec:
    """Return the method of a run as simulated markets are studied with it.

    Parameters
    ----------
    spec
        JSON of a `RunSpec`; empty for the defaults. Its windows are kept down to the two shortest
        that hold day 0, so that the page stays readable.
    run
        The same in the one parameter of a notebook; see `open_study`.
    """
    study = RunSpec.from_json(places_of(run, spec=spec)["spec"] or "{}").study
    held = [window for window in study.windows or () if window[0] <= 0 <= window[1]]
    shortest = sorted(held, key=lambda window: (window[1] - window[0], window))[:2]
    return replace(study, windows=tuple(shortest) or study.windows)
