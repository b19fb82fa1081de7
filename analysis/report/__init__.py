"""From notebooks to pages: run them, render them, and write the front door.

``runner`` runs notebooks with papermill, ``page`` makes each of them one self-contained HTML file,
``site`` writes the front page, ``methods_page`` the page of definitions, ``manifest`` the list of
what was made from what.
"""
