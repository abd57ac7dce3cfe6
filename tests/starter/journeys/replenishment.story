# When the purchase window of her own rhythm opens, and once more when it closes. Two orders forty days apart: the next is due forty days
# after the last, give or take six (15 % of the gap).

Somebody bought long ago, so the shop is old enough to be believed
  -400 10:00  orders lamp for 40 as old

Due
  1 10:00  orders lamp for 40 as e1
  41 10:00  orders lamp for 40 as e2
  75 10:00  > replenish
  87 10:00  > replenish-offer

One order is no rhythm, while nobody in the shop has one
  1 10:00  orders lamp for 40 as e3

Ordered before it was due
  1 10:00  orders lamp for 40 as e4
  41 10:00  orders lamp for 40 as e5
  71 10:00  orders lamp for 40 as e6
  103 17:12  > replenish
  115 02:48  > replenish-offer

Ordered when it was due
  1 10:00  orders lamp for 40 as e7
  41 10:00  orders lamp for 40 as e8
  75 10:00  > replenish
  81 10:00  orders lamp for 40 as e9
  81 10:00  > ends: exit_if
  115 10:00  > replenish
  127 10:00  > replenish-offer

Who wants no more mail gets none
  1 10:00  orders lamp for 40 as e18
  41 10:00  orders lamp for 40 as e19
  60 10:00  wants no more mail
  75 10:00  > turned away: only_if was false

An order told late ends it all the same, though it was before
  1 10:00  orders lamp for 40 as e10
  41 10:00  orders lamp for 40 as e11
  75 09:59  orders lamp for 40 as e12 (told 75 20:00)
  75 10:00  > replenish
  75 20:00  > ends: exit_if
  108 09:30:01.8  > replenish
  120 00:51:34.2  > replenish-offer

A stranger is left alone
  1 10:00  orders lamp for 40 as e13
  41 10:00  orders lamp for 40 as e14
  75 10:00  > turned away: only_if was false

A month between two
  21 10:00  orders lamp for 40 as e15
  41 10:00  orders lamp for 40 as e16
  58 10:00  > replenish
  59 10:00  orders lamp for 40 as e17
  59 10:00  > ends: exit_if
  86 06:38:24  > turned away: entered too recently
