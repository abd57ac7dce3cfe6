# At once when something looked at or put in the cart in the last thirty days costs at least a tenth less; once in two weeks and product.

A tenth less
  1 10:00  looks at chair for 5 s
  3 09:00  chair: costs 100 → 90
  3 09:00  > price-drop

A little less than a tenth
  1 10:00  looks at stool for 5 s
  3 09:00  stool: costs 100 → 90.01

Dearer is no news
  1 10:00  looks at couch for 5 s
  3 09:00  couch: costs 90 → 100

In the cart counts as well
  1 10:00  adds bench
  3 09:00  bench: costs 100 → 50
  3 09:00  > price-drop

Looked at longer than a month ago
  1 10:00  looks at desk for 5 s
  31 10:00  desk: costs 100 → 50

Bought meanwhile
  1 10:00  looks at shelf for 5 s
  2 10:00  orders shelf for 40 as d1
  3 09:00  shelf: costs 100 → 50
  3 09:00  > turned away: only_if was false

A stranger is left alone
  1 10:00  looks at table for 5 s
  3 09:00  table: costs 100 → 50
  3 09:00  > turned away: only_if was false

Told late, and dear again by then
  1 10:00  looks at mirror for 5 s
  3 09:00  mirror: costs 100 → 50 (told 3 15:00)
  3 10:00  mirror: costs 50 → 100
  3 10:00  > ends: exit_if

Told late, and still cheap
  1 10:00  looks at clock for 5 s
  3 09:00  clock: costs 100 → 50 (told 3 15:00)
  3 15:00  > price-drop

Cheaper, and gone
  1 10:00  looks at vase for 5 s
  2 10:00  vase: 1 → 0 in stock
  3 09:00  vase: costs 100 → 50
  3 09:00  > turned away: exit_if was true already

Two weeks for one product, and each product for itself
  1 10:00  looks at lamp for 5 s
  1 10:05  looks at rug for 5 s
  3 09:00  lamp: costs 100 → 80
  3 09:00  > price-drop
  4 09:00  rug: costs 100 → 80
  4 09:00  > price-drop
  10 09:00  lamp: costs 80 → 60
  10 09:00  > turned away: entered too recently
  17 09:00  lamp: costs 60 → 40
  17 09:00  > price-drop
