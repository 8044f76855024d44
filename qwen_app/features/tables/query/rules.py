"""The rules of the grammar that no table changes; `grammar` adds those of the table.

A digit at the end of a name says how many queries surround the rule (``@`` stands for it, ``#``
for one more). Each keyword comes with the spaces around it, so that none is the beginning of
another that may stand in its place: the lexer takes the longest.
"""

from typing import Final

DEEPEST: Final = 2
"""A query within a query within the query."""

START: Final = r"""
start: plain | counted | nested | free | cells
plain: SELECT DISTINCT? (out (", " out){0,3} | "*") FROM where0? order? limit?
counted: SELECT totals FROM where0? | SELECT grouped0 | SELECT unkeyed0
free: SELECT (sub1 | looked | "ROUND(" looked ", " DIGIT ")" | sub1 COMPARE (sub1 | NUMBER)
    | "EXISTS (" SELECT "*" FROM where1 ")")
looked: sub1 ARITHMETIC sub1 | sub1 " / " sub1 " * " "100"
nested: SELECT "COUNT(*)" " FROM (" SELECT (grouped1 | DISTINCT single FROM where1?) ")"
    | SELECT OFVALUE " FROM (" SELECT unkeyed1 ")"
"""

LEVEL: Final = r"""
where@: " WHERE " (cond@ (" OR " cond@){0,3} | part@ (" AND " part@){1,3})
part@: cond@ | "(" simple " OR " simple ")"
inner@: COLUMN (EQUAL | BEYOND) sub# | COLUMN IN one# ")" | numval COMPARE sub# (PLUS NUMBER)?
sub#: "(" one# ")"
one#: SELECT (single FROM where#? order? limit? | agg FROM where#? | grouped# | unkeyed#)
unkeyed@: agg FROM where@? " GROUP BY " COLUMN grouptail
"""

SHARED: Final = r"""
single: out
totals: aggout (", " aggout){0,2}
aggout: aggs | "ROUND(" aggs ", " DIGIT ")" | agg COMPARE NUMBER
aggs: agg | agg ARITHMETIC (agg | NUMBER)
agg: "COUNT(*)" | "COUNT(DISTINCT " distinct ")" | AGG num ")" | EXTREME extremal ")"
having: " HAVING " agg (COMPARE NUMBER | BETWEEN NUMBER " AND " NUMBER)
grouptail: having? (" ORDER BY " aggs DESC?)? limit?
order: " ORDER BY " key (", " key)?
key: (COLUMN | num) DESC?
limit: " LIMIT " ROWS (" OFFSET " ROWS)?
num: numval | numval ARITHMETIC (numval | NUMBER) | "ABS(" numval ARITHMETIC numval ")"
numcond: num COMPARE (NUMBER | numval) | num BETWEEN NUMBER " AND " NUMBER
    | num IN NUMBER (", " NUMBER){1,4} ")"
SELECT: "SELECT "
DISTINCT: "DISTINCT "
FROM: " FROM t"
DESC: " DESC"
COMPARE: " = " | " != " | " < " | " <= " | " > " | " >= "
EQUAL: " = " | " != "
BEYOND: " < " | " <= " | " > " | " >= "
BETWEEN: " BETWEEN " | " NOT BETWEEN "
IN: " IN (" | " NOT IN ("
LIKE: " LIKE " | " NOT LIKE "
NULL: " IS NULL" | " IS NOT NULL"
ARITHMETIC: " + " | " - " | " * " | " / "
PLUS: " + " | " - "
AGG: "SUM(" | "AVG(" | "MEDIAN("
EXTREME: "MIN(" | "MAX("
OFVALUE: "AVG(value)" | "MAX(value)" | "MIN(value)" | "SUM(value)"
DIGIT: "0" | "1" | "2" | "3" | "4"
PLACE: "1" | "2" | "3" | "4" | "-1"
"""

CELLS: Final = r"""
cells: SELECT (cellout (", " cellout)? FROMCELLS cellwhere? cellorder? limit?
    | celltotal FROMCELLS cellwhere?)
cellout: CELL | COLUMN | cellnum
celltotal: "COUNT(*)" | "COUNT(DISTINCT " (CELL | COLUMN) ")" | (AGG | EXTREME) cellnum ")"
cellorder: " ORDER BY " cellnum DESC?
cellwhere: " WHERE " cellcond (" AND " cellcond){0,3}
cellcond: "name" (EQUAL NAMETEXT | IN NAMETEXT (", " NAMETEXT){0,11} ")") | cellnum COMPARE NUMBER
    | "value" (EQUAL ASKED | LIKE PATTERN | NULL) | simple
cellnum: "NUMBER(" "value" (", " PLACE)? ")"
CELL: "name" | "value"
FROMCELLS: " FROM cells"
"""
