# At once when something looked at in the last thirty days is there again; once a week and product.

There again
  1 10:00  looks at chair for 5 s
  3 09:00  chair: 0 → 5 in stock
  3 09:00  > back-in-stock

Nobody else's business
  1 10:00  looks at stool for 5 s

Looked at longer than a month ago
  1 10:00  looks at couch for 5 s
  31 10:00  couch: 0 → 5 in stock

More of what was there all the time is no news
  1 10:00  looks at bench for 5 s
  3 09:00  bench: 2 → 9 in stock

Bought meanwhile
  1 10:00  looks at shelf for 5 s
  2 10:00  orders shelf for 40 as b1
  3 09:00  shelf: 0 → 5 in stock
  3 09:00  > turned away: only_if was false

A stranger is left alone
  1 10:00  looks at table for 5 s
  3 09:00  table: 0 → 5 in stock
  3 09:00  > turned away: only_if was false

Told late it is told late
  1 10:00  looks at clock for 5 s
  3 09:00  clock: 0 → 5 in stock (told 3 15:00)
  3 15:00  > back-in-stock

Gone again before we heard of it
  1 10:00  looks at mirror for 5 s
  3 09:00  mirror: 0 → 1 in stock (told 3 15:00)
  3 10:00  mirror: 1 → 0 in stock
  3 10:00  > ends: exit_if

A look that is told late reaches her when it is told
  3 08:00  looks at frame for 5 s (told 3 10:00)
  3 09:00  frame: 0 → 5 in stock
  3 10:00  > back-in-stock

Once a week for one product, but each product for itself
  1 10:00  looks at lamp for 5 s
  1 10:05  looks at rug for 5 s
  3 09:00  lamp: 0 → 5 in stock
  3 09:00  > back-in-stock
  4 09:00  rug: 0 → 5 in stock
  4 09:00  > back-in-stock
  9 09:00  lamp: 0 → 5 in stock
  9 09:00  > turned away: entered too recently
  10 09:00  lamp: 0 → 5 in stock
  10 09:00  > back-in-stock
