"""Row checks as data: what must hold for a record, written as text, compiled to masks over whole columns.

`expression` reads the text, `masks` asks it of columns, `rowchecks.RowChecks` runs those of a catalogue together.
"""
