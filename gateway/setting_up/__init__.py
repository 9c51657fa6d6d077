"""The first hour of a box: what its installer enters on the page is kept, checked, and written as its compound.yaml.

    page ─> draft.py (in the data folder: a lost browser goes on) ─> document.py (compound.yaml as text) ─> load ─> findings
                                                                                   └─ finished ─> the process goes on with it

A file that a person wrote is never touched: where there is one, `as_written.py` shows the steps as done by it.
"""
