"""Queries written by hand for a sample of WikiTableQuestions: what the language can express.

The sample: ``random.Random(SEED).sample(ids, SIZE)`` of the sorted ids of the folder. The data
set's questions, tables and answers are not part of this project; the ids say which are meant. An
id without a query is a question that the language cannot express.
"""

from typing import Final

SEED: Final = 20261124
SIZE: Final = 150

QUERIES: Final[dict[str, str]] = {
    "nt-1904": (
        'SELECT "Year" FROM t WHERE "Year" BETWEEN 1990 AND 1999 AND "Inflation Rate '
        '%" < 0 ORDER BY "Year" LIMIT 1'
    ),
    "nu-975": 'SELECT "Opening" FROM t GROUP BY "Opening" ORDER BY COUNT(*) DESC LIMIT 1',
    "nt-10109": 'SELECT COUNT("Peak chart positions FIN") FROM t',
    "nt-11472": 'SELECT "Governorate" FROM t ORDER BY "Seats Won" DESC LIMIT 1',
    "nu-901": ('SELECT "District" FROM t WHERE "Location" LIKE \'% and %\''),
    "nt-13885": ("SELECT COUNT(*) FROM t WHERE \"Duration\" < '5:00'"),
    "nu-3389": ('SELECT "Character" FROM t WHERE "Notes" LIKE \'%investigator%cambridgeshire%\''),
    "nt-9314": ("SELECT COUNT(*) FROM t WHERE \"Credited With\" LIKE 'creative director%'"),
    "nt-977": ("SELECT COUNT(*) FROM t WHERE \"Date\" > '2011-03-10'"),
    "nt-177": 'SELECT "Source" FROM t ORDER BY row DESC LIMIT 1',
    "nt-8538": ("SELECT COUNT(*) FROM t WHERE \"Date of law\" = '1843-02-24'"),
    "nt-8276": 'SELECT "Weapon name" FROM t ORDER BY NUMBER("Range (max)") DESC LIMIT 1',
    "nu-2703": 'SELECT "Latitude" FROM t ORDER BY "Diameter" LIMIT 1',
    "nt-3751": (
        'SELECT "Nominated work" FROM t WHERE "Year" = 1984 AND "Category" = \'Best '
        "Actress in a Revival'"
    ),
    "nt-12171": 'SELECT "City" FROM t ORDER BY "Population (2010 Census)" DESC LIMIT 1',
    "nt-1006": (
        'SELECT "Dutch language group Electoral district (as of 2012)" FROM t ORDER BY '
        '"Dutch language group Seats" DESC LIMIT 1'
    ),
    "nu-288": 'SELECT "Church name" FROM t WHERE NOT HAS("Church name", "Parish")',
    "nu-2511": ('SELECT "Sep" FROM t WHERE "Month" LIKE \'Mean monthly sunshine%\''),
    "nt-11833": (
        "SELECT CASE WHEN NUMBER(\"Jan\") < NUMBER(\"Feb\") THEN 'January' ELSE 'February' "
        "END FROM t WHERE \"Month\" = 'Avg. rainy days'"
    ),
    "nt-13952": (
        'SELECT (SELECT "Year" FROM t WHERE "Single" LIKE \'%bring me '
        "edelweiss%remix%') - (SELECT \"Year\" FROM t WHERE \"Single\" LIKE '%can''t get "
        "no%')"
    ),
    "nu-3935": ('SELECT "Communities served" FROM t WHERE "District" LIKE \'Saint Mary%\''),
    "nt-8778": ("SELECT COUNT(*) FROM t WHERE \"Location\" LIKE '%Maryland%'"),
    "nt-4796": (
        'SELECT "Title" FROM t WHERE "Notes" LIKE \'%episodes%\' ORDER BY '
        'NUMBER("Notes") DESC LIMIT 1'
    ),
    "nt-10727": (
        'SELECT "Club" FROM t WHERE "Season" != \'Total\' GROUP BY "Club" ORDER BY '
        'SUM("League Goals") DESC LIMIT 1'
    ),
    "nu-2124": ('SELECT "Year" FROM t WHERE "Film" = \'Agent trouble\''),
    "nt-635": 'SELECT "Title" FROM t WHERE row IN (1, (SELECT MAX(row) FROM t))',
    "nu-2949": 'SELECT MIN("Year") FROM t',
    "nt-3801": 'SELECT "Single" FROM t WHERE "Position" = 22',
    "nt-1215": ("SELECT COUNT(*) FROM t WHERE \"Notes\" LIKE '%Jeff Daniels%'"),
    "nu-711": 'SELECT COUNT(*) FROM t WHERE "Rank" <= 5 AND YEAR("Date") > 1900',
    "nu-1659": ('SELECT "Gene functions" FROM t WHERE "Category" LIKE \'Cytoplasmic tyrosine%\''),
    "nt-3902": ('SELECT "Film Title" FROM t WHERE "Shoot Location" LIKE \'%Dziworski%\''),
    "nu-3996": (
        'SELECT PART("Member of Parliament for Ashton-under-Lyne 1910–1916", 1) FROM t '
        'WHERE "Member of Parliament for Ashton-under-Lyne 1910–1916" LIKE '
        "'%1917–1964%'"
    ),
    "nt-1790": ('SELECT "Crossing" FROM t WHERE "Location" = \'Summit, Delaware\''),
    "nt-8748": ('SELECT "City served / Location" FROM t WHERE "Airport name" LIKE \'%Camargue%\''),
    "nu-2221": (
        'SELECT PART("Succeeded by Albert Stanley", 2) FROM t WHERE "Member of '
        "Parliament for Ashton-under-Lyne 1910–1916\" LIKE 'Minister of Supply%'"
    ),
    "nt-5658": ("SELECT COUNT(*) FROM t WHERE \"Directed by:\" = 'Bob Balsar'"),
    "nt-3178": ('SELECT "Album" FROM t WHERE "Single" LIKE \'%Hard Woman%\''),
    "nt-3994": ("SELECT COUNT(*) FROM t WHERE \"Coach\" = 'Cooney Checkaye'"),
    "nu-4225": 'SELECT "Name" FROM t ORDER BY "Population (2003 est.)" DESC LIMIT 1',
    "nt-4200": (
        'SELECT (SELECT "Peak chart positions UK" FROM t WHERE "Title" LIKE '
        '\'%Drowning%\') - (SELECT "Peak chart positions UK" FROM t WHERE "Title" LIKE '
        "'%Revolving Door%')"
    ),
    "nt-43": (
        'SELECT DISTINCT "Division Three" FROM t WHERE NUMBER("Season") BETWEEN 1980 '
        'AND 1989 AND "Division Three" IN (SELECT "Division Two" FROM t WHERE '
        'NUMBER("Season") BETWEEN 1980 AND 1989)'
    ),
    "nt-672": 'SELECT "Driver" FROM t WHERE NUMBER("Pos") <= 3',
    "nu-2789": 'SELECT COUNT(*) FROM t WHERE "Year" = 2006',
    "nt-13948": (
        'SELECT NUMBER("Rocky Mountains (scopulorum)") - NUMBER("Pacific '
        '(critchfieldiana)") FROM t WHERE "Common names Subspecies" = \'Years needles '
        "remain green'"
    ),
    "nu-1250": (
        'SELECT "Year" FROM t WHERE "Year" != \'Career*\' ORDER BY "Earnings ($)" DESC LIMIT 1'
    ),
    "nt-5852": 'SELECT "Driver" FROM t ORDER BY "Gap" DESC LIMIT 1',
    "nt-10866": ('SELECT "Date" FROM t WHERE "Event" LIKE \'%1st drop%\''),
    "nt-5035": ('SELECT "Year signed" FROM t WHERE "Act" = \'Machine Gun Kelly\''),
    "nu-99": ('SELECT "Location" FROM t WHERE "District" LIKE \'Saint Anselm%\''),
    "nt-1500": ('SELECT "Established" FROM t WHERE "Club" = \'Madison Mallards\''),
    "nu-462": ("SELECT COUNT(*) FROM t WHERE \"Role\" = 'Gwen'"),
    "nt-4633": ('SELECT "Party" FROM t WHERE "Party" != \'Total\' ORDER BY "Seats" DESC LIMIT 1'),
    "nu-1524": (
        'SELECT YEAR("Date") FROM t WHERE "Film 2" LIKE \'8 mm, daylight%\' ORDER BY '
        'YEAR("Date") LIMIT 1'
    ),
    "nt-9339": ("SELECT COUNT(*) FROM t WHERE \"Shoot Location\" LIKE 'SMFF Se-Ma-For%'"),
    "nt-7799": (
        'SELECT "Title" FROM t WHERE "Role" LIKE \'Alice Lawson%\' AND NUMBER("Year") > '
        "1985 LIMIT 1"
    ),
    "nt-9591": (
        "SELECT COUNT(*) FROM cells WHERE \"Month\" LIKE 'Record low%' AND name NOT IN "
        "('Month', 'Year') AND NUMBER(value) < 25"
    ),
    "nt-7823": (
        'SELECT "Name" FROM t WHERE "Credited With" LIKE \'%creative director%\' AND '
        "\"Publisher\" LIKE '%Warner Bros%'"
    ),
    "nu-3440": 'SELECT MAX(YEAR("Date")) - MIN(YEAR("Date")) FROM t',
    "nu-1508": 'SELECT "Date" FROM t ORDER BY "Rank" LIMIT 1',
    "nt-8291": ("SELECT COUNT(*) FROM t WHERE \"Party\" = 'Liberal'"),
    "nt-2687": (
        'SELECT "French language group Seats" FROM t WHERE "French language group '
        "Electoral district (as of 2012)\" = 'Luxembourg'"
    ),
    "nt-5411": ('SELECT "Landmark name" FROM t WHERE "Summary" LIKE \'%enlisted aviator%\''),
    "nt-2214": 'SELECT "Released:" FROM t GROUP BY "Released:" ORDER BY COUNT(*) DESC LIMIT 1',
    "nt-20": (
        'SELECT "Album" FROM t GROUP BY "Album" ORDER BY COUNT("Peak chart positions '
        'AUS") DESC LIMIT 1'
    ),
    "nt-13535": (
        'SELECT "Single" FROM t WHERE "Chart" = \'Billboard Hot 100\' ORDER BY "Position" LIMIT 1'
    ),
    "nt-2392": 'SELECT COUNT(*) FROM t WHERE "To" - "From" > 10',
    "nt-9790": ('SELECT "Role" FROM t WHERE "Title {the rebel" = \'Surfside 6\''),
    "nt-7653": (
        'SELECT "Landmark name" FROM t WHERE YEAR("Summary") IS NOT NULL ORDER BY '
        'YEAR("Summary") LIMIT 1'
    ),
    "nt-2221": 'SELECT "Year" FROM t ORDER BY "Average audience share" DESC LIMIT 1',
    "nt-12190": 'SELECT "Name" FROM t WHERE "Completed" = 2008 AND NUMBER("Height m (ft)") = 165',
    "nt-8088": ('SELECT "Year" FROM t WHERE "W" = \'did not play\''),
    "nt-1829": (
        "SELECT COUNT(*) FROM t WHERE \"Director\" = 'Yes' AND \"Producer\" = 'Yes' AND "
        "\"Writer\" = 'Yes'"
    ),
    "nu-3083": (
        'SELECT "Name" FROM t WHERE "Name" IN (\'Akola\', \'Jalna\') ORDER BY "% of State '
        'Population" DESC LIMIT 1'
    ),
    "nt-8367": (
        "SELECT name FROM cells WHERE \"Ethnicity\" = 'All' ORDER BY NUMBER(value) DESC LIMIT 1"
    ),
    "nt-7361": (
        'SELECT "Title" FROM t ORDER BY CASE WHEN "Year" LIKE \'%present\' THEN 2014 '
        'ELSE NUMBER("Year", 2) END - NUMBER("Year", 1) DESC LIMIT 1'
    ),
    "nt-9750": (
        'SELECT "Event" FROM t WHERE "Event" IS NOT NULL GROUP BY "Event" ORDER BY '
        "COUNT(*) DESC LIMIT 1"
    ),
    "nt-13242": (
        "SELECT COUNT(*) FROM cells WHERE name IN ('Year, Builder', 'Year, Builder 2', "
        "'Year, Builder 3') AND (value IS NULL OR value NOT LIKE '%alco%')"
    ),
    "nt-9292": (
        'SELECT COUNT(*) FROM t WHERE row > (SELECT row FROM t WHERE "The Trial/le '
        "Proces\" = 'Rent-a-Cop')"
    ),
    "nt-10951": ("SELECT COUNT(*) FROM t WHERE \"Party\" = 'Conservative'"),
    "nt-9648": (
        'SELECT "Weapon name" FROM t WHERE "Caliber (mm)" = (SELECT MAX("Caliber (mm)") FROM t)'
    ),
    "nt-8034": (
        'SELECT "Municipality" FROM t GROUP BY "Municipality" ORDER BY COUNT(*) DESC LIMIT 1'
    ),
    "nu-2709": ("SELECT COUNT(*) FROM t WHERE \"Notes\" LIKE '%Cameo%'"),
    "nt-12931": ("SELECT COUNT(*) FROM t WHERE \"Sentence\" LIKE '%acquitted%'"),
    "nt-11131": (
        'SELECT COUNT(*) FROM t WHERE NUMBER("Latitude") > 10 AND NUMBER("Longitude") > 18'
    ),
    "nu-3490": 'SELECT COUNT(DISTINCT "Race Name") FROM t',
    "nt-2872": (
        'SELECT "Directed by" FROM t GROUP BY "Directed by" ORDER BY COUNT(*) DESC LIMIT 1'
    ),
    "nu-242": ("SELECT COUNT(*) FROM t WHERE \"Description\" LIKE '%sea turtle%'"),
    "nu-3928": ('SELECT "Laps" FROM t WHERE "Driver" = \'Felipe Massa\''),
    "nt-9851": (
        "SELECT (SELECT COUNT(*) FROM t WHERE \"Author\" = 'Unknown') / (SELECT COUNT(*) "
        "FROM t) * 100"
    ),
    "nu-37": ("SELECT COUNT(*) FROM t WHERE \"Top Carriers\" LIKE '%United%'"),
    "nt-13954": ("SELECT COUNT(*) FROM t WHERE \"Team\" = 'Toronto Maple Leafs'"),
    "nt-9388": ('SELECT "2011" - "2001" FROM t WHERE "Census year 2" = \'No religion\''),
    "nt-5682": (
        'SELECT (SELECT YEAR("Election") FROM t WHERE "Member" LIKE \'%Macnamara%\') - '
        '(SELECT YEAR("Election") FROM t WHERE "Member" LIKE \'%Carne Rasch%\')'
    ),
    "nt-11159": (
        'SELECT "Name" FROM t WHERE "Mouth elevation m above MSL" > 300 AND "Length km" > 10'
    ),
    "nt-414": ("SELECT EXISTS (SELECT * FROM t WHERE \"New municipality\" = 'Tripoli')"),
    "nu-3717": 'SELECT COUNT(*) FROM t WHERE "Peak chart positions GER" > 5',
    "nt-7258": 'SELECT "Club" FROM t WHERE NUMBER("Championships") >= 20',
    "nt-641": ('SELECT "Title" FROM t WHERE "Year" = 2002 AND "Role" LIKE \'Vindici%\''),
    "nu-1068": (
        'SELECT "Title" FROM t WHERE row = (SELECT row FROM t WHERE "Title" = \'Terra Nostra\') - 1'
    ),
    "nt-5695": 'SELECT "Service" FROM t ORDER BY "2012/13 Total Cost (£million)" DESC LIMIT 1',
    "nt-1261": ('SELECT "Afrikaans" FROM t WHERE "English" LIKE \'Do you speak Afrikaans%\''),
    "nt-10267": (
        "SELECT DISTINCT \"Year\" FROM t WHERE \"Role\" IN ('Gary Ellis', 'Vincent Boyd')"
    ),
    "nu-2844": (
        'SELECT "Club performance Season Norway" FROM t WHERE "Club performance League '
        "Norway\" = 'Allsvenskan'"
    ),
    "nt-13900": 'SELECT "Award" FROM t GROUP BY "Award" ORDER BY COUNT(*) DESC LIMIT 1',
    "nu-2201": (
        'SELECT YEAR("Date") FROM t WHERE "Film" LIKE \'%Professional%\' AND "Film 2" '
        "LIKE '35 mm%' ORDER BY YEAR(\"Date\") LIMIT 1"
    ),
    "nt-4439": (
        'SELECT "Political Party" FROM t WHERE "Political Party" IS NOT NULL GROUP BY '
        '"Political Party" ORDER BY COUNT(*) DESC LIMIT 1'
    ),
    "nt-3584": (
        'SELECT CASE WHEN "Senate Members At Dissolution" > "Senate Members On '
        "Election Day 2000\" THEN 'more' ELSE 'less' END FROM t WHERE \"Affiliation\" = "
        "'Liberal Party of Canada'"
    ),
    "nt-8493": (
        'SELECT CASE WHEN (SELECT "Population" FROM t WHERE "Region" = \'Total for '
        'Danish part:\') > (SELECT "Population" FROM t WHERE "Region" = \'Total for '
        "Swedish part:') THEN 'Danish' ELSE 'Swedish' END"
    ),
    "nu-2388": ('SELECT "Race Name" FROM t WHERE "Sex" = \'Open\''),
    "nu-1500": 'SELECT "Team" FROM t ORDER BY "Att" DESC LIMIT 1',
    "nu-419": 'SELECT "Name" FROM t ORDER BY "Area (km²)" DESC LIMIT 1',
    "nt-2472": ('SELECT "Percentage" FROM t WHERE "Party" = \'Unaffiliated\''),
    "nu-2907": 'SELECT "Country" FROM t ORDER BY "Amphibians" + "Reptile" DESC LIMIT 1',
    "nt-8558": (
        "SELECT DISTINCT \"Year signed\" FROM t WHERE \"Act\" IN ('Diddy', 'The Notorious B.I.G')"
    ),
    "nt-11971": 'SELECT "Year" FROM t ORDER BY "Rank" DESC LIMIT 1',
    "nt-10206": ('SELECT 2014 - "Year" FROM t WHERE "Role" = \'Mixx\''),
    "nt-5961": 'SELECT "Year" FROM t ORDER BY "Unemployment Rate %" DESC LIMIT 1',
    "nt-9327": ('SELECT "Term end" FROM t WHERE "Name" = \'Armando Armani\''),
    "nt-4660": 'SELECT "Crossing" FROM t ORDER BY PARTS("Carries") DESC LIMIT 1',
    "nt-9473": (
        "SELECT COUNT(*) FROM t WHERE \"Name on the Register\" LIKE '%Cemetery%' OR "
        "\"Name on the Register\" LIKE '%Grave Site%'"
    ),
    "nt-7454": ("SELECT COUNT(*) FROM t WHERE \"Studio\" = '20th Century Fox'"),
    "nt-223": ('SELECT DISTINCT "Year" FROM t WHERE "Chassis" = \'Benetton B198\''),
    "nt-3027": 'SELECT "Title" FROM t ORDER BY "Recorded" LIMIT 1',
    "nt-2943": 'SELECT "Year" FROM t GROUP BY "Year" ORDER BY COUNT(*) DESC LIMIT 1',
    "nt-8800": ('SELECT "Left Office" FROM t WHERE "Name" LIKE \'%Fogler%\''),
    "nt-4394": (
        'SELECT "Year" FROM t WHERE "Gross Domestic Product" > 8114 AND "Gross '
        'Domestic Product" < 21783'
    ),
    "nt-262": (
        "SELECT CASE WHEN NUMBER(\"Dec\") > NUMBER(\"Jan\") THEN 'December' ELSE 'January' "
        "END FROM t WHERE \"Month\" = 'Avg. snowy days'"
    ),
    "nt-6682": ('SELECT "Laps" FROM t WHERE "Driver" LIKE \'%Montoya%\''),
    "nt-6729": (
        'SELECT "Name" FROM t WHERE "Left office" NOT LIKE \'%deposed%\' ORDER BY "Left '
        'office" - "Took office" LIMIT 1'
    ),
    "nt-4607": (
        "SELECT COUNT(*) FROM cells WHERE \"Month\" LIKE 'Record high%' AND name NOT IN "
        "('Month', 'Year') AND NUMBER(value) > 15"
    ),
    "nt-10607": (
        "SELECT COUNT(DISTINCT value) FROM cells WHERE value LIKE '%Twinkling Turquoise%'"
    ),
    "nt-6659": ("SELECT COUNT(*) FROM t WHERE \"Notes\" LIKE '%award%'"),
    "nt-10223": "SELECT COUNT(*) FROM t",
    "nt-9888": 'SELECT COUNT(*) FROM t WHERE "Peak chart positions GER" = 1',
    "nu-2552": (
        'SELECT CASE WHEN (SELECT MAX("Term end" - "Term start") FROM t WHERE "Name '
        "(Birth–Death) (Title)\" LIKE '%Penn Nouth%' AND \"Term end\" <= '1953-11-09') > "
        '(SELECT MAX("Term end" - "Term start") FROM t WHERE "Name (Birth–Death) '
        "(Title)\" LIKE '%Monireth%' AND \"Term end\" <= '1953-11-09') THEN 'Penn Nouth' "
        "ELSE 'Sisowath Monireth' END"
    ),
    "nt-7315": (
        'SELECT NUMBER("Year", 2) - NUMBER("Year", 1) FROM t WHERE "Title" LIKE '
        "'Pee-wee%Playhouse' AND NUMBER(\"Year\", 2) IS NOT NULL"
    ),
    "nt-10564": (
        "SELECT COUNT(*) FROM cells WHERE \"Month\" LIKE 'Precipitation%' AND name NOT "
        "IN ('Month', 'Year') AND NUMBER(value) > 55"
    ),
    "nu-3899": (
        'SELECT "Office" FROM t WHERE row > (SELECT row FROM t WHERE "Office" LIKE '
        "'Speaker of the House%') AND \"Current Officer\" IS NOT NULL ORDER BY row LIMIT "
        "1"
    ),
    "nt-2283": (
        'SELECT "Title" FROM t WHERE row = (SELECT row FROM t WHERE "Title" = \'Planet Sheen\') + 1'
    ),
    "nt-3436": 'SELECT "Year" FROM t ORDER BY "Points" DESC LIMIT 1',
    "nu-3421": ('SELECT SUM("Qty.") FROM t WHERE "Railroad" = \'Soo Line\''),
    "nu-2433": ("SELECT COUNT(*) FROM t WHERE \"Supporting Actor\" = 'Morgan Freeman'"),
    "nt-13964": 'SELECT MAX(YEAR("Date listed")) - MIN(YEAR("Date listed")) FROM t',
    "nt-11886": 'SELECT "City" FROM t WHERE "Round 5" IS NOT NULL',
    "nu-202": (
        'SELECT "State" FROM t WHERE "Membership" = \'Full\' AND "Membership status" = '
        "'Sovereign state' AND \"Members\" = 7"
    ),
    "nt-11516": (
        'SELECT "Division Two" FROM t WHERE NUMBER("Season") BETWEEN 2000 AND 2009 '
        'GROUP BY "Division Two" HAVING COUNT(*) = 2'
    ),
    "nt-6638": ('SELECT "Date" FROM t WHERE "Event" LIKE \'%3rd drop%\''),
    "nt-11444": ('SELECT "Active Voters" FROM t WHERE "Party" = \'Democratic\''),
}
