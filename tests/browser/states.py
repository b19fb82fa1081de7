"""Sites that nobody hopes for, made here: hostile words, a failed report, nothing, many markets."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from browser.chromium import ROOT
from report_runs import small_workspace

from analysis.chapters.all_events.answer import Answer
from analysis.chapters.all_events.cells import GridCell, GridRow
from analysis.reactions.run_spec import RunSpec
from analysis.report.build import build_reports
from analysis.report.methods_page import defined_codes, write_methods
from analysis.report.page import Failure, PageHeader, render_page
from analysis.report.site import FrontPage, MarketHead, ReportLink, write_index, write_summary
from analysis.workspace import Workspace

HOSTILE = "<script>document.title='broken'</script><img src=https://example.org/x.png>"
_LONG = (
    "Kaohsiung Shipping", "Lantau", "Semicon Holdings", "Aomori", "New Territories Land", "Osaka",
    "Memory Corporation", "Kyoto Electric Power", "Sapporo", "Hsinchu", "Stanley", "Nagoya",
    "Fabless Design House", "Taichung", "Kowloon", "Tainan",
)  # fmt: skip
"""Names of made-up markets, short ones and long ones."""


def hostile_site(out: Path) -> Path:
    """Make a site of one report with hostile words, a figure and a failed neighbour."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    box = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><rect width="90"/></svg>'
    about = {"image/svg+xml": {"alt": "A box", "caption": "A box."}}
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Question?\n\n## Part\n\nSee `bmp_t`. " + HOSTILE),
            new_code_cell(
                "1",
                outputs=[
                    new_output("display_data", data={"image/svg+xml": box}, metadata=about),
                    new_output("display_data", data={"text/html": HOSTILE + "<table><tr><td>1"}),
                ],
            ),
        ]
    )
    source = ROOT / "docs" / "methods.md"
    page = render_page(notebook, PageHeader(title=HOSTILE), codes=defined_codes(source))
    stopped = Failure("ValueError", f"no price {HOSTILE} " + "x" * 90, 2, "open_study(spec)")
    for name, text in (
        ("one", page), ("two", render_page(notebook, PageHeader(title="Stopped"), failure=stopped)),
    ):  # fmt: skip
        (out / name).mkdir(parents=True)
        (out / name / f"{name}.html").write_text(text, encoding="utf-8")
    write_methods(out, source=source)
    row = GridRow("e1", HOSTILE, "15 Jul 2025", "thaw", (GridCell("e1.NVDA", HOSTILE),))
    failed = ReportLink("Stopped", "two/two.html", status="failed", error=str(stopped))
    front = FrontPage(
        answer=Answer(HOSTILE, (HOSTILE,), (), (), "", ()),
        markets=(MarketHead("NVDA", "Nvidia"),),
        rows=(row,),
        reports=(ReportLink(HOSTILE, "one/one.html"), failed),
    )
    write_index(out, context=front)
    write_summary(out, context=front)
    return out


def empty_site(out: Path) -> Path:
    """Make the front page and the sheet of a study in which nothing could be measured."""
    said = Answer("No answer: no reaction could be measured", ("We measured one news item in "
                  "Nvidia.", "There is no price."), (), (), "", ())  # fmt: skip
    front = FrontPage(answer=said, markets=(MarketHead("NVDA", "Nvidia"),), rows=())
    write_index(out, context=front)
    write_summary(out, context=front)
    write_methods(out, source=ROOT / "docs" / "methods.md")
    return out


def crowd(out: Path, markets: int = 20) -> Path:
    """Report a few of the founding events in many markets: founding closes times a random walk."""
    root = out / "workspace"
    shutil.copytree(small_workspace(), root)
    closes = pd.read_csv(root / "data" / "closes.csv", index_col="date")
    listed = yaml.safe_load((root / "seeds" / "markets.yaml").read_text(encoding="utf-8"))
    founding = [market for market in listed if market["role"] == "study"]
    rng = np.random.default_rng(3)
    for n, short in enumerate(_LONG[: markets - len(founding)]):
        like, symbol = founding[n % len(founding)], f"MKT{n}"
        walk = np.exp(np.cumsum(rng.normal(0, 0.009, len(closes))))
        closes[symbol] = (closes[like["symbol"]] * walk).round(2)
        wanted = {name: like[name] for name in ("exchange", "currency", "model", "role")}
        listed.append({"symbol": symbol, "name": short, "short": short, "kind": "stock",
                       "benchmark": "^GSPC", **wanted})  # fmt: skip
    closes.to_csv(out / "closes.csv")
    text = yaml.safe_dump(listed, allow_unicode=True, sort_keys=False)
    (root / "seeds" / "markets.yaml").write_text(text, encoding="utf-8")
    workspace = Workspace(root, reports=out / "reports")
    run = RunSpec(prices=str(out / "closes.csv"))
    only = ("all-events", "reactions-together")
    assert build_reports(workspace, run, only=only, stream=io.StringIO()) == 0
    return workspace.reports
