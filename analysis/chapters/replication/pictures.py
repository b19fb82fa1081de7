"""How far ours and the printed figures agree, drawn."""

from __future__ import annotations

from textwrap import fill

import pandas as pd

from analysis.chapters.replication.words import Gallery
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.style import INK, SOFT, UP, new_figure, styled
from analysis.wording import count


@styled
def gallery_picture(gallery: Gallery) -> Picture:
    """Draw a bar for each study: figures by the engine, by a named rule, and not at all."""
    rows = []
    for study, found in gallery:
        equal = [one for one in found if one.equal]
        engine = sum(one.figure.how == "engine" for one in equal)
        rows.append((study.title, engine, len(equal) - engine, len(found) - len(equal)))
    frame = pd.DataFrame(rows, columns=["study", "engine", "named rule", "not"])
    fig = new_figure(1.1 + 0.6 * len(rows))
    axes = fig.subplots()
    start = pd.Series(0.0, index=frame.index)
    for part, colour in (("engine", UP[3]), ("named rule", UP[1]), ("not", SOFT)):
        axes.barh(frame.index, frame[part], left=start, color=colour, label=part, height=0.6)
        start = start + frame[part]
    axes.set_yticks(frame.index, [fill(title, 26) for title in frame["study"]])
    axes.invert_yaxis()
    axes.set_xlabel("printed figures")
    axes.tick_params(axis="y", labelcolor=INK)
    fig.legend(loc="outside upper right", ncols=3, fontsize=8, frameon=False)
    out, total = int(frame["engine"].sum() + frame["named rule"].sum()), int(start.sum())
    title = f"{out} of {total} printed figures come out to every digit"
    return figure_output(
        fig,
        drawn=Drawn("printed figures by study", frame),
        title=title,
        alt=f"{title}, in {count(len(rows), 'study', 'studies')}; bars by study: "
        + "; ".join(f"{s}: {e} by the engine, {r} by a named rule, {n} not" for s, e, r, n in rows),
    )
