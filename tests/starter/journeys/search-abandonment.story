# Half an hour after the last search that led nowhere, and two days later.
with: open-no-click

Results nobody looked at
  1 10:00  searches lamps, 12 results
  1 10:30  > search-results
  3 10:30  > search-category

No results at all are another matter
  1 10:00  searches unicorns, 0 results
  1 10:30  > search-nothing-found
  3 10:30  > search-category

A result looked at within five minutes answers the search
  1 10:00  searches lamps, 12 results
  1 10:04:59  looks at a result

Later than that it was something else
  1 10:00  searches lamps, 12 results
  1 10:05  looks at a result
  1 10:30  > search-results
  3 10:30  > search-category

The last search of a visit counts
  1 10:00  searches lamps, 12 results
  1 10:10  searches rugs, 0 results
  1 10:40  > search-nothing-found
  3 10:40  > search-category

An answer to the last one answers them all
  1 10:00  searches lamps, 12 results
  1 10:10  searches rugs, 3 results
  1 10:11  looks at a result

An answer to the first one does not answer the last
  1 10:00  searches lamps, 12 results
  1 10:01  looks at a result
  1 10:10  searches rugs, 3 results
  1 10:40  > search-results
  3 10:40  > search-category

An order is an answer too
  1 10:00  searches lamps, 12 results
  1 10:20  orders lamp for 40 as s1

An order ends it
  1 10:00  searches lamps, 12 results
  1 10:30  > search-results
  2 09:00  orders lamp for 40 as s2
  2 09:00  > search-abandonment ends: exit_if

A stranger is left alone
  1 10:00  searches lamps, 12 results
  1 10:30  > search-abandonment turned away: only_if was false

A look that is told late is a look
  1 10:00  searches lamps, 12 results
  1 10:02  looks at a result (told 1 10:20)

Told too late, the mail is out, and nothing takes it back
  1 10:00  searches lamps, 12 results
  1 10:02  looks at a result (told 1 10:45)
  1 10:30  > search-results
  3 10:30  > search-category

A week between two
  1 10:00  searches lamps, 12 results
  1 10:30  > search-results
  3 10:30  > search-category
  8 10:29  searches lamps, 12 results
  8 10:59  > search-results
  10 10:59  > search-category
  12 10:00  searches lamps, 12 results
  12 10:30  > search-abandonment turned away: entered too recently

A search ends the lower rung of an opened campaign
  1 09:00  opens campaign spring
  1 13:00  > open-more
  1 14:00  searches lamps, 12 results
  1 14:30  > open-no-click ends: outranked
  1 14:30  > search-results
  3 14:30  > search-category
