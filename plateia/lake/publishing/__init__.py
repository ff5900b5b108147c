"""Stage, receipt, commit, point, record; and what a crash between any two of them leaves to do."""
