"""The query language: a small, safe subset of SQL, and everything that reads, writes or runs it.

One statement, over one table `t`. Names of columns stand in double quotes, texts in single ones:

    SELECT "姓名", "年龄" FROM t WHERE "城市" != '北京' ORDER BY "年龄" LIMIT 1
    SELECT COUNT(*) FROM t WHERE "Year" BETWEEN 1990 AND 1999 AND "Result" LIKE '%won%'
    SELECT "Team" FROM t GROUP BY "Team" ORDER BY COUNT(*) DESC LIMIT 1
    SELECT (SELECT "Seats" FROM t WHERE "Party" = 'A') - (SELECT "Seats" FROM t WHERE "Party" = 'B')
    SELECT "Driver" FROM t WHERE row = (SELECT row FROM t WHERE "Driver" = 'Jim') + 1
    SELECT EXISTS (SELECT * FROM t WHERE "City" = 'Paris')

Sources
    ``t``               the table.
    ``cells``           every cell as a row of its own: `name` is its column, `value` what it holds;
                        the columns of the table and `row` are those of its row. For questions that
                        compare columns: ``SELECT name FROM cells WHERE "City" = 'Rome' AND
                        NUMBER(value) > 25``.
    ``(SELECT ...)``    the rows of another query; `value` is its first expression. For counts of
                        groups: ``SELECT COUNT(*) FROM (SELECT "Team" FROM t GROUP BY "Team")``.

Expressions
    numbers, texts, ``"columns"``, `row` (1 is the first), ``+ - * /``, ``= != < <= > >=``,
    ``BETWEEN``, ``IN``, ``IS NULL``, ``LIKE`` (``%`` is any text, ``_`` any character, a backslash
    before them takes that away), ``AND OR NOT``, ``EXISTS``, a query in parentheses that gives
    one value, ``CASE WHEN ... THEN ... ELSE ... END``.

Functions
    COUNT(*), COUNT(x), COUNT(DISTINCT x), SUM, AVG, MIN, MAX, MEDIAN
    ROUND(x, digits), ABS(x)
    HAS(x, y)           whether the text x contains the text y; both may be columns
    of a column only, since they read its text:
    NUMBER(c, k)        the k-th number in the cell, the first without k: 3 and 1 of "3–1"
    PART(c, k)          the k-th of several values in a cell, the last for -1: "a, b / c"
    PARTS(c)            how many values there are in it
    YEAR(c) MONTH(c) DAY(c)    of a date, or of a text that names one
    LENGTH(c)           how many characters
    PREV(c) NEXT(c)     the value in the row before or after
    RUN(c)              how many rows in a row, up to this one, have the same value

Texts are compared without regard to case, width and spaces; a cell that holds nothing is NULL and
satisfies no comparison. What a text in quotes is compared with decides how it is read: as a date
beside a date, as a number beside a number. Rows that sum up the others are left out wherever
rows are chosen, counted, summed, grouped or ranked, unless they are asked for by their name.
"""
