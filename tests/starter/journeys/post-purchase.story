# When a later order is there, or three days after it; a week later what goes with it, two weeks later a request.

A second order is delivered
  1 10:00  orders lamp for 40 as q1
  2 10:00  gets q1
  10 10:00  orders rug for 40 as q2
  12 10:00  gets q2
  12 10:00  > order-tips
  19 10:00  > goes-with-it
  26 10:00  > review-and-referral

Nobody says when it was delivered
  1 10:00  orders lamp for 40 as q3
  10 10:00  orders rug for 40 as q4
  13 10:00  > order-tips
  20 10:00  > goes-with-it
  27 10:00  > review-and-referral

The first order is not meant, even if it comes last
  1 10:00  orders lamp for 40 as q5
  2 10:00  orders rug for 40 as q6
  3 10:00  gets q6
  3 10:00  > order-tips
  3 15:00  gets q5
  10 10:00  > goes-with-it
  17 10:00  > review-and-referral

Who has ordered since needs no more to go with it
  1 10:00  orders lamp for 40 as q7
  10 10:00  orders rug for 40 as q8
  12 10:00  gets q8
  12 10:00  > order-tips
  18 10:00  orders bulb for 40 as q9
  19 10:00  > goes-with-it held: only_if was false
  21 10:00  > turned away: entered too recently
  26 10:00  > review-and-referral

Nobody is asked for praise with a ticket open
  1 10:00  orders lamp for 40 as q10
  10 10:00  orders rug for 40 as q11
  12 10:00  gets q11
  12 10:00  > order-tips
  19 10:00  > goes-with-it
  25 10:00  opens ticket t1
  26 10:00  > review-and-referral held: only_if was false

But once it is closed
  1 10:00  orders lamp for 40 as q12
  10 10:00  orders rug for 40 as q13
  12 10:00  gets q13
  12 10:00  > order-tips
  19 10:00  > goes-with-it
  20 10:00  opens ticket t2
  25 10:00  closes ticket t2
  26 10:00  > review-and-referral

Given back
  1 10:00  orders lamp for 40 as q14
  10 10:00  orders rug for 40 as q15
  12 10:00  gets q15
  12 10:00  > order-tips
  15 10:00  gives q15 back
  15 10:00  > ends: exit_if

A stranger is left alone
  1 10:00  orders lamp for 40 as q16
  10 10:00  orders rug for 40 as q17
  12 10:00  gets q17
  12 10:00  > turned away: only_if was false

A month between two
  1 10:00  orders lamp for 40 as q18
  10 10:00  orders rug for 40 as q19
  12 10:00  gets q19
  12 10:00  > order-tips
  19 10:00  > goes-with-it
  26 10:00  > review-and-referral
  38 10:00  orders bulb for 40 as q20
  41 09:59  gets q20
  41 09:59  > turned away: entered too recently
  50 10:00  orders bulb for 40 as q21
  52 10:00  gets q21
  52 10:00  > order-tips
  59 10:00  > goes-with-it
  66 10:00  > review-and-referral

Told late
  1 10:00  orders lamp for 40 as q22
  10 10:00  orders rug for 40 as q23
  12 10:00  gets q23 (told 12 18:00)
  12 18:00  > order-tips
  19 18:00  > goes-with-it
  26 18:00  > review-and-referral
