"""The gate: everything that must hold before a change lands, run by `manage.py test`.

`steps` says what a step is and runs them in order; `checks` and `suites` are the steps; `tools` finds or installs
the programs they need, `postgres` starts a database for one run, `processes` starts children that never outlive us.
"""
