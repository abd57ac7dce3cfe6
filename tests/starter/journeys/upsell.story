# Two weeks before the purchase window opens, or halfway to the next order where the whole gap is shorter than four weeks; for those whose
# next choice will probably be from the upper price range. Lamps for 100 are that here, lamps for 40 are not.

Somebody bought long ago, so the shop is old enough to be believed
  -400 10:00  orders lamp for 40 as old

Two weeks before the window of a gap of forty days
  1 10:00  orders lamp + rug for 200 as y1
  41 10:00  orders lamp + rug for 200 as y2
  61 10:00  > premium-pick

Halfway in a gap of twenty
  21 10:00  orders lamp + rug for 200 as y3
  41 10:00  orders lamp + rug for 200 as y4
  51 10:00  > premium-pick

Who buys the plain things is left alone
  1 10:00  orders lamp + rug for 80 as y5
  41 10:00  orders lamp + rug for 80 as y6
  61 10:00  > turned away: only_if was false

Six in ten is not more than six in ten
  1 10:00  orders lamp + rug + vase for 300 as y7
  41 10:00  orders lamp + rug for 200 as y8
  42 10:00  orders bulb for 40 as y9
  55 18:52:48  > turned away: only_if was false

No rhythm, no guess
  1 10:00  orders lamp + rug for 200 as y10

Ordered before it was time
  1 10:00  orders lamp + rug for 200 as y11
  41 10:00  orders lamp + rug for 200 as y12
  60 10:00  orders lamp + rug for 200 as y13
  76 20:19:12  > premium-pick

A stranger is left alone
  1 10:00  orders lamp + rug for 200 as y14
  41 10:00  orders lamp + rug for 200 as y15
  61 10:00  > turned away: only_if was false

An order told late takes nothing back
  1 10:00  orders lamp + rug for 200 as y16
  41 10:00  orders lamp + rug for 200 as y17
  61 09:00  orders lamp + rug for 200 as y18 (told 61 20:00)
  61 10:00  > premium-pick
  77 23:13:48  > premium-pick
