# When the first order is there, or three days after it; again ten days later.

The first order is delivered
  1 10:00  orders lamp for 40 as a1
  3 15:00  gets a1
  3 15:00  > first-order-tips
  13 15:00  > second-use

Nobody says when it was delivered
  1 10:00  orders lamp for 40 as a2
  4 10:00  > first-order-tips
  14 10:00  > second-use

Delivered later than assumed, once is enough
  1 10:00  orders lamp for 40 as a3
  4 10:00  > first-order-tips
  5 10:00  gets a3
  5 10:00  > turned away: entered too recently
  14 10:00  > second-use

A cancelled order never arrives
  1 10:00  orders lamp for 40 as a4
  2 10:00  cancels a4

Given back, nothing more is said about it
  1 10:00  orders lamp for 40 as a5
  3 10:00  gets a5
  3 10:00  > first-order-tips
  6 10:00  gives a5 back
  6 10:00  > ends: exit_if

Who orders again knows how
  1 10:00  orders lamp for 40 as a6
  3 10:00  gets a6
  3 10:00  > first-order-tips
  6 10:00  orders rug for 40 as a7
  6 10:00  > ends: exit_if

The second order is not the first, whichever comes earlier
  1 10:00  orders lamp for 40 as a8
  2 10:00  orders rug for 40 as a9
  3 10:00  gets a9
  4 09:00  gets a8
  4 09:00  > first-order-tips
  14 09:00  > second-use

A stranger is left alone
  1 10:00  orders lamp for 40 as a10
  3 10:00  gets a10
  3 10:00  > turned away: only_if was false

A delivery told late is late, not lost
  1 10:00  orders lamp for 40 as a11
  3 10:00  gets a11 (told 3 20:00)
  3 20:00  > first-order-tips
  13 20:00  > second-use

Never twice
  1 10:00  orders lamp for 40 as a12
  3 10:00  gets a12
  3 10:00  > first-order-tips
  13 10:00  > second-use
  40 10:00  gets a12
  40 10:00  > turned away: entered too recently
