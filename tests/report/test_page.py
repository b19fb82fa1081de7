"""Pages from notebooks that were never run: outputs written by hand."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from analysis.report.jupyter import light_imports
from analysis.report.manifest import Provenance
from analysis.report.markdown import Prose
from analysis.report.markup import tidy_html
from analysis.report.page import (
    DataFile,
    Failure,
    PageHeader,
    ParameterRow,
    anchors_of,
    page_parts,
    pictures_without_alt,
    render_page,
)
from analysis.report.scrub import scrub_notebook

light_imports()

from nbformat.v4 import (  # noqa: E402  # after the stub, as the package does it
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

HOSTILE = "</title><script>alert(1)</script>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>'


def shown(data: dict[str, Any], metadata: dict[str, Any] | None = None, source: str = "x") -> Any:
    output = new_output("display_data", data=data, metadata=metadata or {})
    return new_code_cell(source, outputs=[output])


def notebook(*cells: Any) -> Any:
    return new_notebook(cells=list(cells))


def test_the_whole_page_holds_together() -> None:
    page = render_page(
        notebook(
            new_markdown_cell("# The question?\n\nText."),
            new_markdown_cell("## One\n\n### Under one"),
            shown({"text/markdown": "## Two"}),
        ),
        PageHeader(
            title=HOSTILE,
            parameters=(ParameterRow("event", HOSTILE, HOSTILE),),
            provenance=Provenance(inputs=(("closes.csv", "ab" * 32),)),
            files=(DataFile("tests.csv", "every test"),),
        ),
    )
    assert page.count("<h1>") == 1
    assert page.count("<script") == 1  # its own, which the policy names
    assert '<html lang="en">' in page
    assert '<p class="question">The question?</p>' in page
    assert re.findall(r'<li><a href="#([^"]+)">', page) == ["one", "two"]
    assert 'class="skip" href="#main"' in page
    assert 'href="tests.csv"' in page
    assert "ab" * 32 in page


def test_tables_of_two_cells_with_the_same_heads_are_told_apart() -> None:
    table = (
        "<table><thead><tr><th>close</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    )
    cells = [shown({"text/html": table}) for _ in range(3)]
    page = render_page(notebook(*cells), PageHeader(title="Two"))
    labels = re.findall(r'aria-label="(Table[^"]*)"', page)
    assert labels == ["Table: close", "Table: close (2)", "Table: close (3)"]


def test_the_page_loads_nothing() -> None:
    page = render_page(
        notebook(
            new_markdown_cell("![a](https://example.org/a.png) <img src=//example.org/b.png>"),
            shown({"text/html": '<img src="http://example.org/c.png"><link href="x.css">'}),
            shown({"text/html": "<style>@import url(http://example.org/d.css);</style>"}),
            shown({"application/javascript": "alert(1)", "text/plain": "plain"}),
        ),
        PageHeader(title="T"),
    )
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "<link href" not in page.replace('<link rel="icon" href="data:,">', "")
    assert "@import" not in page
    assert "alert(1)" not in page
    assert '<pre class="text" tabindex="0">plain</pre>' in page


def test_a_picture_is_part_of_the_page_with_its_words() -> None:
    about = {"image/svg+xml": {"alt": 'A "box"', "caption": "Units: %", "data": "box.csv"}}
    body, _ = page_parts(notebook(shown({"image/svg+xml": SVG, "text/plain": "Figure"}, about)))
    address = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', body)
    assert address is not None
    assert base64.b64decode(address[1]).decode() == SVG
    assert 'alt="A &#34;box&#34;"' in body
    assert "<script" not in body  # an SVG shown as a picture runs nothing
    assert '<a href="box.csv">Data</a>' in body


def test_pictures_without_words_are_found() -> None:
    found = pictures_without_alt(
        notebook(
            shown({"image/png": "AAAA"}, {"image/png": {"alt": "A line"}}),
            shown({"image/png": "AAAA"}, {"image/png": {"alt": " "}}),
            shown({"text/html": "<b>x</b>", "image/png": "AAAA"}),  # the HTML is shown
            shown({"image/svg+xml": SVG}),
        )
    )
    assert found == [2, 4]


def test_silent_code_is_gathered_and_follows_results() -> None:
    cells = (new_code_cell("import a"), new_code_cell("import b"), shown({"text/plain": "R"}))
    body = render_page(notebook(*cells), PageHeader(title="T"))
    assert body.count("<details") == 1
    assert body.index(">R<") < body.index("<details")
    assert re.search(r"import.*a.*\n\n.*import.*b", body)


def test_a_failure_stands_at_the_head() -> None:
    failure = Failure("KeyError", "'<b>'", cell=4, code="table['<b>']")
    page = render_page(notebook(), PageHeader(title="T"), failure=failure)
    assert 'role="alert"' in page
    assert "cell 4" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("<b>bold</b>", "<b>bold</b>"),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="java\tscript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="../index.html#a">x</a>', '<a href="../index.html#a">x</a>'),
        ('<a href="tests.csv">x</a>', '<a href="tests.csv">x</a>'),
        ('<p onclick="alert(1)" class="c">x</p>', '<p class="c">x</p>'),
        ('a<img src="https://example.org/x.png" alt="x"><img src="x.png"/>b', "ab"),
        ('<a href="data:text/csv;charset=utf-8,a%2Cb" download="x.csv">x</a>', None),
        ('<a href="data:text/csv;charset=utf-8,a%2Cb">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,<b>" download="x">x</a>', '<a download="x">x</a>'),
        ('<a href="data:text/csv;charset=utf-8,a<b" download="x">x</a>', '<a download="x">x</a>'),
        ("<iframe src=x><p>in</p></iframe>after", "after"),
        ("<svg><script>alert(1)</script></svg>", "<svg></svg>"),
        ('<img src="data:image/png;base64,AA" alt="">', None),
        ('<p style="background:url(http://x)">x</p>', "<p>x</p>"),
        ("<style scoped>td{}</style>x", "x"),
        ("a &amp; b &#60; c", "a &amp; b &#60; c"),
        ('<meta http-equiv="refresh" content="0;url=http://x">', ""),
    ],
)
def test_html_is_made_inert(given: str, made: str | None) -> None:
    assert tidy_html(given) == (given if made is None else made)


def test_tables_get_scope_container_and_links() -> None:
    table = (
        '<table border="1"><caption>Tests <b>now</b></caption><thead><tr><th></th><th>p</th></tr>'
        "</thead><tbody><tr><th>bmp_t</th><td>−1.5 %</td></tr></tbody></table>"
    )
    tidy = tidy_html(table, codes={"bmp_t"}, definitions="../methods.html")
    assert 'role="region" tabindex="0" aria-label="Table: Tests now"' in tidy
    assert "<td></td>" in tidy
    assert '<th scope="col">p</th>' in tidy
    assert '<th scope="row"><a class="term" href="../methods.html#bmp_t">bmp_t</a></th>' in tidy
    assert '<td class="num">−1.5 %</td>' in tidy
    assert "border" not in tidy


def test_headings_have_one_anchor_each_and_one_rank_below_the_title() -> None:
    prose = Prose()
    html = prose.render("# A b!\n\n## A b?\n\n## <i>x</i>")
    assert re.findall(r'<h(\d) id="([^"]+)"', html) == [
        ("2", "a-b"),
        ("2", "a-b-2"),
        ("2", "i-x-i"),
    ]
    assert "<i>" not in html


def test_streams_are_joined_whatever_their_pieces() -> None:
    def printed(*pieces: tuple[str, str]) -> Any:
        outputs = [new_output("stream", name=name, text=text) for name, text in pieces]
        return notebook(new_code_cell("x", outputs=outputs))

    one = scrub_notebook(printed(("stdout", "a"), ("stderr", "!"), ("stdout", "b")), folders=[])
    two = scrub_notebook(printed(("stderr", "!"), ("stdout", "ab")), folders=[])
    assert page_parts(one)[0] == page_parts(two)[0]
    assert [out.text for out in one.cells[0].outputs] == ["ab", "!"]


def test_a_figure_whose_row_is_on_no_table_stays_as_text() -> None:
    one, two, three = (
        f'<a class="row" href="#{row}">{text}</a>'
        for row, text in (("r.1", "+1 %"), ("r.&lt;2", "+2 %"), ("r.3", "+3 %"))
    )
    table = '<table><tr id="r.1"><td>1</td></tr><tr><td id="r.&lt;2">2</td></tr></table>'
    said = shown({"text/html": f"<p>{one} {two} {three}</p>"})
    page = render_page(notebook(said, shown({"text/html": table})), PageHeader(title="T"))
    assert f"<p>{one} {two} +3 %</p>" in page
    assert anchors_of(page)[-2:] == ["r.1", "r.<2"]
